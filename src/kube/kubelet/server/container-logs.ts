import type { ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { ContainerState, type CriClient } from '../../cri/index.ts';
import type { LogOptions } from '../logs/cri-log.ts';
import { streamLog } from '../logs/read-log.ts';
import { readPodStatus } from '../runtime/container-runtime.ts';

/** An answer that is no success, in upstream's words. */
export class HttpError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text))
    throw new HttpError(
      400,
      `Invalid value for ${name}: ${JSON.stringify(text)}: must be greater than or equal to 0`,
    );
  return Number(text);
}

const isTrue = (query: URLSearchParams, name: string) => ['true', '1'].includes(query.get(name) ?? '');

export function logOptionsOf(
  query: URLSearchParams,
  nowMs: number,
): LogOptions & { readonly previous: boolean } {
  const sinceSeconds = wholeNumber(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const since =
    sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined;
  return {
    follow: isTrue(query, 'follow'),
    previous: isTrue(query, 'previous'),
    timestamps: isTrue(query, 'timestamps'),
    tailLines: wholeNumber(query, 'tailLines'),
    limitBytes: wholeNumber(query, 'limitBytes'),
    since,
  };
}

/** Newest first: the run before the one that the pod's status shows as the current one. */
export function previousInstance<T extends { readonly state: string }>(
  instances: readonly T[],
  waits: boolean,
): T | undefined {
  return (waits ? instances : instances.slice(1)).find(({ state }) => state === 'exited');
}

/** Answers /containerLogs/NAMESPACE/POD/CONTAINER. */
export async function serveContainerLogs(
  cri: CriClient,
  pod: Pod,
  container: string,
  query: URLSearchParams,
  response: ServerResponse,
  /** Whether the container's reported state is waiting: then the one that ended last is the previous one. */
  waits: boolean,
  clock: Clock = systemClock,
): Promise<void> {
  const options = logOptionsOf(query, clock.now());
  const { containers } = await readPodStatus(cri, pod.metadata.uid ?? '');
  const instances = containers.filter(({ name }) => name === container);
  const chosen = options.previous ? previousInstance(instances, waits) : instances[0];
  if (chosen === undefined) {
    const what = options.previous ? 'previous terminated container' : 'container';
    throw new HttpError(
      400,
      options.previous
        ? `${what} "${container}" in pod "${pod.metadata.name}" not found`
        : `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ContainerCreating`,
    );
  }
  const { status } = await cri.containerStatus({ containerId: chosen.id });
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const source = {
    path: status?.logPath ?? '',
    running: async () => {
      const answer = await cri.containerStatus({ containerId: chosen.id }).catch(() => undefined);
      return answer?.status?.state === ContainerState.RUNNING;
    },
  };
  await streamLog(source, options, (text) => response.write(text), clock, gone.signal);
  response.end();
}
