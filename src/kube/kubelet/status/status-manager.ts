import { isDeepStrictEqual } from 'node:util';
import { type Clock, sleep } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Pod, PodStatus } from '../../api/types/core-v1.ts';
import { isConflict, isNotFound, type ResourceClient } from '../../client/index.ts';
import { nameOf, namespaceOf, uidOf } from '../pods/pod.ts';

export interface StatusManagerOptions {
  readonly pods: ResourceClient<Pod>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Entry {
  pod: Pod;
  status: PodStatus;
  /** What the API server has, as far as we know. */
  sent: PodStatus;
  busy: Promise<void> | undefined;
}

const retryMs = 1000;

/** A merge patch that makes `from` into `to`: only the fields that differ, null for those that go. */
export function statusPatch(from: PodStatus, to: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const old = from as Readonly<Record<string, unknown>>;
  const wanted = to as Readonly<Record<string, unknown>>;
  for (const key of new Set([...Object.keys(old), ...Object.keys(wanted)])) {
    if (!isDeepStrictEqual(old[key], wanted[key])) patch[key] = wanted[key] ?? null;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Brings the statuses of pods to the API server: one request a pod at a time, and only what changed. */
export class StatusManager {
  readonly #options: StatusManagerOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: StatusManagerOptions) {
    this.#options = options;
  }

  /** The newest status that was worked out here, else the one of the object. */
  get(pod: Pod): PodStatus {
    return this.#entries.get(uidOf(pod))?.status ?? pod.status ?? {};
  }

  set(pod: Pod, status: PodStatus): void {
    const uid = uidOf(pod);
    const entry = this.#entries.get(uid) ?? { pod, status, sent: pod.status ?? {}, busy: undefined };
    entry.pod = pod;
    entry.status = status;
    this.#entries.set(uid, entry);
    entry.busy ??= this.#send(entry).finally(() => {
      entry.busy = undefined;
    });
  }

  /** Resolves when the API server has the newest status of the pod (or the pod is gone). */
  async flush(uid: string, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      const busy = this.#entries.get(uid)?.busy;
      if (busy === undefined) return;
      await busy;
    }
  }

  /** Fields that others wrote, such as conditions, are not undone by our picture of what was sent. */
  observe(pod: Pod): void {
    const entry = this.#entries.get(uidOf(pod));
    if (entry !== undefined && entry.busy === undefined) entry.sent = pod.status ?? {};
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  async #send(entry: Entry): Promise<void> {
    const { pods, clock, logger } = this.#options;
    for (;;) {
      const wanted = entry.status;
      const patch = statusPatch(entry.sent, wanted);
      if (patch === undefined) return;
      const { pod } = entry;
      const uid = uidOf(pod);
      try {
        // The uid makes sure that the status of a pod never lands on its namesake.
        await pods
          .in(namespaceOf(pod))
          .patch(nameOf(pod), { metadata: { uid }, status: patch }, 'merge', 'status');
        entry.sent = wanted;
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) {
          this.#entries.delete(uid);
          return;
        }
        logger.warning('Failed to update status for pod', {
          pod: `${namespaceOf(pod)}/${nameOf(pod)}`,
          err: errorMessage(error),
        });
        await sleep(clock, retryMs);
        if (!this.#entries.has(uid)) return;
      }
    }
  }
}
