import type { ResourceInfo } from '../../api/resources.ts';
import { ApiError } from '../api-error.ts';
import { parseResourceVersion, waitUntilFresh } from '../registry/selection.ts';
import type { ApiRequest, HttpResponse, StreamReply } from '../server/exchange.ts';
import { writeHead } from '../server/exchange.ts';
import { statusOf } from '../status-errors.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import { tooOldResourceVersion } from '../watch/continue-token.ts';
import { startWatch, type WatchSink } from '../watch/watcher.ts';
import { apiVersionOf, type EndpointContext } from './context.ts';
import { acceptedBy, objectIn, objectText, partialMetadata, tableOptions } from './present.ts';
import { nonNegative, selectorOf } from './read.ts';
import { isTrue } from './request-options.ts';

const minimumTimeoutMs = 1800 * 1000;
/** A client that does not read holds this much at most before its watch ends. */
const maximumBacklog = 16 * 1024 * 1024;
const initialEventsEnd = 'k8s.io/initial-events-end';

/** GET with ?watch: a stream of JSON lines. Models pkg/endpoints/handlers/watch.go. */
export async function handleWatch(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
): Promise<StreamReply> {
  const { query } = request;
  const { cacher } = context.registry;
  const store = context.registry.store(resource);
  const matches = selectorOf(context, resource, query);
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const initialEvents = query.get('sendInitialEvents');
  const versionText = query.get('resourceVersion') ?? '';
  const version = parseResourceVersion(versionText);
  const unset = versionText === '' || versionText === '0';
  const initialState = initialEvents === null ? unset : isTrue(initialEvents);
  if (!cacher.ready)
    throw new ApiError(429, 'TooManyRequests', 'storage is (re)initializing', { retryAfterSeconds: 1 });
  if (versionText === '') await waitUntilFresh(cacher);
  else if (initialState && version > 0) await cacher.waitFor(version, 3000);
  const revision = unset ? cacher.revision : version;
  if (!initialState && store.cache.eventsSince(revision) === undefined) {
    // Told inside the stream, as upstream does: informers then list again.
    return streamOf((response) => {
      const error = statusOf(tooOldResourceVersion(revision, store.cache.floor));
      response.end(`${JSON.stringify({ type: 'ERROR', object: error })}\n`);
    });
  }
  const timeoutSeconds = nonNegative(query, 'timeoutSeconds');
  const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 : minimumTimeoutMs * (1 + Math.random());
  const encode = encoder(context, request, resource);

  return streamOf(
    (response) =>
      new Promise<void>((resolve) => {
        let finished = false;
        const finish = () => {
          if (finished) return;
          finished = true;
          cancel();
          request.signal.removeEventListener('abort', finish);
          context.metrics.watchOpened(-1);
          if (!response.writableEnded) response.end();
          resolve();
        };
        const write = (type: string, object: string) => {
          // What a dead client does not take must not fill the memory.
          if (response.writableLength > maximumBacklog) finish();
          else response.write(`{"type":"${type}","object":${object}}\n`);
        };
        const sink: WatchSink = {
          event: (type, stored) => write(type, encode.object(stored)),
          bookmark: (at, isEnd) => write('BOOKMARK', encode.bookmark(at, isEnd)),
          end: (reason) => {
            if (reason === 'expired') {
              write('ERROR', JSON.stringify(statusOf(tooOldResourceVersion(revision, store.cache.floor))));
            }
            finish();
          },
        };
        context.metrics.watchOpened(1);
        let cancel = () => {};
        cancel = startWatch(
          {
            cache: store.cache,
            prefix: prefixOf(context, request, resource),
            matches,
            revision,
            initialState,
            initialEventsEnd: initialEvents !== null && initialState && bookmarks,
            bookmarks,
            timeoutMs,
            currentRevision: () => cacher.revision,
            clock: context.clock,
          },
          sink,
        );
        // It may have ended while the initial state was written.
        if (finished) cancel();
        else if (request.signal.aborted) finish();
        else request.signal.addEventListener('abort', finish, { once: true });
      }),
  );
}

function prefixOf(context: EndpointContext, request: ApiRequest, resource: ResourceInfo): string {
  return context.registry.store(resource).prefix(request.info.namespace, request.info.name);
}

function streamOf(body: (response: HttpResponse) => void | Promise<void>): StreamReply {
  return {
    stream: async (response) => {
      writeHead(response, 200, { 'content-type': 'application/json' });
      // The client learns at once that the watch stands, even if nothing happens for an hour.
      response.flushHeaders?.();
      await body(response);
    },
  };
}

function encoder(context: EndpointContext, request: ApiRequest, resource: ResourceInfo) {
  const accepted = acceptedBy(request);
  const apiVersion = apiVersionOf(resource);
  const bookmarkObject = (revision: number, isEnd: boolean, kind: string, version: string) => ({
    kind,
    apiVersion: version,
    metadata: {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(isEnd ? { annotations: { [initialEventsEnd]: 'true' } } : {}),
    },
  });
  if (accepted.as === 'metadata') {
    return {
      object: (stored: StoredObject) => JSON.stringify(partialMetadata(stored.object)),
      bookmark: (revision: number, isEnd: boolean) =>
        JSON.stringify(bookmarkObject(revision, isEnd, 'PartialObjectMetadata', 'meta.k8s.io/v1')),
    };
  }
  if (accepted.as === 'table') {
    let noHeaders = false;
    const table = (stored: readonly StoredObject[], revision: number) => {
      const objects = stored.map((one) => objectIn(context, resource, one));
      const options = { ...tableOptions(context, request.query), noHeaders };
      noHeaders = true;
      const made = context.machinery.toTable(resource, objects, options);
      return JSON.stringify({ ...made, metadata: { resourceVersion: String(revision) } });
    };
    return {
      object: (stored: StoredObject) => table([stored], stored.revision),
      bookmark: (revision: number) => table([], revision),
    };
  }
  return {
    object: (stored: StoredObject) => objectText(context, resource, stored),
    bookmark: (revision: number, isEnd: boolean) =>
      JSON.stringify(bookmarkObject(revision, isEnd, resource.kind, apiVersion)),
  };
}
