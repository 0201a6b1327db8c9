import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Logger } from '../lib/log.ts';
import { formatAddress, type HttpFrontend } from './config.ts';
import { listen } from './tcp-frontend.ts';

type Route = HttpFrontend['routes'][number];

/** Answers known paths with what another server says; all others with 404. Returns how to stop. */
export async function serveHttp(frontend: HttpFrontend, logger: Logger): Promise<() => void> {
  const server = http.createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0];
    const route = frontend.routes.find((candidate) => candidate.path === path);
    if (route === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    pass(route, request, response, logger);
  });
  await listen(server, frontend.listen);
  logger.info('serving', { frontend: frontend.name, address: formatAddress(frontend.listen) });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function pass(
  route: Route,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  logger: Logger,
): void {
  const fail = (error: Error) => {
    logger.warning('upstream failed', { path: route.path, to: route.to, err: error.message });
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`502 Bad Gateway: ${error.message}\n`);
  };
  let ca: Buffer | undefined;
  try {
    // Read for each request, so that a new certificate needs no restart.
    ca = route.ca === undefined ? undefined : readFileSync(route.ca);
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  const options = { method: request.method, timeout: 5000, agent: false as const, ...(ca && { ca }) };
  const upstream = (route.to.startsWith('https:') ? https : http).request(route.to, options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('timeout', () => upstream.destroy(new Error('timeout')));
  upstream.on('error', fail);
  request.pipe(upstream);
}
