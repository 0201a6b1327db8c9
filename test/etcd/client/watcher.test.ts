import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  EtcdClient,
  type Event,
  etcdError,
  GrpcCode,
  type WatchCanceledError,
  type WatchCreateRequestInit,
} from '../../../src/etcd/client/index.ts';
import { putEvent, ScriptedServer, WatchStreams } from './scripted-server.ts';

let a: ScriptedServer;
let b: ScriptedServer;
let onA: WatchStreams;
let onB: WatchStreams;
let client: EtcdClient;

beforeEach(async () => {
  [a, b] = [await ScriptedServer.start(), await ScriptedServer.start()];
  [onA, onB] = [new WatchStreams(a), new WatchStreams(b)];
  client = new EtcdClient({ endpoints: [a.endpoint, b.endpoint] });
});
afterEach(async () => {
  client.close();
  await Promise.all([a.stop(), b.stop()]);
});

/** A watch that keeps what it hears; `heard(n)` resolves when it has heard n things. */
function watch(request: WatchCreateRequestInit = {}) {
  const heard: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const hear = (text: string) => {
    heard.push(text);
    for (const { count, resolve } of waiting) if (heard.length >= count) resolve();
  };
  const revisions = (events: readonly Event[]) => events.map(({ kv }) => kv!.modRevision).join(' ');
  const errors: WatchCanceledError[] = [];
  const handle = client.watch(
    { key: Buffer.from('k'), ...request },
    {
      onCreated: ({ revision }) => hear(`created at ${revision}`),
      onEvents: (events) => hear(revisions(events)),
      onProgress: (revision) => hear(`progress ${revision}`),
      onError(error) {
        errors.push(error);
        hear(`end: ${error.message}`);
      },
    },
  );
  return {
    ...handle,
    errors,
    async heard(count: number): Promise<string[]> {
      if (heard.length < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }));
      return heard;
    },
  };
}

describe('after the connection broke', () => {
  test('a watch goes on, on another member, right after the last revision it has seen', async () => {
    const listener = watch();
    const first = await onA.next();
    const { watchId, startRevision } = await first.accept(4);
    expect(startRevision).toBe(0);
    first.put(watchId, 5, 6);
    await listener.heard(2);
    await a.stop();
    const second = await onB.next();
    const again = await second.accept(8);
    expect(again.startRevision).toBe(7);
    second.put(again.watchId, 7, 8);
    expect(await listener.heard(4)).toEqual(['created at 4', '5 6', 'created at 8', '7 8']);
  });

  test('one that has seen nothing yet misses nothing of what happened meanwhile', async () => {
    const listener = watch();
    await (await onA.next()).accept(10);
    await listener.heard(1);
    await a.stop();
    expect((await (await onB.next()).accept(20)).startRevision).toBe(11);
  });

  test('one that was not even created asks as it did at first', async () => {
    watch({ startRevision: 3 });
    await (await onA.next()).request();
    await a.stop();
    expect((await (await onB.next()).accept(20)).startRevision).toBe(3);
  });

  test('what progress told need not be read again', async () => {
    const listener = watch();
    const stream = await onA.next();
    const { watchId } = await stream.accept(10);
    stream.send({ header: { revision: 50 }, watchId });
    expect(await listener.heard(2)).toEqual(['created at 10', 'progress 50']);
    await a.stop();
    expect((await (await onB.next()).accept(60)).startRevision).toBe(51);
  });

  test('half of a fragmented revision is forgotten and comes again whole', async () => {
    const listener = watch();
    const first = await onA.next();
    const { watchId } = await first.accept(4);
    first.put(watchId, 5);
    first.send({ header: { revision: 6 }, watchId, events: [putEvent(6)], fragment: true });
    await listener.heard(2);
    await a.stop();
    const second = await onB.next();
    expect((await second.accept(6)).startRevision).toBe(6);
    second.send({ header: { revision: 6 }, watchId, events: [putEvent(6)], fragment: true });
    second.send({ header: { revision: 6 }, watchId, events: [putEvent(6)] });
    expect((await listener.heard(4)).at(-1)).toBe('6 6');
  });

  test('all watches of the client come along', async () => {
    const [one, two] = [watch(), watch({ startRevision: 9 })];
    const first = await onA.next();
    const ids = [(await first.accept(4)).watchId, (await first.accept(4)).watchId];
    await Promise.all([one.heard(1), two.heard(1)]);
    first.put(ids[0]!, 5);
    await one.heard(2);
    await a.stop();
    const second = await onB.next();
    expect([(await second.accept(4)).startRevision, (await second.accept(4)).startRevision]).toEqual([6, 9]);
  });

  test('a member without a leader, which ends the stream, is left for another', async () => {
    watch();
    const stream = await onA.next();
    expect(stream.stream.call.headers.hasleader).toBe('true');
    await stream.accept(4);
    stream.stream.end(etcdError('NoLeader'));
    await (await onB.next()).accept(4);
  });
});

describe('the end of a watch', () => {
  test('a compacted revision ends it, and tells from where one may read on', async () => {
    const listener = watch({ startRevision: 3 });
    const stream = await onA.next();
    const { watchId } = await stream.accept(40);
    stream.send({ header: { revision: 40 }, watchId, canceled: true, compactRevision: 30 });
    await listener.heard(2);
    expect(listener.errors[0]).toMatchObject({
      compactRevision: 30,
      code: GrpcCode.OutOfRange,
      message: 'etcdserver: mvcc: required revision has been compacted',
    });
    // It is over: events that were on their way are nobody's.
    stream.put(watchId, 41);
    const next = watch();
    await stream.accept(41);
    expect(await next.heard(1)).toEqual(['created at 41']);
    expect(await listener.heard(2)).toHaveLength(2);
  });

  test('a refusal, which carries no id, reaches the watch that it is meant for', async () => {
    const good = watch();
    const bad = watch({ startRevision: -1 });
    const later = watch();
    const stream = await onA.next();
    await stream.accept(4);
    await stream.request();
    stream.send({
      header: { revision: 4 },
      watchId: -1,
      created: true,
      canceled: true,
      cancelReason: 'mvcc: invalid start revision',
    });
    await stream.accept(4);
    expect(await bad.heard(1)).toEqual(['end: mvcc: invalid start revision']);
    expect(await good.heard(1)).toEqual(['created at 4']);
    expect(await later.heard(1)).toEqual(['created at 4']);
  });

  test('canceling one of several tells the server; canceling the last closes the stream', async () => {
    const [one, two] = [watch(), watch()];
    const stream = await onA.next();
    const { watchId } = await stream.accept(4);
    await stream.accept(4);
    await Promise.all([one.heard(1), two.heard(1)]);
    one.cancel();
    expect((await stream.request()).cancelRequest).toEqual({ watchId });
    stream.put(watchId, 5);
    two.cancel();
    two.cancel();
    await stream.closed;
    expect(await one.heard(1)).toEqual(['created at 4']);
  });

  test('a new watch after the last one opens a stream of its own', async () => {
    watch().cancel();
    const listener = watch();
    await (await onA.next()).accept(4);
    expect(await listener.heard(1)).toEqual(['created at 4']);
  });
});

test('progress asked for reaches every watch', async () => {
  const [one, two] = [watch(), watch()];
  const stream = await onA.next();
  await stream.accept(4);
  await stream.accept(4);
  await Promise.all([one.heard(1), two.heard(1)]);
  client.requestWatchProgress();
  expect((await stream.request()).progressRequest).toEqual({});
  stream.send({ header: { revision: 12 }, watchId: -1 });
  expect((await one.heard(2))[1]).toBe('progress 12');
  expect((await two.heard(2))[1]).toBe('progress 12');
});
