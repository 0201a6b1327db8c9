import * as http from 'node:http';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { errorCode, errorMessage } from '../lib/errors.ts';
import { asIpv4, inCidr } from '../lib/ipv4.ts';
import type { Identity } from './identity.ts';
import { installUsernet } from './intercept/install.ts';
import { type Network, openNetwork } from './network.ts';

/*
 * The way into the lab for programs that are not ours (kubectl, curl, openssl -proxy): an HTTP proxy on the host's
 * loopback that connects as the jumpbox. `CONNECT host:port` gives a raw tunnel; `GET http://host/path`, which curl
 * sends for plain http, is passed on. It serves the lab's addresses and machine names only: it is no way out.
 */

export interface ConnectProxy {
  readonly port: number;
  /** Stops listening and ends the tunnels that are open. */
  close(): Promise<void>;
}

interface Target {
  readonly host: string;
  readonly port: number;
}

export interface ConnectProxyOptions {
  /** The jumpbox of the workspace; this process enters its namespace if it has not yet. */
  readonly identity: Identity;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Starts the proxy; rejects with Node's error (EADDRINUSE …) when it cannot listen. */
export async function startConnectProxy(options: ConnectProxyOptions): Promise<ConnectProxy> {
  const { identity } = options;
  installUsernet(identity);
  const network = openNetwork(identity.runtimeDir);
  const sockets = new Set<Duplex>();
  // A tunnel must not be cut because one direction is finished, or because nothing is said for long.
  const server = http.createServer({ requestTimeout: 0, headersTimeout: 30_000 });
  server.on('connection', (socket) => {
    sockets.add(socket);
    // curl hangs up as soon as it has read a refusal.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, client, head) => {
    const target = parseAuthority(request.url ?? '');
    if (target === undefined) answer(client, 400, `bad CONNECT target ${request.url}`);
    else if (!isLabHost(network, target.host)) answer(client, 403, forbidden(target.host));
    else tunnel(target, client as net.Socket, head);
  });
  server.on('request', (request, response) => forward(network, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const forbidden = (host: string) =>
  `k8s-lab: ${host} is not in the lab; this proxy serves only the lab's machines, pods and services`;

/** `10.240.0.40:6443`; undefined when it is none. */
export function parseAuthority(authority: string): Target | undefined {
  const match = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(authority);
  if (match === null || Number(match[2]) > 65535) return undefined;
  return { host: match[1]!, port: Number(match[2]) };
}

function isLabHost(network: Network, host: string): boolean {
  const state = network.state();
  if (Object.hasOwn(state.hosts, host)) return true;
  const address = asIpv4(host);
  if (address === undefined || state.networks === undefined) return false;
  const { network: machines, podCidr, serviceCidr } = state.networks;
  return [machines, podCidr, serviceCidr].some((cidr) => inCidr(cidr, address));
}

/** The status and the reason in the words of the usual tools. */
function describeFailure(error: unknown, target: Target): { status: number; reason: string } {
  const code = errorCode(error);
  const at = `${target.host}:${target.port}`;
  switch (code) {
    case 'ECONNREFUSED':
      return { status: 502, reason: `connection refused by ${at}` };
    case 'EHOSTUNREACH':
      return { status: 502, reason: `no route to host ${target.host}` };
    case 'ENETUNREACH':
      return { status: 502, reason: `network is unreachable: ${target.host}` };
    case 'ETIMEDOUT':
      return { status: 504, reason: `connection to ${at} timed out` };
    default:
      return { status: 502, reason: `${at}: ${errorMessage(error)}` };
  }
}

function answer(client: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  // Proxies' clients show the status line, browsers and curl -v the body: the reason stands in both.
  client.end(
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]} (${reason.replaceAll(/[^\x20-\x7e]/g, ' ')})\r\n` +
      `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function tunnel(target: Target, client: net.Socket, head: Buffer): void {
  client.allowHalfOpen = true;
  const upstream = net.connect({ host: target.host, port: target.port, allowHalfOpen: true });
  const refused = (error: Error) => {
    const { status, reason } = describeFailure(error, target);
    answer(client, status, `k8s-lab: ${reason}`);
  };
  upstream.once('error', refused);
  client.on('error', () => upstream.destroy());
  client.once('close', () => upstream.destroy());
  upstream.once('connect', () => {
    upstream.removeListener('error', refused);
    upstream.on('error', () => client.destroy());
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    // pipe() passes on the end of a direction and waits when the other side is slow.
    client.pipe(upstream);
    upstream.pipe(client);
    upstream.once('close', () => {
      if (upstream.errored === null) client.end();
    });
  });
}

const hopByHop = new Set([
  'proxy-connection',
  'proxy-authorization',
  'connection',
  'keep-alive',
  'te',
  'upgrade',
]);

function forward(network: Network, request: http.IncomingMessage, response: http.ServerResponse): void {
  const refuse = (status: number, reason: string) => {
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
    response.end(`k8s-lab: ${reason}\n`);
  };
  let url: URL;
  try {
    url = new URL(request.url ?? '');
  } catch {
    refuse(400, 'this is a proxy: it takes CONNECT host:port and absolute http:// URLs');
    return;
  }
  if (url.protocol !== 'http:') {
    refuse(400, `cannot fetch ${url.protocol} URLs: use CONNECT`);
    return;
  }
  const target = { host: url.hostname, port: Number(url.port || 80) };
  if (!isLabHost(network, target.host)) {
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
    response.end(`${forbidden(target.host)}\n`);
    return;
  }
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hopByHop.has(name)));
  const upstream = http.request({
    ...target,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, connection: 'close' },
    agent: false,
  });
  upstream.once('response', (incoming) => {
    const kept = incoming.rawHeaders.filter(
      (_, index) => !hopByHop.has(incoming.rawHeaders[index - (index % 2)]!.toLowerCase()),
    );
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, kept);
    incoming.pipe(response);
    incoming.once('error', () => response.destroy());
  });
  upstream.once('error', (error) => {
    const { status, reason } = describeFailure(error, target);
    if (response.headersSent) response.destroy();
    else refuse(status, reason);
  });
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}
