import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Logger } from '../lib/log.ts';
import { formatAddress, type HttpFrontend } from './config.ts';
import { listen } from './tcp-frontend.ts';

type Route = HttpFrontend['routes'][number];

/** Answers known paths with what another server says; all others with 404. Returns how to stop. */
export async function serveHttp(frontend: HttpFrontend, logger: Logger): Promise<() => void> {
  const connections = new KeptConnections();
  const server = http.createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const route = frontend.routes.find((candidate) => candidate.path === path);
    if (route === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    pass(route, connections, request, response, logger);
  });
  await listen(server, frontend.listen);
  logger.info('serving', { frontend: frontend.name, address: formatAddress(frontend.listen) });
  return () => {
    server.close();
    server.closeAllConnections();
    connections.close();
  };
}

/**
 * Connections to the servers behind, kept from one request to the next: a handshake a second would be most of what an
 * idle API server does.
 */
class KeptConnections {
  readonly #plain = new http.Agent({ keepAlive: true });
  readonly #secure = new Map<string, https.Agent>();

  /** Throws when the CA cannot be read. It is read each time, so that a new certificate needs no restart. */
  to(route: Route): http.Agent {
    if (!route.to.startsWith('https:')) return this.#plain;
    const ca = route.ca === undefined ? undefined : readFileSync(route.ca, 'utf8');
    let agent = this.#secure.get(route.path);
    if (agent === undefined || agent.options.ca !== ca) {
      agent?.destroy();
      agent = new https.Agent({ keepAlive: true, ca });
      this.#secure.set(route.path, agent);
    }
    return agent;
  }

  close(): void {
    for (const agent of [this.#plain, ...this.#secure.values()]) agent.destroy();
  }
}

function pass(
  route: Route,
  connections: KeptConnections,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  logger: Logger,
): void {
  const fail = (error: Error) => {
    logger.warning('upstream failed', { path: route.path, to: route.to, err: error.message });
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`502 Bad Gateway: ${error.message}\n`);
  };
  let agent: http.Agent;
  try {
    agent = connections.to(route);
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  const options = { method: request.method, timeout: 5000, agent };
  const upstream = (route.to.startsWith('https:') ? https : http).request(route.to, options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('timeout', () => upstream.destroy(new Error('timeout')));
  upstream.on('error', fail);
  request.pipe(upstream);
}
