import { UsageError } from '../../lib/errors.ts';
import { type CallOptions, GrpcChannel } from '../../lib/grpc/channel.ts';
import type { GrpcError } from '../../lib/grpc/status.ts';
import {
  type CriRequestInit,
  type CriResponse,
  containerEventsMethod,
  type UnaryName,
  unaryMethods,
} from './methods.ts';
import type { ContainerEventResponse } from './sandboxes.ts';

/** Each unary call of the CRI: `client.runPodSandbox({ config })`. They throw GrpcError (NotFound, Unavailable …). */
export type CriCalls = {
  readonly [N in UnaryName]: (request: CriRequestInit<N>, options?: CallOptions) => Promise<CriResponse<N>>;
};

export interface ContainerEventHandlers {
  onEvent(event: ContainerEventResponse): void;
  /** Once, at the end: undefined when the runtime ended the stream properly. */
  onEnd(error: GrpcError | undefined): void;
}

/** A client of one container runtime; connects with the first call and again after the runtime restarted. */
export interface CriClient extends CriCalls {
  /** Events of all containers from now on. Call the returned function to stop (onEnd follows). */
  containerEvents(handlers: ContainerEventHandlers): () => void;
  close(): void;
}

/**
 * `endpoint` as in kubelet's containerRuntimeEndpoint: `unix:///run/containerd/containerd.sock`. Throws UsageError for
 * any other scheme.
 */
export function createCriClient(
  endpoint: string,
  options: { readonly connectTimeoutMs?: number } = {},
): CriClient {
  if (!endpoint.startsWith('unix:///')) {
    throw new UsageError(`container runtime endpoint ${JSON.stringify(endpoint)} is not a unix socket`, {
      remedy: 'write it as unix:///run/containerd/containerd.sock',
    });
  }
  const channel = new GrpcChannel(endpoint, options);
  const calls = Object.fromEntries(
    Object.entries(unaryMethods).map(([name, { path, request, response }]) => [
      name,
      async (message: object, callOptions?: CallOptions) =>
        response.decode(await channel.unary(path, request.encode(message), callOptions)),
    ]),
  ) as unknown as CriCalls;
  return {
    ...calls,
    containerEvents(handlers) {
      const { path, request, response } = containerEventsMethod;
      const stream = channel.stream(path, {
        onMessage: (bytes) => handlers.onEvent(response.decode(bytes)),
        onEnd: handlers.onEnd,
      });
      stream.send(request.encode({}));
      stream.end();
      return () => stream.cancel();
    },
    close: () => channel.close(),
  };
}
