import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { errorMessage } from '../../../lib/errors.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { ApiError } from '../api-error.ts';
import type { Registry } from '../registry/registry.ts';
import type { ApiRequest, HttpResponse, StreamReply } from '../server/exchange.ts';
import { writeHead } from '../server/exchange.ts';
import { badRequest, internalError, unknownPath } from '../status-errors.ts';
import { containerPath, type KubeletTarget, resolveBackend, resolveKubelet, type Target } from './targets.ts';

export interface KubeletProxyOptions {
  readonly registry: Registry;
  /** --kubelet-client-certificate and --kubelet-client-key: who we are for the kubelet. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** --kubelet-certificate-authority; without it the kubelet's certificate is not verified, as upstream. */
  readonly ca?: Buffer;
  /** --kubelet-preferred-address-types. */
  readonly addressTypes: readonly string[];
}

/** Headers of one connection, not of the message. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
  'http2-settings',
]);

/**
 * Requests that the kubelet answers (log, exec, attach, port-forward) and those passed to pods, services and nodes.
 * Bytes are handed through as they are: WebSocket and SPDY alike are between the client and the kubelet.
 * Models pkg/registry/core/pod/rest and pkg/registry/core/{node,service}/proxy.
 */
export class KubeletProxy {
  readonly #options: KubeletProxyOptions;

  constructor(options: KubeletProxyOptions) {
    this.#options = options;
  }

  /** pods/NAME/log: a GET whose answer flows as it comes. */
  async log(request: ApiRequest): Promise<StreamReply> {
    const { target, pod } = await this.#kubeletOf(request);
    const path = containerPath('containerLogs', pod, request.query, target);
    return this.#passThrough(request, target, path.path, kubeletRefusal);
  }

  /** nodes/NAME/proxy/…, pods/NAME/proxy/…, services/NAME/proxy/…: plain HTTP. */
  async proxyHttp(request: ApiRequest, resource: ResourceInfo): Promise<StreamReply> {
    const target = await this.#proxyTarget(request, resource);
    return this.#passThrough(request, target, proxiedPath(request));
  }

  /** The Upgrade variants: exec, attach, port-forward, and proxies to servers that speak WebSocket. */
  async upgrade(request: ApiRequest, resource: ResourceInfo, socket: Duplex, head: Buffer): Promise<void> {
    const { subresource } = request.info;
    if (subresource === 'proxy') {
      const target = await this.#proxyTarget(request, resource);
      return this.#tunnel(request, target, proxiedPath(request), socket, head);
    }
    const names = { exec: 'exec', attach: 'attach', portforward: 'portForward' } as const;
    const verb = names[subresource as keyof typeof names];
    if (verb === undefined) throw badRequest(`${subresource} cannot be upgraded`);
    const { target, pod } = await this.#kubeletOf(request);
    return this.#tunnel(request, target, containerPath(verb, pod, request.query, target).path, socket, head);
  }

  async #kubeletOf(request: ApiRequest): Promise<KubeletTarget> {
    return resolveKubelet(this.#options.registry, request.info, this.#options.addressTypes);
  }

  #proxyTarget(request: ApiRequest, resource: ResourceInfo): Promise<Target> {
    if (!['nodes', 'pods', 'services'].includes(resource.plural)) throw unknownPath();
    return resolveBackend(this.#options.registry, request.info, this.#options.addressTypes);
  }

  #open(target: Target, method: string, path: string, headers: OutgoingHttpHeaders): ClientRequest {
    const { cert, key, ca } = this.#options;
    const common = { host: target.host, port: target.port, method, path, headers, agent: false as const };
    if (target.scheme === 'http') return httpRequest(common);
    if (!target.isKubelet) return httpsRequest({ ...common, rejectUnauthorized: false });
    return httpsRequest({
      ...common,
      cert,
      key,
      ca,
      rejectUnauthorized: ca !== undefined,
      // The certificate names the node by its address or its name.
      servername: '',
    });
  }

  /** `refusal`: what to make of an answer that is no success; without it the client gets it as it is. */
  async #passThrough(
    request: ApiRequest,
    target: Target,
    path: string,
    refusal?: (code: number, text: string) => ApiError,
  ): Promise<StreamReply> {
    const body = ['GET', 'HEAD'].includes(request.method) ? undefined : await request.body();
    const outgoing = this.#open(target, request.method, path, forwardedHeaders(request, body?.length));
    const abort = () => outgoing.destroy();
    request.signal.addEventListener('abort', abort, { once: true });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', (error) => reject(unreachable(target, path, error)));
      outgoing.end(body);
    });
    const code = answer.statusCode ?? 502;
    if (refusal !== undefined && code >= 400) throw refusal(code, (await text(answer)).trim());
    return {
      stream: (response) =>
        copyAnswer(answer, response).finally(() => request.signal.removeEventListener('abort', abort)),
    };
  }

  /** Sends the same Upgrade request on, and once the other side agrees joins the two sockets. */
  #tunnel(request: ApiRequest, target: Target, path: string, socket: Duplex, head: Buffer): Promise<void> {
    const headers = {
      ...forwardedHeaders(request, undefined),
      connection: 'Upgrade',
      upgrade: request.headers.upgrade as string,
    };
    const outgoing = this.#open(target, request.method, path, headers);
    return new Promise((resolve, reject) => {
      outgoing.on('error', (error) => reject(unreachable(target, path, error)));
      // Refused: the kubelet's own answer goes back as it is.
      outgoing.on('response', (answer) => {
        answer.on('error', () => socket.destroy());
        socket.write(rawHead(answer));
        answer.pipe(socket);
        answer.on('end', () => resolve());
      });
      outgoing.on('upgrade', (answer, backend, backendHead) => {
        socket.write(rawHead(answer));
        if (backendHead.length > 0) socket.write(backendHead);
        if (head.length > 0) backend.write(head);
        join(socket, backend);
        join(backend, socket);
        backend.on('close', () => resolve());
      });
      socket.on('close', () => outgoing.destroy());
      outgoing.end();
    });
  }
}

/** One direction. An error on one side ends the other; a half close is passed on. */
function join(from: Duplex, to: Duplex): void {
  from.on('error', () => to.destroy());
  from.on('close', () => {
    if (!to.writableEnded) to.end();
    to.destroySoon?.();
  });
  from.pipe(to);
}

declare module 'node:stream' {
  interface Duplex {
    /** net.Socket: ends, and destroys when everything is written. */
    destroySoon?(): void;
  }
}

function forwardedHeaders(request: ApiRequest, length: number | undefined): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const skip = name.startsWith(':') || name.startsWith('impersonate-') || hopByHop.has(name);
    if (!skip && value !== undefined) headers[name] = value;
  }
  if (length !== undefined) headers['content-length'] = length;
  return headers;
}

function rawHead(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function copyAnswer(answer: IncomingMessage, response: HttpResponse): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (!hopByHop.has(name) && value !== undefined) headers[name] = value;
  }
  writeHead(response, answer.statusCode ?? 502, headers);
  // `kubectl logs -f` of a silent container should see that it is connected.
  response.flushHeaders?.();
  return new Promise((resolve) => {
    answer.on('error', () => response.destroy());
    response.on('close', () => {
      answer.destroy();
      resolve();
    });
    answer.pipe(response);
  });
}

/** Models apiserver pkg/registry/generic/rest response_checker.go. */
function kubeletRefusal(code: number, text: string): ApiError {
  return code === 400 ? badRequest(text) : internalError(text);
}

/** What is left of the URL after `/proxy`, with its query. */
function proxiedPath(request: ApiRequest): string {
  const at = request.path.indexOf('/proxy');
  const rest = at < 0 ? '' : request.path.slice(at + '/proxy'.length);
  const query = request.query.toString();
  return `${rest === '' ? '/' : rest}${query === '' ? '' : `?${query}`}`;
}

function unreachable(target: Target, path: string, error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const url = `${target.scheme}://${target.host}:${target.port}${path.split('?')[0]}`;
  if (target.isKubelet) return internalError(`Get ${JSON.stringify(url)}: ${errorMessage(error)}`);
  return new ApiError(503, 'ServiceUnavailable', `error trying to reach service: ${errorMessage(error)}`);
}
