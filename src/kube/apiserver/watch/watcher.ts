import type { Clock } from '../../../lib/clock.ts';
import type { KubeObject } from '../request.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { CacheEvent } from './event-window.ts';
import type { ResourceCache } from './resource-cache.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** Where a watch sends what it sees. */
export interface WatchSink {
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: StoredObject): void;
  /** `initialEventsEnd`: everything that existed at the start has been sent. */
  bookmark(revision: number, initialEventsEnd: boolean): void;
  /** No further events. `expired`: the history was lost, the client has to list again. */
  end(reason: 'timeout' | 'expired'): void;
}

export interface WatchRequest {
  readonly cache: ResourceCache;
  /** Keys that start with this are watched. */
  readonly prefix: string;
  /** Selectors; undefined: every object. */
  readonly matches: ((object: KubeObject) => boolean) | undefined;
  /** Events after this revision; the caller has made sure that the window reaches back so far. */
  readonly revision: number;
  /** First the state as ADDED events instead of history. */
  readonly initialState: boolean;
  /** A bookmark with the annotation after the initial state (sendInitialEvents). */
  readonly initialEventsEnd: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  /** The newest revision the caches know: what a bookmark says. */
  readonly currentRevision: () => number;
  readonly clock: Clock;
}

const bookmarkPeriodMs = 60_000;

/**
 * One watch: initial state or history, then live events, narrowed by selectors. An object that stops matching is
 * DELETED for this client, one that starts matching is ADDED. Returns the cancel function.
 * Models pkg/storage/cacher/cache_watcher.go.
 */
export function startWatch(request: WatchRequest, sink: WatchSink): () => void {
  const { cache, prefix, matches, clock, initialState } = request;
  let startAfter = request.revision;

  const send = (event: CacheEvent) => {
    if (event.revision <= startAfter || !event.object.key.startsWith(prefix)) return;
    const now = event.type === 'put' && (matches === undefined || matches(event.object.object));
    const before = event.previous !== undefined && (matches === undefined || matches(event.previous.object));
    if (now) sink.event(before ? 'MODIFIED' : 'ADDED', event.object);
    else if (before) {
      // What the client knew, at the revision at which it went away for this client.
      const gone = event.type === 'delete' ? event.object : event.previous.atRevision(event.revision);
      sink.event('DELETED', gone);
    }
  };

  if (initialState) {
    startAfter = Math.max(startAfter, request.currentRevision());
    for (const object of cache.list(prefix)) {
      if (matches === undefined || matches(object.object)) sink.event('ADDED', object);
    }
    if (request.initialEventsEnd) sink.bookmark(startAfter, true);
  } else {
    for (const event of cache.eventsSince(request.revision) ?? []) send(event);
  }

  const stopListening = cache.listen(send, () => stop('expired'));
  const bookmark = () => sink.bookmark(Math.max(startAfter, request.currentRevision()), false);
  const cancelBookmarks = request.bookmarks ? clock.every(bookmarkPeriodMs, bookmark) : undefined;
  const cancelTimeout = clock.after(request.timeoutMs, () => stop('timeout'));
  let stopped = false;
  const cancel = () => {
    stopped = true;
    stopListening();
    cancelBookmarks?.();
    cancelTimeout();
  };
  function stop(reason: 'timeout' | 'expired'): void {
    if (stopped) return;
    cancel();
    // A last bookmark lets the client come back from here without a list.
    if (reason === 'timeout' && request.bookmarks) bookmark();
    sink.end(reason);
  }
  return cancel;
}
