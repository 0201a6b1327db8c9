import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/apiserver/request.ts';
import { EtcdCompactedError } from '../../../src/kube/apiserver/storage/etcd-port.ts';
import { encodeObject, StoredObject } from '../../../src/kube/apiserver/storage/stored-object.ts';
import { Cacher } from '../../../src/kube/apiserver/watch/cacher.ts';
import { decodeContinue, encodeContinue } from '../../../src/kube/apiserver/watch/continue-token.ts';
import { ResourceCache } from '../../../src/kube/apiserver/watch/resource-cache.ts';
import { startWatch } from '../../../src/kube/apiserver/watch/watcher.ts';
import { FakeClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { MemoryEtcd } from './support/memory-etcd.ts';

const prefix = '/registry/pods/';
const pod = (name: string, revision: number, labels: Record<string, string> = {}) =>
  new StoredObject(
    `${prefix}default/${name}`,
    encodeObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels } }),
    revision,
  );
const limits = { minimum: 2, maximum: 4, ageMs: 1000 };

describe('the window of events', () => {
  test('keeps young events up to the maximum and old ones down to the minimum', () => {
    const cache = new ResourceCache(10, limits);
    for (let index = 1; index <= 4; index++) cache.put(pod(`p${index}`, 10 + index), 0);
    expect(cache.floor).toBe(10);
    cache.put(pod('p5', 15), 0);
    expect(cache.floor).toBe(11);
    cache.put(pod('p6', 16), 5000);
    expect(cache.floor).toBe(14);
  });

  test('gives the events after a revision, and nothing once some of them are gone', () => {
    const cache = new ResourceCache(10, limits);
    for (let index = 1; index <= 6; index++) cache.put(pod(`p${index}`, 10 + index), 0);
    expect(cache.eventsSince(14)?.map(({ revision }) => revision)).toEqual([15, 16]);
    expect(cache.eventsSince(16)).toEqual([]);
    expect(cache.eventsSince(11)).toBeUndefined();
  });

  test('lists by prefix in the order of the keys and forgets what was deleted', () => {
    const cache = new ResourceCache(1);
    for (const name of ['c', 'a', 'b']) cache.put(pod(name, 2), 0);
    cache.delete(`${prefix}default/b`, 3, 0);
    expect(cache.list(`${prefix}default/`).map(({ object }) => object.metadata.name)).toEqual(['a', 'c']);
    expect(cache.list(`${prefix}defaul/`)).toEqual([]);
  });
});

describe('a watch', () => {
  function watch(cache: ResourceCache, options: Partial<Parameters<typeof startWatch>[0]> = {}) {
    const seen: string[] = [];
    const clock = new FakeClock();
    const cancel = startWatch(
      {
        cache,
        prefix,
        matches: undefined,
        revision: 1,
        initialState: false,
        initialEventsEnd: false,
        bookmarks: false,
        timeoutMs: 600_000,
        currentRevision: () => 99,
        clock,
        ...options,
      },
      {
        event: (type, object) =>
          seen.push(`${type} ${object.object.metadata.name}@${object.object.metadata.resourceVersion}`),
        bookmark: (revision, isEnd) => seen.push(`BOOKMARK ${revision}${isEnd ? ' initial' : ''}`),
        end: (reason) => seen.push(`END ${reason}`),
      },
    );
    return { seen, clock, cancel };
  }

  test('replays history from its revision, then follows', () => {
    const cache = new ResourceCache(1);
    cache.put(pod('a', 2), 0);
    cache.put(pod('a', 3), 0);
    const { seen } = watch(cache, { revision: 2 });
    cache.delete(`${prefix}default/a`, 4, 0);
    expect(seen).toEqual(['MODIFIED a@3', 'DELETED a@4']);
  });

  test('sees an object come and go as its labels start and stop to match', () => {
    const cache = new ResourceCache(1);
    const matches = (object: KubeObject) => object.metadata.labels?.app === 'web';
    const { seen } = watch(cache, { matches });
    cache.put(pod('a', 2), 0);
    cache.put(pod('a', 3, { app: 'web' }), 0);
    cache.put(pod('a', 4, { app: 'web', x: '1' }), 0);
    cache.put(pod('a', 5), 0);
    expect(seen).toEqual(['ADDED a@3', 'MODIFIED a@4', 'DELETED a@5']);
  });

  test('sends the state first when asked, closed by the annotated bookmark', () => {
    const cache = new ResourceCache(1);
    cache.put(pod('a', 2), 0);
    const { seen } = watch(cache, { initialState: true, initialEventsEnd: true, bookmarks: true });
    cache.put(pod('b', 100), 0);
    expect(seen).toEqual(['ADDED a@2', 'BOOKMARK 99 initial', 'ADDED b@100']);
  });

  test('sends a bookmark each minute and at the end of its time', async () => {
    const { seen, clock } = watch(new ResourceCache(1), { bookmarks: true, timeoutMs: 90_000 });
    await clock.advance(90_000);
    expect(seen).toEqual(['BOOKMARK 99', 'BOOKMARK 99', 'END timeout']);
  });

  test('ends as expired when the history is lost', () => {
    const cache = new ResourceCache(1);
    const { seen } = watch(cache);
    cache.replace([], 50);
    expect(seen).toEqual(['END expired']);
  });
});

describe('the cacher', () => {
  const put = (etcd: MemoryEtcd, name: string) =>
    etcd.txn({
      compare: [],
      success: [{ put: { key: `${prefix}default/${name}`, value: Buffer.from(pod(name, 0).text) } }],
      failure: [],
    });
  function start(etcd: MemoryEtcd) {
    const clock = new FakeClock();
    const cacher = new Cacher({
      etcd,
      clock,
      log: createLogger({ format: 'klog', caller: 'test', write: () => undefined }),
      folderOf: (key) => (key.startsWith(prefix) ? 'pods' : undefined),
      decode: (_folder, kv) => new StoredObject(kv.key, kv.value.toString(), kv.modRevision),
    });
    return { cacher, clock };
  }

  test('loads what is there, follows, and counts revisions of keys it does not know', async () => {
    const etcd = new MemoryEtcd();
    await put(etcd, 'a');
    const { cacher } = start(etcd);
    await cacher.start();
    expect(cacher.cache('pods').size).toBe(1);
    await put(etcd, 'b');
    await etcd.txn({ compare: [], success: [{ put: { key: 'else', value: Buffer.from('') } }], failure: [] });
    expect(await cacher.waitFor(await cacher.currentRevision(), 1000)).toBe(true);
    expect(cacher.revision).toBe(etcd.revision);
    expect(cacher.cache('pods').size).toBe(2);
    cacher.stop();
  });

  test('one question to etcd serves all who ask while another is under way', async () => {
    const etcd = new MemoryEtcd();
    const { cacher, clock } = start(etcd);
    await cacher.start();
    const before = etcd.calls.range;
    const first = cacher.currentRevision();
    const others = Array.from({ length: 48 }, () => cacher.currentRevision());
    await first;
    await new Promise(setImmediate);
    // It waits a moment for those who come late.
    others.push(cacher.currentRevision());
    clock.advance(1);
    await Promise.all(others);
    expect(etcd.calls.range - before).toBe(2);
    cacher.stop();
  });

  test('goes on after a lost watch without losing or repeating an event', async () => {
    const etcd = new MemoryEtcd();
    const { cacher, clock } = start(etcd);
    await cacher.start();
    await put(etcd, 'a');
    await cacher.waitFor(etcd.revision, 1000);
    const seen: number[] = [];
    cacher.cache('pods').listen(
      ({ revision }) => seen.push(revision),
      () => seen.push(-1),
    );
    etcd.breakWatches(new Error('connection lost'));
    await put(etcd, 'b');
    await clock.advance(1000);
    expect(seen).toEqual([etcd.revision]);
    cacher.stop();
  });

  test('loads everything again when it fell behind compaction, and ends the watches', async () => {
    const etcd = new MemoryEtcd();
    const { cacher } = start(etcd);
    await cacher.start();
    let resets = 0;
    cacher.cache('pods').listen(
      () => undefined,
      () => {
        resets++;
      },
    );
    await put(etcd, 'a');
    etcd.breakWatches(new EtcdCompactedError());
    await new Promise(setImmediate);
    expect(resets).toBe(1);
    expect(cacher.ready).toBe(true);
    expect(cacher.cache('pods').size).toBe(1);
    cacher.stop();
  });

  test('a revision that never comes is given up', async () => {
    const { cacher, clock } = start(new MemoryEtcd());
    await cacher.start();
    const waiting = cacher.waitFor(1000, 3000);
    await clock.advance(3000);
    expect(await waiting).toBe(false);
    cacher.stop();
  });
});

describe('continue tokens', () => {
  test('are upstream’s: base64url of version, revision and start key', () => {
    const text = encodeContinue({ revision: 12, start: 'default/a\0' });
    expect(JSON.parse(Buffer.from(text, 'base64url').toString())).toEqual({
      v: 'meta.k8s.io/v1',
      rv: 12,
      start: 'default/a\0',
    });
    expect(decodeContinue(text)).toEqual({ revision: 12, start: 'default/a\0' });
  });

  test.each([
    ['nonsense', 'continue key is not valid'],
    [
      Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url'),
      'incorrect encoded start',
    ],
    [Buffer.from('{"v":"v2","rv":1,"start":"a"}').toString('base64url'), 'does not recognize'],
    [encodeContinue({ revision: 1, start: '../secrets/x' }), 'continue key is not valid'],
  ])('refuses %s', (text, message) => {
    expect(() => decodeContinue(text)).toThrow(message);
  });
});
