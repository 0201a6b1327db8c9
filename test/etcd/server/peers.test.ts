import { afterEach, describe, expect, test } from 'vitest';
import type { Member } from '../../../src/etcd/proto/services.ts';
import { type Message, message } from '../../../src/etcd/raft/index.ts';
import { Cluster, encodeMemberContext } from '../../../src/etcd/server/cluster.ts';
import { type Listening, listen } from '../../../src/etcd/server/listener.ts';
import { peerStreamHandler } from '../../../src/etcd/server/peer-handler.ts';
import { Transport } from '../../../src/etcd/server/peers.ts';
import { FakeClock } from '../../../src/lib/clock.ts';
import { createLogger } from '../../../src/lib/log.ts';

/** The network between members 1 and 2 of cluster 7, over real sockets of 127.0.0.1. */
const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const member = (id: bigint): Member => ({
  id,
  name: `m${id}`,
  peerUrls: [`http://10.0.0.${id}:2380`],
  clientUrls: [],
  isLearner: false,
});

/** Hands out things as they come: `next()` waits for one. */
class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  put(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item);
  }
}

async function receiver(
  options: { localId?: bigint; clusterId?: bigint; port?: number; knows?: bigint[] } = {},
) {
  const cluster = new Cluster(options.localId ?? 2n, options.clusterId ?? 7n);
  for (const id of options.knows ?? [1n, 2n]) {
    cluster.apply({
      id: 0n,
      type: 'ConfChangeAddNode',
      nodeId: id,
      context: encodeMemberContext(member(id)),
    });
  }
  const messages = new Inbox<Message>();
  const strangers = new Inbox<string>();
  const stream = peerStreamHandler({
    cluster,
    logger: createLogger({ format: 'zap', caller: 'test', write: () => undefined }),
    onMessage: (received) => messages.put(received),
    onStranger: (id, urls) => strangers.put(`${id} at ${urls.join(' ')}`),
  });
  const port = options.port ?? (await freePort());
  let listening: Listening | undefined = await listen(new URL(`http://127.0.0.1:${port}`), undefined, {
    stream,
    http: () => ({ status: 404 }),
  });
  const stop = async () => {
    await listening?.close();
    listening = undefined;
  };
  cleanUps.push(stop);
  return { cluster, messages, strangers, port, stop };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function sender(port: number) {
  const log = new Inbox<{ msg: string; error?: string }>();
  const events = new Inbox<string>();
  const clock = new FakeClock();
  const transport = new Transport({
    localId: 1n,
    localUrls: () => ['http://10.0.0.1:2380'],
    clusterId: 7n,
    tls: undefined,
    logger: createLogger({ format: 'zap', caller: 'test', write: (line) => log.put(JSON.parse(line)) }),
    clock,
    onUnreachable: (id) => events.put(`${id} unreachable`),
    onRemoved: () => events.put('removed'),
    onSnapshotSent: (id, ok) => events.put(`snapshot to ${id} ${ok ? 'sent' : 'failed'}`),
  });
  transport.set(2n, [`http://127.0.0.1:${port}`]);
  cleanUps.push(() => transport.stop());
  return { transport, log, events, clock };
}

const append = (index: number, size = 10) =>
  message({
    type: 'MsgApp',
    from: 1n,
    to: 2n,
    term: 3,
    index,
    entries: [{ term: 3, index: index + 1, type: 'normal', data: Buffer.alloc(size, index) }],
  });

describe('messages', () => {
  test('arrive whole and in order, small and large', async () => {
    const { messages, port } = await receiver();
    const { transport, log } = sender(port);
    expect((await log.next()).msg).toBe('peer became active');
    transport.send([append(1), append(2, 300_000), append(3)]);
    transport.send([append(4)]);
    for (const index of [1, 2, 3, 4]) {
      const received = await messages.next();
      expect(received).toMatchObject({ type: 'MsgApp', from: 1n, to: 2n, term: 3, index });
      expect(received.entries[0]!.data.every((byte) => byte === index)).toBe(true);
    }
  });

  test('to a member that is away are dropped and Raft is told; when it is back they arrive again', async () => {
    const first = await receiver();
    const { transport, log, events, clock } = sender(first.port);
    await log.next();
    expect(transport.isActive(2n)).toBe(true);
    await first.stop();
    expect(await events.next()).toBe('2 unreachable');
    expect(transport.isActive(2n)).toBe(false);
    transport.send([append(1)]);
    expect(await events.next()).toBe('2 unreachable');
    const second = await receiver({ port: first.port });
    expect((await log.next()).msg).toMatch(/^peer became inactive/);
    await clock.advance(100);
    expect((await log.next()).msg).toBe('peer became active');
    transport.send([append(2)]);
    expect((await second.messages.next()).index).toBe(2);
  });

  test('a snapshot goes by itself, and how that went is told', async () => {
    const { messages, port, stop } = await receiver();
    const { transport, log, events } = sender(port);
    await log.next();
    const snapshot = message({
      type: 'MsgSnap',
      from: 1n,
      to: 2n,
      snapshot: {
        data: Buffer.alloc(2_000_000, 7),
        metadata: { index: 50, term: 3, confState: { voters: [1n, 2n], learners: [] } },
      },
    });
    transport.send([snapshot]);
    const received = await messages.next();
    expect(received.snapshot?.data.length).toBe(2_000_000);
    expect(await events.next()).toBe('snapshot to 2 sent');
    await stop();
    await events.next();
    transport.send([snapshot]);
    expect(await events.next()).toBe('snapshot to 2 failed');
  });
});

describe('who is turned away', () => {
  const refusal = async (port: number) => {
    const { log, events } = sender(port);
    return { ...(await log.next()), event: await events.next() };
  };

  test('a member of another cluster: both ids are told', async () => {
    const { port } = await receiver({ clusterId: 0xabcn });
    expect(await refusal(port)).toMatchObject({
      msg: 'failed to stream to peer',
      error: 'cluster ID mismatch: remote 7, local abc',
    });
  });

  test('one that means to talk to another member, as when two have changed addresses', async () => {
    const { port } = await receiver({ localId: 3n, knows: [1n, 3n] });
    expect((await refusal(port)).error).toBe('member ID mismatch: meant for 2, this is 3');
  });

  test('one that was removed from the cluster, and it hears of it', async () => {
    const { cluster, port } = await receiver();
    cluster.apply({ id: 0n, type: 'ConfChangeRemoveNode', nodeId: 1n, context: new Uint8Array(0) });
    expect(await refusal(port)).toMatchObject({
      error: 'the member has been permanently removed from the cluster',
      event: 'removed',
    });
  });

  test('one that is removed while it talks, and has not heard of it yet', async () => {
    const { cluster, messages, port } = await receiver();
    const { transport, log, events, clock } = sender(port);
    await log.next();
    transport.send([append(1)]);
    await messages.next();
    cluster.apply({ id: 0n, type: 'ConfChangeRemoveNode', nodeId: 1n, context: new Uint8Array(0) });
    transport.send([append(2)]);
    expect(await events.next()).toBe('2 unreachable');
    await clock.advance(1000);
    expect(await events.next()).toBe('removed');
  });
});

test('a member that has just joined learns from whoever talks to it where to answer', async () => {
  const newcomer = await receiver({ knows: [] });
  const { log } = sender(newcomer.port);
  expect(await newcomer.strangers.next()).toBe('1 at http://10.0.0.1:2380');
  expect((await log.next()).msg).toBe('peer became active');
});
