import { type Clock, systemClock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { apiTime } from '../api/time.ts';
import { isNotFound } from './errors.ts';
import type { ApiObject } from './objects.ts';
import type { ResourceClient } from './resource-client.ts';

/** core/v1 Event, as far as a recorder fills it. */
export interface RecordedEvent extends ApiObject {
  involvedObject?: {
    kind?: string;
    namespace?: string;
    name?: string;
    uid?: string;
    apiVersion?: string;
    resourceVersion?: string;
    fieldPath?: string;
  };
  reason?: string;
  message?: string;
  source?: { component?: string; host?: string };
  firstTimestamp?: string;
  lastTimestamp?: string;
  count?: number;
  type?: string;
  reportingComponent?: string;
  reportingInstance?: string;
}

export interface EventRecorderOptions {
  readonly events: ResourceClient<RecordedEvent>;
  readonly component: string;
  readonly host?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

const rememberAtMost = 1000;

/**
 * Writes events about objects. The same event again raises the count of the one that is stored instead of adding
 * another. Best effort, in order, never awaited by the caller. Models client-go/tools/record.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #known = new Map<string, { name: string; count: number }>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  event(
    object: ApiObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    this.#last = this.#last
      .then(() => this.#record(object, type, reason, message, fieldPath))
      .catch((error: unknown) => {
        this.#options.logger?.debug('event not recorded', { reason, err: errorMessage(error) });
      });
  }

  /** Resolves when everything recorded so far was sent. */
  flush(): Promise<void> {
    return this.#last;
  }

  async #record(
    object: ApiObject,
    type: string,
    reason: string,
    message: string,
    fieldPath?: string,
  ): Promise<void> {
    const { name = '', namespace, uid = '' } = object.metadata ?? {};
    const eventNamespace = namespace === undefined || namespace === '' ? 'default' : namespace;
    const events = this.#options.events.in(eventNamespace);
    const now = apiTime(this.#clock.now());
    const key = [object.kind, eventNamespace, name, uid, type, reason, message, fieldPath].join('\u0000');
    const known = this.#known.get(key);
    if (known !== undefined) {
      known.count++;
      try {
        await events.patch(known.name, { count: known.count, lastTimestamp: now }, 'merge');
        return;
      } catch (error) {
        // It expired (--event-ttl): write a new one.
        if (!isNotFound(error)) throw error;
      }
    }
    const { component, host } = this.#options;
    const stamp = (
      BigInt(Math.floor(this.#clock.now())) * 1_000_000n +
      BigInt(Math.floor(Math.random() * 1_000_000))
    ).toString(16);
    const eventName = `${name}.${stamp}`;
    await events.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace: eventNamespace },
      involvedObject: {
        ...(object.kind && { kind: object.kind }),
        ...(object.apiVersion && { apiVersion: object.apiVersion }),
        ...(object.metadata?.resourceVersion && { resourceVersion: object.metadata.resourceVersion }),
        ...(namespace && { namespace }),
        ...(fieldPath && { fieldPath }),
        name,
        uid,
      },
      reason,
      message,
      source: { component, ...(host && { host }) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    });
    if (this.#known.size >= rememberAtMost) this.#known.clear();
    this.#known.set(key, { name: eventName, count: 1 });
  }
}
