import { beforeEach, describe, expect, test } from 'vitest';
import { EventType } from '../../../src/etcd/proto/kv.ts';
import { methods } from '../../../src/etcd/proto/methods.ts';
import {
  FilterType,
  type WatchCreateRequestInit,
  type WatchResponse,
} from '../../../src/etcd/proto/services.ts';
import { addKvService } from '../../../src/etcd/server/kv-service.ts';
import { watchHandler } from '../../../src/etcd/server/watch-service.ts';
import { LocalServer } from './local-server.ts';

let local: LocalServer;
type Stream = ReturnType<typeof openStream>;
const openStream = (headers?: Readonly<Record<string, string>>) =>
  local.stream(watchHandler(local.server), methods.watch, headers);

beforeEach(async () => {
  local = await LocalServer.start({ flags: ['--max-request-bytes=2000'] });
  addKvService(local.rpc, local.server);
  return () => local.server.stop();
});

const put = async (key: string, value = 'v') =>
  (await local.call(methods.put, { key: Buffer.from(key), value: Buffer.from(value) })).header!.revision;
const del = async (key: string) =>
  (await local.call(methods.deleteRange, { key: Buffer.from(key) })).header!.revision;
const compact = (revision: number) => local.call(methods.compact, { revision });

/** One watch of one key, or with an end of a range; the text forms of what comes are easier to compare. */
const create = (stream: Stream, key: string, more: WatchCreateRequestInit = {}) =>
  stream.send({ createRequest: { key: Buffer.from(key), ...more } });
const all = { rangeEnd: Buffer.from([0]) };

const eventTexts = (response: WatchResponse) =>
  response.events.map(
    ({ type, kv, prevKv }) =>
      `${type === EventType.DELETE ? 'DELETE' : 'PUT'} ${kv!.key}=${kv!.value}@${kv!.modRevision}${prevKv === undefined ? '' : ` was ${prevKv.value}`}`,
  );
function texts(stream: Stream): string[] {
  return stream.take().map((response) => {
    const id = `watch ${response.watchId}`;
    if (response.created && response.canceled) return `${id} refused: ${response.cancelReason}`;
    if (response.created) return `${id} created`;
    if (response.canceled) {
      const compacted = response.compactRevision === 0 ? '' : ` compacted at ${response.compactRevision}`;
      return `${id} canceled${compacted}${response.cancelReason === '' ? '' : `: ${response.cancelReason}`}`;
    }
    if (response.events.length === 0) return `${id} progress ${response.header!.revision}`;
    return `${id} ${response.fragment ? 'part ' : ''}${eventTexts(response).join(', ')}`;
  });
}

describe('where a watch begins', () => {
  test('without a revision it sees what happens from now on, and the answer says which revision now is', async () => {
    await put('a', 'before');
    const stream = openStream();
    await create(stream, 'a');
    const [created] = stream.take();
    expect(created).toMatchObject({ created: true, watchId: 0, header: { revision: 2 }, events: [] });
    await put('a', 'after');
    await put('b');
    expect(texts(stream)).toEqual(['watch 0 PUT a=after@3']);
  });

  test('with a revision of the past it gets everything since, and then goes on live', async () => {
    await put('a', '1');
    const from = await put('a', '2');
    await put('b', 'other');
    await del('a');
    const stream = openStream();
    await create(stream, 'a', { startRevision: from });
    await put('a', '3');
    expect(texts(stream)).toEqual(['watch 0 created', 'watch 0 PUT a=2@3, DELETE a=@5', 'watch 0 PUT a=3@6']);
  });

  test('with a revision of the future it stays silent until then', async () => {
    const stream = openStream();
    await create(stream, 'a', { startRevision: 4 });
    await put('a', '2');
    await put('a', '3');
    await put('a', '4');
    expect(texts(stream)).toEqual(['watch 0 created', 'watch 0 PUT a=4@4']);
  });

  test('a negative one is refused in the answer to the creation', async () => {
    const stream = openStream();
    await create(stream, 'a', { startRevision: -1 });
    expect(texts(stream)).toEqual(['watch -1 refused: mvcc: invalid start revision']);
  });

  test('a compacted one ends the watch with the revision from which it could start', async () => {
    await put('a', '1');
    await put('a', '2');
    await put('a', '3');
    await compact(4);
    const stream = openStream();
    await create(stream, 'a', { startRevision: 2 });
    await create(stream, 'a', { startRevision: 4 });
    expect(texts(stream)).toEqual([
      'watch 0 created',
      'watch 0 canceled compacted at 4: etcdserver: mvcc: required revision has been compacted',
      'watch 1 created',
      'watch 1 PUT a=3@4',
    ]);
  });
});

describe('what a watch covers', () => {
  test('one key, a range with its end left out, or every key from one on', async () => {
    const stream = openStream();
    await create(stream, 'b');
    await create(stream, 'b', { rangeEnd: Buffer.from('d') });
    await create(stream, 'b', all);
    await create(stream, '', all);
    stream.take();
    for (const key of ['a', 'b', 'c', 'd']) await put(key);
    const seen = texts(stream);
    const of = (id: number) =>
      seen.filter((text) => text.startsWith(`watch ${id} `)).map((text) => /PUT (.)/.exec(text)![1]);
    expect(of(0)).toEqual(['b']);
    expect(of(1)).toEqual(['b', 'c']);
    expect(of(2)).toEqual(['b', 'c', 'd']);
    expect(of(3)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('an empty range is refused', async () => {
    const stream = openStream();
    await create(stream, 'b', { rangeEnd: Buffer.from('a') });
    expect(texts(stream)).toEqual(['watch -1 refused: mvcc: watcher range is empty']);
  });

  test('a transaction comes as one message, never in pieces', async () => {
    const stream = openStream();
    await create(stream, '', all);
    stream.take();
    await local.call(methods.txn, {
      success: ['x', 'y', 'z'].map((key) => ({
        requestPut: { key: Buffer.from(key), value: Buffer.from('1') },
      })),
    });
    expect(texts(stream)).toEqual(['watch 0 PUT x=1@2, PUT y=1@2, PUT z=1@2']);
  });

  test('filters leave puts or deletions out', async () => {
    const stream = openStream();
    await create(stream, 'a', { filters: [FilterType.NOPUT] });
    await create(stream, 'a', { filters: [FilterType.NODELETE] });
    stream.take();
    await put('a');
    await del('a');
    expect(texts(stream)).toEqual(['watch 1 PUT a=v@2', 'watch 0 DELETE a=@3']);
  });

  test('prev_kv tells what was there before: nothing for a new key, and nothing that is compacted', async () => {
    const stream = openStream();
    await create(stream, 'a', { prevKv: true });
    stream.take();
    await put('a', '1');
    await put('a', '2');
    await del('a');
    await put('a', '3');
    expect(texts(stream)).toEqual([
      'watch 0 PUT a=1@2',
      'watch 0 PUT a=2@3 was 1',
      'watch 0 DELETE a=@4 was 2',
      'watch 0 PUT a=3@5',
    ]);
    await put('a', '4');
    await compact(6);
    await create(stream, 'a', { prevKv: true, startRevision: 6 });
    expect(texts(stream).at(-1)).toBe('watch 1 PUT a=4@6');
  });
});

describe('many watches on one stream', () => {
  test('get ids of their own; the client may choose them, but not twice', async () => {
    const stream = openStream();
    await create(stream, 'a', { watchId: 1 });
    await create(stream, 'a');
    await create(stream, 'a');
    await create(stream, 'a', { watchId: 1 });
    expect(texts(stream)).toEqual([
      'watch 1 created',
      'watch 0 created',
      'watch 2 created',
      'watch -1 refused: mvcc: duplicate watch ID provided on the WatchStream',
    ]);
    await put('a');
    expect(texts(stream).toSorted()).toEqual([0, 1, 2].map((id) => `watch ${id} PUT a=v@2`));
  });

  test('a canceled one is silent, and its number free again; the others go on', async () => {
    const stream = openStream();
    await create(stream, 'a', { watchId: 5 });
    await create(stream, 'a', { watchId: 6 });
    await stream.send({ cancelRequest: { watchId: 5 } });
    await stream.send({ cancelRequest: { watchId: 99 } });
    await put('a');
    await create(stream, 'a', { watchId: 5 });
    expect(texts(stream)).toEqual([
      'watch 5 created',
      'watch 6 created',
      'watch 5 canceled',
      'watch 6 PUT a=v@2',
      'watch 5 created',
    ]);
  });

  test('hundreds see the same change once each, and closing the stream takes all of them along', async () => {
    const stream = openStream();
    for (let id = 1; id <= 300; id++) await create(stream, id % 2 === 0 ? 'a' : '', id % 2 === 0 ? {} : all);
    stream.take();
    await put('a');
    expect(new Set(texts(stream)).size).toBe(300);
    expect(local.server.state.watchable.watcherCount).toBe(300);
    stream.close();
    expect(local.server.state.watchable.watcherCount).toBe(0);
  });
});

describe('progress', () => {
  test('is told to the quiet ones that asked for it, when the interval is over', async () => {
    const stream = openStream();
    await create(stream, 'a', { progressNotify: true });
    await create(stream, 'b', { progressNotify: true });
    await create(stream, 'c');
    stream.take();
    await put('a');
    await local.clock.advance(600_000);
    expect(texts(stream)).toEqual(['watch 0 PUT a=v@2', 'watch 1 progress 2']);
    await local.clock.advance(600_000);
    expect(texts(stream)).toEqual(['watch 0 progress 2', 'watch 1 progress 2']);
  });

  test('on request it is told for all at once, and only when none lags behind', async () => {
    const stream = openStream();
    await create(stream, 'a');
    await put('a');
    stream.take();
    await stream.send({ progressRequest: {} });
    expect(texts(stream)).toEqual(['watch -1 progress 2']);
    stream.writable = false;
    await put('a');
    await stream.send({ progressRequest: {} });
    expect(texts(stream)).toEqual([]);
    await stream.drain();
    await stream.send({ progressRequest: {} });
    expect(texts(stream)).toEqual(['watch 0 PUT a=v@3', 'watch -1 progress 3']);
  });

  test('the interval is what the flag says', async () => {
    await local.server.stop();
    local = await LocalServer.start({ flags: ['--experimental-watch-progress-notify-interval=5s'] });
    const stream = openStream();
    await create(stream, 'a', { progressNotify: true });
    stream.take();
    await local.clock.advance(4999);
    expect(texts(stream)).toEqual([]);
    await local.clock.advance(1);
    expect(texts(stream)).toEqual(['watch 0 progress 1']);
  });
});

describe('a client that reads slowly', () => {
  test('is sent nothing more until it has room, and then misses nothing', async () => {
    const stream = openStream();
    await create(stream, 'a');
    stream.take();
    stream.writable = false;
    for (const value of ['1', '2', '3']) await put('a', value);
    expect(texts(stream)).toEqual([]);
    await stream.drain();
    await put('a', '4');
    expect(texts(stream)).toEqual(['watch 0 PUT a=1@2, PUT a=2@3, PUT a=3@4', 'watch 0 PUT a=4@5']);
  });

  test('loses its watch when what it still had to read is compacted', async () => {
    const stream = openStream();
    await create(stream, 'a');
    stream.take();
    stream.writable = false;
    for (const value of ['1', '2', '3']) await put('a', value);
    await compact(4);
    await stream.drain();
    expect(texts(stream)).toEqual([
      'watch 0 canceled compacted at 4: etcdserver: mvcc: required revision has been compacted',
    ]);
  });
});

describe('fragments', () => {
  const big = 'x'.repeat(900);

  test('a message above the limit comes in parts, all but the last marked as such', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await put(key, big);
    const stream = openStream();
    await create(stream, '', { ...all, startRevision: 2, fragment: true });
    const parts = stream.take().slice(1);
    expect(parts.map(({ events, fragment }) => [events.length, fragment])).toEqual([
      [2, true],
      [2, false],
    ]);
  });

  test('an event that alone is above the limit goes alone, whole', async () => {
    await put('a', 'x'.repeat(1500));
    await put('a', 'x'.repeat(1500));
    const stream = openStream();
    await create(stream, 'a', { startRevision: 2, fragment: true, prevKv: true });
    const parts = stream.take().slice(1);
    expect(parts.map(({ events, fragment }) => [events.length, fragment])).toEqual([
      [1, true],
      [1, false],
    ]);
    expect(parts[1]!.events[0]!.prevKv!.value.length).toBe(1500);
  });

  test('without asking for them a client gets one message, whatever its size', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await put(key, big);
    const stream = openStream();
    await create(stream, '', { ...all, startRevision: 2 });
    expect(
      stream
        .take()
        .slice(1)
        .map(({ events }) => events.length),
    ).toEqual([4]);
  });
});

describe('the end of a stream', () => {
  test('half-closing ends it well', async () => {
    const stream = openStream();
    stream.halfClose();
    expect(stream.ended).toEqual({ error: undefined });
  });

  test('a client that requires a leader is sent away while there is none; another may wait for one', async () => {
    const young = await LocalServer.start({ elect: false });
    const open = (headers?: Readonly<Record<string, string>>) =>
      young.stream(watchHandler(young.server), methods.watch, headers);
    expect(open({ hasleader: 'true' }).ended?.error?.message).toBe('etcdserver: no leader');
    expect(open().ended).toBeUndefined();
    await young.clock.advance(1000);
    expect(open({ hasleader: 'true' }).ended).toBeUndefined();
    await young.server.stop();
  });
});
