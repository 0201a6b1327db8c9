import { type Cancel, type Clock, sleep } from '../../../lib/clock.ts';
import { GrpcCode, type GrpcError } from '../../../lib/grpc/status.ts';
import type { Logger } from '../../../lib/log.ts';
import type { CriClient } from '../../cri/index.ts';
import { labels } from './pod-runtime-status.ts';

const relistWithoutEventsMs = 1000;
const reconnectMs = 1000;

export interface PlegOptions {
  readonly cri: CriClient;
  readonly clock: Clock;
  /** Every pod is looked at so often, in case an event was lost. */
  readonly relistMs: number;
  readonly logger: Logger;
  /** Something changed in this pod. */
  readonly onChange: (podUid: string) => void;
  /** Look at every pod: the connection was lost, or time has passed. */
  readonly onRelist: () => void;
}

/**
 * The pod lifecycle event generator: tells which pod to look at when a container starts or ends. It takes the
 * runtime's event stream; only a runtime without one is listed every second. Models pkg/kubelet/pleg (evented).
 */
export async function runPleg(options: PlegOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, relistMs, onRelist } = options;
  const cancelRelist = clock.every(relistMs, onRelist);
  let polling: Cancel | undefined;
  signal.addEventListener('abort', () => {
    cancelRelist();
    polling?.();
  });
  while (!signal.aborted) {
    const error = await followEvents(options, signal);
    if (signal.aborted) return;
    if (error?.code === GrpcCode.Unimplemented) {
      polling = clock.every(relistWithoutEventsMs, onlyChanges(options));
      logger.info('The runtime sends no container events, listing instead', {
        periodMs: relistWithoutEventsMs,
      });
      return;
    }
    logger.error('Container events ended, connecting again', { err: error?.describe() ?? 'EOF' });
    await sleep(clock, reconnectMs, signal);
    onRelist();
  }
}

function followEvents({ cri, onChange }: PlegOptions, signal: AbortSignal): Promise<GrpcError | undefined> {
  return new Promise((resolve) => {
    const stop = cri.containerEvents({
      onEvent({ podSandboxStatus }) {
        const uid = podSandboxStatus?.metadata?.uid || podSandboxStatus?.labels[labels.podUid];
        if (uid) onChange(uid);
      },
      onEnd(error) {
        signal.removeEventListener('abort', stop);
        resolve(error);
      },
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** One list of containers a turn; pods whose containers look as before are left alone. */
function onlyChanges({ cri, onChange }: PlegOptions): () => void {
  let before = new Map<string, string>();
  let busy = false;
  const look = async () => {
    const { containers } = await cri.listContainers({});
    const now = new Map<string, string>();
    for (const { id, state, labels: marks } of containers) {
      const uid = marks[labels.podUid] ?? '';
      now.set(uid, `${now.get(uid) ?? ''} ${id}:${state}`);
    }
    for (const uid of new Set([...before.keys(), ...now.keys()]))
      if (before.get(uid) !== now.get(uid)) onChange(uid);
    before = now;
  };
  return () => {
    if (busy) return;
    busy = true;
    // A runtime that is away is told of by the node's condition.
    look()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  };
}
