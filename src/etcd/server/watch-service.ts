import type { ServerStream, StreamHandler } from '../../lib/grpc/server.ts';
import { type Interval, type KeyRecord, keyBytes, keyString, toKeyValue } from '../mvcc/records.ts';
import type { Watcher, WatchSink } from '../mvcc/watchable.ts';
import { etcdError } from '../proto/errors.ts';
import { type Event, EventType } from '../proto/kv.ts';
import { methods } from '../proto/methods.ts';
import { FilterType, type WatchCreateRequest, WatchRequest, WatchResponse } from '../proto/services.ts';
import type { EtcdServer } from './server.ts';

/** The Watch service: one stream of a client carries any number of watches. Models server/etcdserver/api/v3rpc/watch.go. */

interface StreamWatch {
  readonly watcher: Watcher;
  readonly prevKv: boolean;
  readonly fragment: boolean;
  readonly progressNotify: boolean;
  /** Nothing was sent since the last progress notification fell due. */
  quiet: boolean;
}

/** The watch id that stands for no watch, and in progress answers for all. */
const invalidWatchId = -1;

export function watchHandler(server: EtcdServer): StreamHandler {
  return (stream) => {
    const watches = new WatchStream(server, stream);
    const requireLeader = stream.call.headers.hasleader === 'true';
    const failWithoutLeader = () => stream.end(etcdError('NoLeader'));
    const unsubscribe = requireLeader ? server.onLeaderLost(failWithoutLeader) : undefined;
    if (requireLeader && server.lead === 0n) failWithoutLeader();
    return {
      onMessage(message) {
        const { createRequest, cancelRequest, progressRequest } = WatchRequest.decode(message);
        if (createRequest !== undefined) watches.create(createRequest);
        else if (cancelRequest !== undefined) watches.cancel(cancelRequest.watchId);
        else if (progressRequest !== undefined) watches.progressOfAll();
      },
      onHalfClose: () => stream.end(),
      onDrain: () => server.state.watchable.catchUp(watches),
      onClose() {
        unsubscribe?.();
        watches.close();
      },
    };
  };
}

class WatchStream implements WatchSink {
  readonly #server: EtcdServer;
  readonly #stream: ServerStream;
  readonly #watches = new Map<number, StreamWatch>();
  readonly #stopProgress: () => void;
  #nextId = 0;

  constructor(server: EtcdServer, stream: ServerStream) {
    this.#server = server;
    this.#stream = stream;
    this.#stopProgress = server.clock.every(server.config.watchProgressIntervalMs, () => this.#progressDue());
  }

  get writable(): boolean {
    return this.#stream.writable;
  }

  create(request: WatchCreateRequest): void {
    const { store } = this.#server.state;
    const { watchable } = this.#server.state;
    const created = (watchId: number, reason?: string) =>
      this.#stream.send(
        WatchResponse.encode({
          header: this.#server.header(),
          watchId,
          created: true,
          canceled: reason !== undefined,
          ...(reason === undefined ? {} : { cancelReason: reason }),
        }),
      );
    const interval = watchInterval(request);
    if (interval.end !== undefined && interval.end !== null && interval.end <= interval.start) {
      created(invalidWatchId, 'mvcc: watcher range is empty');
      return;
    }
    if (request.startRevision < 0) {
      created(invalidWatchId, 'mvcc: invalid start revision');
      return;
    }
    let id = request.watchId;
    if (id === 0) {
      while (this.#watches.has(this.#nextId)) this.#nextId++;
      id = this.#nextId++;
    } else if (this.#watches.has(id)) {
      created(invalidWatchId, 'mvcc: duplicate watch ID provided on the WatchStream');
      return;
    }
    created(id);
    const watcher = watchable.watch(
      {
        id,
        interval,
        startRevision: request.startRevision === 0 ? store.revision + 1 : request.startRevision,
        noPut: request.filters.includes(FilterType.NOPUT),
        noDelete: request.filters.includes(FilterType.NODELETE),
      },
      this,
    );
    this.#watches.set(id, {
      watcher,
      prevKv: request.prevKv,
      fragment: request.fragment,
      progressNotify: request.progressNotify,
      quiet: true,
    });
    watchable.catchUp(this);
  }

  cancel(id: number): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    this.#server.state.watchable.cancel(watch.watcher);
    this.#watches.delete(id);
    this.#stream.send(WatchResponse.encode({ header: this.#server.header(), watchId: id, canceled: true }));
  }

  deliver(watcher: Watcher, records: readonly KeyRecord[], revision: number): void {
    const watch = this.#watches.get(watcher.id);
    if (watch === undefined) return;
    watch.quiet = false;
    const events = records.map((record) => this.#event(record, watch.prevKv));
    const header = this.#server.header(revision);
    if (!watch.fragment) {
      this.#stream.send(WatchResponse.encode({ header, watchId: watcher.id, events }));
      return;
    }
    const parts = cutIntoFragments(events, this.#server.config.maxRequestBytes);
    for (const [at, part] of parts.entries()) {
      this.#stream.send(
        WatchResponse.encode({ header, watchId: watcher.id, events: part, fragment: at < parts.length - 1 }),
      );
    }
  }

  #event(record: KeyRecord, withPrevious: boolean): Event {
    const previous = withPrevious ? this.#server.state.store.previous(record) : undefined;
    return {
      type: record.deleted ? EventType.DELETE : EventType.PUT,
      kv: record.deleted
        ? { ...toKeyValue(record), key: keyBytes(record.key), modRevision: record.modRevision }
        : toKeyValue(record),
      prevKv: previous === undefined ? undefined : toKeyValue(previous),
    };
  }

  compacted(watcher: Watcher, compactRevision: number): void {
    this.#watches.delete(watcher.id);
    this.#stream.send(
      WatchResponse.encode({
        header: this.#server.header(),
        watchId: watcher.id,
        canceled: true,
        compactRevision,
        cancelReason: 'etcdserver: mvcc: required revision has been compacted',
      }),
    );
  }

  /** Answers only when all have seen everything; a client that hears nothing asks again. */
  progressOfAll(): void {
    for (const { watcher } of this.#watches.values()) if (!watcher.synced) return;
    this.#stream.send(WatchResponse.encode({ header: this.#server.header(), watchId: invalidWatchId }));
  }

  #progressDue(): void {
    for (const watch of this.#watches.values()) {
      if (watch.progressNotify && watch.quiet && watch.watcher.synced) {
        this.#stream.send(WatchResponse.encode({ header: this.#server.header(), watchId: watch.watcher.id }));
      }
      watch.quiet = true;
    }
  }

  close(): void {
    this.#stopProgress();
    for (const { watcher } of this.#watches.values()) this.#server.state.watchable.cancel(watcher);
    this.#watches.clear();
  }
}

/** As in ranges, except that no key at all means from the first one on. */
function watchInterval(request: WatchCreateRequest): Interval {
  const start = request.key.length === 0 ? '\0' : keyString(request.key);
  const { rangeEnd } = request;
  if (rangeEnd.length === 0) return { start, end: undefined };
  return { start, end: rangeEnd.length === 1 && rangeEnd[0] === 0 ? null : keyString(rangeEnd) };
}

const eventOverheadBytes = 64;

/** Lists below the limit each, but at least one event in each. */
function cutIntoFragments(events: readonly Event[], limitBytes: number): Event[][] {
  const parts: Event[][] = [[]];
  let size = 0;
  for (const event of events) {
    const bytes =
      event.kv!.key.length +
      event.kv!.value.length +
      (event.prevKv === undefined ? 0 : event.prevKv.key.length + event.prevKv.value.length) +
      eventOverheadBytes;
    if (size + bytes > limitBytes && parts[parts.length - 1]!.length > 0) {
      parts.push([]);
      size = 0;
    }
    parts[parts.length - 1]!.push(event);
    size += bytes;
  }
  return parts;
}

export const watchPath = methods.watch.path;
