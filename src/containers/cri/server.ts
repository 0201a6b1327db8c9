import { chmodSync, mkdirSync } from 'node:fs';
import { createServer, type ServerHttp2Session } from 'node:http2';
import { dirname } from 'node:path';
import {
  type ContainerEventInit,
  type CriRequest,
  type CriResponseInit,
  containerEventsMethod,
  type UnaryName,
  unaryMethods,
} from '../../kube/cri/index.ts';
import { GrpcServer, type UnaryHandler } from '../../lib/grpc/server.ts';
import { GrpcError } from '../../lib/grpc/status.ts';
import type { Logger } from '../../lib/log.ts';

/** Each call of the CRI as a function; fails by throwing GrpcError. */
export type CriHandlers = {
  readonly [N in UnaryName]: (request: CriRequest<N>) => CriResponseInit<N> | Promise<CriResponseInit<N>>;
};

export interface CriServerOptions {
  readonly handlers: CriHandlers;
  readonly subscribe: (listener: (event: ContainerEventInit) => void) => () => void;
  readonly log: Logger;
}

/** Calls that a kubelet repeats all the time, or that fail as a matter of course: not worth a line when they fail. */
const quiet: ReadonlySet<string> = new Set(['containerStatus', 'podSandboxStatus', 'execSync']);
const maxRequestBytes = 16 << 20;

function bind(name: UnaryName, { handlers, log }: CriServerOptions): [string, UnaryHandler] {
  const { path, request, response } = unaryMethods[name];
  const handler = handlers[name] as (message: unknown) => unknown;
  return [
    path,
    async (bytes) => {
      try {
        return response.encode((await handler(request.decode(bytes))) as never);
      } catch (error) {
        const method = path.split('/').at(-1);
        if (!quiet.has(name) || !(error instanceof GrpcError))
          log.error(`${method} failed`, {
            error: error instanceof GrpcError ? error.describe() : String(error),
          });
        throw error;
      }
    },
  ];
}

export interface CriServer {
  close(): Promise<void>;
}

/** Serves runtime.v1.RuntimeService and ImageService on a unix socket. */
export async function serveCri(socketPath: string, options: CriServerOptions): Promise<CriServer> {
  const service = new GrpcServer(
    {
      unary: new Map((Object.keys(unaryMethods) as UnaryName[]).map((name) => bind(name, options))),
      streams: new Map([
        [
          containerEventsMethod.path,
          (stream) => {
            const stop = options.subscribe((event) =>
              stream.send(containerEventsMethod.response.encode(event)),
            );
            return { onMessage: () => undefined, onHalfClose: () => undefined, onClose: stop };
          },
        ],
      ]),
    },
    maxRequestBytes,
  );
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => service.handle(stream, headers));
  mkdirSync(dirname(socketPath), { recursive: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o660);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}
