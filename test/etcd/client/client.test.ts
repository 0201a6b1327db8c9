import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  EtcdClient,
  type EtcdClientOptions,
  etcdError,
  GrpcCode,
  GrpcError,
  isEtcdError,
  methods,
} from '../../../src/etcd/client/index.ts';
import { ScriptedServer } from './scripted-server.ts';

let a: ScriptedServer;
let b: ScriptedServer;
let client: EtcdClient;
/** Who got which call, in order. */
let calls: string[];

beforeEach(async () => {
  calls = [];
  [a, b] = [await ScriptedServer.start(), await ScriptedServer.start()];
  for (const [name, server] of [
    ['a', a],
    ['b', b],
  ] as const) {
    server.rpc.add(methods.range, ({ key }) => {
      calls.push(`${name} get ${key}`);
      return { kvs: [{ key, value: Buffer.from(name) }], count: 1 };
    });
    server.rpc.add(methods.put, ({ key }) => {
      calls.push(`${name} put ${key}`);
      return { header: { revision: 5 } };
    });
  }
});
afterEach(async () => {
  client.close();
  await Promise.all([a.stop(), b.stop()]);
});

const connect = (options: Partial<EtcdClientOptions> = {}) => {
  client = new EtcdClient({ endpoints: [a.endpoint, b.endpoint], ...options });
  return client;
};

/** An address where nobody listens. */
async function deadEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Makes a method of a server die while it is being served. */
function dieDuring(server: ScriptedServer, name: string, method: typeof methods.put | typeof methods.range) {
  server.rpc.unary.set(method.path, () => {
    calls.push(`${name} dies`);
    server.dropConnections();
    return new Promise(() => undefined);
  });
}

describe('which endpoint is asked', () => {
  test('the first, as long as it answers', async () => {
    connect();
    await client.get('x');
    await client.put('y', '1');
    expect(calls).toEqual(['a get x', 'a put y']);
  });

  test('the next when nobody listens at the first; a write that never left may be sent there, too', async () => {
    connect({ endpoints: [await deadEndpoint(), b.endpoint] });
    await client.put('x', '1');
    await client.put('y', '1');
    expect(calls).toEqual(['b put x', 'b put y']);
  });

  test('a read that was lost with its server is asked again of the next', async () => {
    dieDuring(a, 'a', methods.range);
    connect();
    expect((await client.get('x')).kvs[0]!.value.toString()).toBe('b');
    expect(calls).toEqual(['a dies', 'b get x']);
  });

  test('a write that was lost is not repeated, since it may have happened; the next call goes elsewhere', async () => {
    dieDuring(a, 'a', methods.put);
    connect();
    await expect(client.put('x', '1')).rejects.toMatchObject({ code: GrpcCode.Unavailable });
    expect(calls).toEqual(['a dies']);
    await client.put('y', '1');
    expect(calls).toEqual(['a dies', 'b put y']);
  });

  test('a server that is alive but without a leader is left for another', async () => {
    a.rpc.add(methods.range, () => {
      throw etcdError('NoLeader');
    });
    connect();
    expect((await client.get('x')).kvs[0]!.value.toString()).toBe('b');
  });

  test('a first endpoint that comes back is used again once the second is gone', async () => {
    connect();
    a.dropConnections();
    await client.get('x');
    dieDuring(b, 'b', methods.range);
    await client.get('y');
    await client.get('z');
    expect(calls.at(-1)).toBe('a get z');
  });

  test('calls that fail together move on by one endpoint, not by one each', async () => {
    dieDuring(a, 'a', methods.range);
    connect();
    const answers = await Promise.all(['1', '2', '3'].map((key) => client.get(key)));
    expect(answers.map(({ kvs }) => kvs[0]!.value.toString())).toEqual(['b', 'b', 'b']);
  });

  test('when none can be reached, the error names the last one tried', async () => {
    const endpoints = [await deadEndpoint(), await deadEndpoint()];
    connect({ endpoints });
    await expect(client.put('x', '1')).rejects.toMatchObject({
      code: GrpcCode.Unavailable,
      where: endpoints[1]!.replace('http://', ''),
    });
  });
});

describe('errors', () => {
  test("the server's are told apart by name, on this side of the wire as on the other", async () => {
    a.rpc.add(methods.range, () => {
      throw etcdError('Compacted');
    });
    connect();
    const error: unknown = await client.get('x').catch((thrown: unknown) => thrown);
    expect(isEtcdError(error, 'Compacted')).toBe(true);
    expect(isEtcdError(error, 'FutureRev')).toBe(false);
    expect(error).toMatchObject({
      code: GrpcCode.OutOfRange,
      message: 'etcdserver: mvcc: required revision has been compacted',
    });
    expect(calls).toEqual([]);
  });

  test('texts of any script come through whole', async () => {
    const text = '100 % 無効なキー\n"x"';
    a.rpc.add(methods.range, () => {
      throw new GrpcError(GrpcCode.InvalidArgument, text);
    });
    connect();
    await expect(client.get('x')).rejects.toMatchObject({ message: text });
  });

  test('a method that the server lacks is Unimplemented', async () => {
    connect();
    await expect(client.call(methods.alarm, {})).rejects.toMatchObject({
      code: GrpcCode.Unimplemented,
      message: 'unknown service etcdserverpb.Maintenance',
    });
    await expect(client.compact(5)).rejects.toMatchObject({
      message: 'unknown method Compact for service etcdserverpb.KV',
    });
  });

  test('an answer that is no such message is an error of this call only', async () => {
    a.rpc.unary.set(methods.range.path, () => Buffer.from([0x0a, 0xff]));
    connect();
    await expect(client.get('x')).rejects.toThrow('unexpected end of protobuf message');
    await client.put('y', '1');
    expect(calls).toEqual(['a put y']);
  });
});

describe('giving up', () => {
  beforeEach(() => {
    a.rpc.unary.set(methods.put.path, (_, call) => {
      calls.push(`a put, ${call.timeoutMs === undefined ? 'for ever' : 'for a while'}`);
      return new Promise(() => undefined);
    });
  });

  test('after the deadline, of which the server is told', async () => {
    connect({ timeoutMs: 30 });
    await expect(client.put('x', '1')).rejects.toMatchObject({
      code: GrpcCode.DeadlineExceeded,
      message: 'context deadline exceeded',
    });
    expect(calls).toEqual(['a put, for a while']);
  });

  test("a call's own deadline outdoes the client's", async () => {
    connect({ timeoutMs: 3_600_000 });
    await expect(client.put('x', '1', {}, { timeoutMs: 10 })).rejects.toMatchObject({
      code: GrpcCode.DeadlineExceeded,
    });
  });

  test('when the caller says so, before or during the call', async () => {
    connect();
    const abort = new AbortController();
    const under = client.put('x', '1', {}, { signal: abort.signal });
    await client.get('y');
    abort.abort();
    await expect(under).rejects.toMatchObject({ code: GrpcCode.Canceled });
    expect(calls).toEqual(['a put, for ever', 'a get y']);
    await expect(client.get('z', { signal: abort.signal })).rejects.toMatchObject({
      code: GrpcCode.Canceled,
    });
    expect(calls).toHaveLength(2);
  });

  test('when the client is closed', async () => {
    connect();
    const under = client.put('x', '1');
    await client.get('y');
    client.close();
    await expect(under).rejects.toMatchObject({ code: GrpcCode.Unavailable });
    await expect(client.get('z')).rejects.toMatchObject({ code: GrpcCode.Canceled });
  });
});
