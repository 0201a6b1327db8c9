import type { ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import type { ContainerStateWaiting, ContainerStatus, Pod } from '../../api/types/core-v1.ts';
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

function wholeNumber(query: URLSearchParams, name: string, least: 0 | 1): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
  const bound = least === 0 ? 'greater than or equal to 0' : 'greater than 0';
  throw new HttpError(400, `Invalid value for ${name}: ${JSON.stringify(text)}: must be ${bound}`);
}

/** As Go's query conversion has it: the bare name, and all but `false` and `0`, mean yes. */
const isTrue = (query: URLSearchParams, name: string) =>
  query.has(name) && !['false', '0'].includes(query.get(name)!.toLowerCase());

function sinceOf(query: URLSearchParams, nowMs: number): number | undefined {
  const seconds = wholeNumber(query, 'sinceSeconds', 1);
  const time = query.get('sinceTime') || undefined;
  if (seconds !== undefined && time !== undefined)
    throw new HttpError(400, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (seconds !== undefined) return nowMs - seconds * 1000;
  if (time === undefined) return undefined;
  const parsed = Date.parse(time);
  if (Number.isNaN(parsed))
    throw new HttpError(
      400,
      `Invalid value for sinceTime: ${JSON.stringify(time)}: must be a time in RFC 3339`,
    );
  return parsed;
}

/** Reads the query of a log request; throws HttpError 400 for what it cannot be. */
export function logOptionsOf(
  query: URLSearchParams,
  nowMs: number,
): LogOptions & { readonly previous: boolean } {
  return {
    follow: isTrue(query, 'follow'),
    previous: isTrue(query, 'previous'),
    timestamps: isTrue(query, 'timestamps'),
    tailLines: wholeNumber(query, 'tailLines', 0),
    limitBytes: wholeNumber(query, 'limitBytes', 1),
    since: sinceOf(query, nowMs),
  };
}

/** Why there is no log yet. Models validateContainerLogStatus. */
function waitingText(waiting: ContainerStateWaiting | undefined): string {
  switch (waiting?.reason) {
    case 'ErrImagePull':
      return "image can't be pulled";
    case 'ImagePullBackOff':
      return 'trying and failing to pull image';
    default:
      return waiting?.reason ?? 'ContainerCreating';
  }
}

/** Writes to the client no faster than it reads. */
function throttled(response: ServerResponse, gone: AbortSignal): (data: Buffer) => Promise<void> {
  return async (data) => {
    if (gone.aborted || response.write(data)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        response.removeListener('drain', done);
        gone.removeEventListener('abort', done);
        resolve();
      };
      response.once('drain', done);
      gone.addEventListener('abort', done, { once: true });
    });
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
  /** The container's reported state: while it waits, the run that ended last is the previous one. */
  status: ContainerStatus | undefined,
  clock: Clock = systemClock,
): Promise<void> {
  const options = logOptionsOf(query, clock.now());
  const { containers } = await readPodStatus(cri, pod.metadata.uid ?? '');
  const instances = containers.filter(({ name }) => name === container);
  const chosen = options.previous
    ? previousInstance(instances, status?.state?.waiting !== undefined)
    : instances[0];
  if (chosen === undefined) {
    const which = `container "${container}" in pod "${pod.metadata.name}"`;
    throw new HttpError(
      400,
      options.previous
        ? `previous terminated ${which} not found`
        : `${which} is waiting to start: ${waitingText(status?.state?.waiting)}`,
    );
  }
  const { status: found } = await cri.containerStatus({ containerId: chosen.id });
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const source = {
    path: found?.logPath ?? '',
    running: async () => {
      const answer = await cri.containerStatus({ containerId: chosen.id }).catch(() => undefined);
      return answer?.status?.state === ContainerState.RUNNING;
    },
  };
  await streamLog(source, options, throttled(response, gone.signal), clock, gone.signal);
  response.end();
}
