import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Server } from 'node:net';
import { systemClock } from '../../../lib/clock.ts';
import { errorMessage, LabError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { RestClient } from '../../client/index.ts';
import type { CriClient } from '../../cri/index.ts';
import type { KubeletConfig } from '../config/kubelet-config.ts';
import type { ServingFiles } from '../config/preflight.ts';
import type { Kubelet } from '../kubelet.ts';
import { attributesOf, KubeletAuth } from './auth.ts';
import { HttpError } from './container-logs.ts';
import type { RouteContext } from './route-context.ts';
import { route, routeUpgrade } from './routes.ts';

export interface ServerOptions {
  readonly config: KubeletConfig;
  readonly files: ServingFiles;
  readonly kubelet: Kubelet;
  readonly rest: RestClient;
  readonly cri: CriClient;
  readonly nodeName: string;
  readonly logger: Logger;
}

/** The server for the API server, on port 10250, and the plain one on the loopback that only says "ok". */
export async function startServers(options: ServerOptions): Promise<{ close(): void }> {
  const { config, files, logger } = options;
  const auth = new KubeletAuth({ ...options, clock: systemClock });
  const context: RouteContext = options;

  /** Throws HttpError 401 or 403. */
  const admit = async (request: IncomingMessage) => {
    const user = await auth.authenticate(request);
    if (user === undefined) throw new HttpError(401, 'Unauthorized');
    const attributes = attributesOf(request.method ?? 'GET', (request.url ?? '/').split('?')[0]!);
    if (!(await auth.authorize(user, attributes)))
      throw new HttpError(403, auth.forbiddenText(user, attributes).trim());
  };
  const describe = (error: unknown): HttpError => {
    if (error instanceof HttpError) return error;
    logger.error('HTTP request failed', { err: errorMessage(error) });
    return new HttpError(500, errorMessage(error));
  };

  const server = https.createServer({
    cert: files.cert,
    key: files.key,
    ...(files.clientCA && { ca: files.clientCA }),
    requestCert: true,
    // Whoever has no certificate may have a token: who it is, is decided request by request.
    rejectUnauthorized: false,
  });
  server.on('request', (request, response) => {
    admit(request)
      .then(() => route(context, request, response))
      .catch((error: unknown) => {
        const { code, message } = describe(error);
        if (response.headersSent) response.destroy();
        else response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
      });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    admit(request)
      .then(() => routeUpgrade(context, request, socket, head))
      .catch((error: unknown) => {
        const { code, message } = describe(error);
        const text = `${message}\n`;
        socket.end(
          `HTTP/1.1 ${code} ${http.STATUS_CODES[code]}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
        );
      });
  });
  await listen(server, config.port, config.address);

  const healthz = http.createServer((request, response) => {
    const known = request.url === '/healthz';
    response.writeHead(known ? 200 : 404).end(known ? 'ok' : '404 page not found\n');
  });
  if (config.healthzPort > 0) await listen(healthz, config.healthzPort, config.healthzBindAddress);
  return {
    close() {
      for (const each of [server, healthz]) {
        each.close();
        each.closeAllConnections();
      }
    },
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new LabError(`listen tcp ${address}:${port}: ${errorMessage(error)}`, {
          remedy: 'stop what listens there',
        }),
      );
    });
    server.listen(port, address, resolve);
  });
}
