import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/kube/apiserver/request.ts';
import { parseEncryptionConfig } from '../../../src/kube/apiserver/storage/encryption-config.ts';
import { Storage } from '../../../src/kube/apiserver/storage/storage.ts';
import { encodeObject, StoredObject } from '../../../src/kube/apiserver/storage/stored-object.ts';
import {
  aesCbcTransformer,
  identityTransformer,
  prefixTransformers,
} from '../../../src/kube/apiserver/storage/transformer.ts';
import { MemoryEtcd } from './support/memory-etcd.ts';

const key = '/registry/configmaps/default/a';
const configMap = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default' },
  data,
});
const plain = prefixTransformers([identityTransformer]);

describe('a stored object', () => {
  test('carries the revision of etcd as its resourceVersion, in the text and parsed', () => {
    const stored = new StoredObject(key, encodeObject(configMap({ x: '1' })), 42);
    expect(JSON.parse(stored.text).metadata.resourceVersion).toBe('42');
    expect(stored.object.metadata.resourceVersion).toBe('42');
  });

  test('written by somebody else in another order is read the same', () => {
    const stored = new StoredObject(key, '{"metadata":{"name":"a"},"kind":"ConfigMap","apiVersion":"v1"}', 7);
    expect(stored.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', resourceVersion: '7' },
    });
  });

  test('is stored without a resourceVersion', () => {
    const object = configMap({});
    object.metadata.resourceVersion = '9';
    expect(encodeObject(object)).not.toContain('resourceVersion');
  });
});

describe('guaranteed update', () => {
  test('creates once: the second create of a key gets nothing', async () => {
    const storage = new Storage(new MemoryEtcd(), plain);
    expect((await storage.create(key, configMap({ x: '1' })))?.revision).toBe(2);
    expect(await storage.create(key, configMap({ x: '2' }))).toBeUndefined();
  });

  test('runs again on what another writer stored in between', async () => {
    const etcd = new MemoryEtcd();
    const storage = new Storage(etcd, plain);
    await storage.create(key, configMap({ x: '1' }));
    const seen: unknown[] = [];
    etcd.beforeTxn = async () => {
      await storage.guaranteedUpdate(key, undefined, async () => configMap({ x: 'other' }));
    };
    const result = await storage.guaranteedUpdate(key, undefined, async (current) => {
      const object = current!.copy();
      seen.push(object.data);
      return { ...object, data: { ...(object.data as object), y: '2' } };
    });
    expect(seen).toEqual([{ x: '1' }, { x: 'other' }]);
    expect(result?.object.data).toEqual({ x: 'other', y: '2' });
  });

  test('asks etcd before it believes a refusal that rests on a stale cache', async () => {
    const storage = new Storage(new MemoryEtcd(), plain);
    const stale = await storage.create(key, configMap({ x: '1' }));
    await storage.guaranteedUpdate(key, undefined, async () => configMap({ x: '2' }));
    const result = await storage.guaranteedUpdate(key, stale, async (current) => {
      const object = current!.copy();
      if ((object.data as { x: string }).x === '1') throw new Error('refused');
      return { ...object, data: { x: '3' } };
    });
    expect(result?.object.data).toEqual({ x: '3' });
  });

  test('writes nothing when nothing changes', async () => {
    const etcd = new MemoryEtcd();
    const storage = new Storage(etcd, plain);
    await storage.create(key, configMap({ x: '1' }));
    const { revision } = etcd;
    const result = await storage.guaranteedUpdate(key, undefined, async (current) => current!.copy());
    expect(etcd.revision).toBe(revision);
    expect(result?.revision).toBe(revision);
  });

  test('deletes only the revision that was meant', async () => {
    const storage = new Storage(new MemoryEtcd(), plain);
    const first = (await storage.create(key, configMap({ x: '1' })))!;
    const second = (await storage.guaranteedUpdate(key, undefined, async () => configMap({ x: '2' })))!;
    const refused = await storage.delete(key, first.revision);
    expect('current' in refused && refused.current?.revision).toBe(second.revision);
    expect(await storage.delete(key, second.revision)).toHaveProperty('deletedAt');
    expect(await storage.get(key)).toBeUndefined();
  });

  test('events of the same minute share a lease that outlives them', async () => {
    const etcd = new MemoryEtcd();
    let now = 0;
    const storage = new Storage(etcd, plain, () => now);
    await storage.create(`${key}1`, configMap({}), { ttlSeconds: 3600 });
    await storage.create(`${key}2`, configMap({}), { ttlSeconds: 3600 });
    expect(etcd.leases).toEqual([3660]);
    now = 61_000;
    await storage.create(`${key}3`, configMap({}), { ttlSeconds: 3600 });
    expect(etcd.leases).toHaveLength(2);
  });
});

describe('encryption at rest', () => {
  const secret = Buffer.alloc(32, 7).toString('base64');
  const config = (providers: string) => `
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
  - resources: [secrets]
    providers:
${providers}`;
  const aescbc = `      - aescbc: { keys: [{ name: key1, secret: ${secret} }] }`;

  test('aescbc writes the prefix, a random IV and PKCS #7 blocks, and reads them back', () => {
    const transformer = parseEncryptionConfig(config(`${aescbc}\n      - identity: {}`), 'f')('', 'secrets');
    const stored = transformer.toStorage(Buffer.from('top secret'), key);
    expect(stored.subarray(0, 23).toString()).toBe('k8s:enc:aescbc:v1:key1:');
    expect(stored.length).toBe(23 + 16 + 16);
    expect(transformer.toStorage(Buffer.from('top secret'), key).equals(stored)).toBe(false);
    expect(transformer.fromStorage(stored, key).toString()).toBe('top secret');
    expect(transformer.fromStorage(Buffer.from('{"old":"plain"}'), key).toString()).toBe('{"old":"plain"}');
  });

  test('a full block of text gets a whole block of padding', () => {
    const transformer = aesCbcTransformer({ name: 'k', secret: Buffer.alloc(32) });
    expect(transformer.toStorage(Buffer.alloc(32, 1), key)).toHaveLength(16 + 48);
  });

  test('other resources are left as they are, and plain text is no answer for encrypted bytes', () => {
    const transformerFor = parseEncryptionConfig(config(aescbc), 'f');
    expect(transformerFor('', 'configmaps').toStorage(Buffer.from('x'), key).toString()).toBe('x');
    const stored = transformerFor('', 'secrets').toStorage(Buffer.from('x'), key);
    expect(() => transformerFor('', 'configmaps').fromStorage(stored, key)).toThrow(
      'identity transformer tried to read encrypted data',
    );
    expect(() => transformerFor('', 'secrets').fromStorage(Buffer.from('plain'), key)).toThrow(
      'no matching prefix found',
    );
  });

  test.each(['aescbc', 'aesgcm'])('%s: another key of the same name is told in Go’s words', (provider) => {
    const transformer = (byte: number) =>
      parseEncryptionConfig(
        config(
          `      - ${provider}: { keys: [{ name: key1, secret: ${Buffer.alloc(32, byte).toString('base64')} }] }`,
        ),
        'f',
      )('', 'secrets');
    // An IV or nonce of zeros, so that the last byte after the wrong key is always the same.
    const cipherText = Buffer.from(`k8s:enc:${provider}:v1:key1:${'\0'.repeat(48)}`);
    expect(() => transformer(8).fromStorage(cipherText, key)).toThrow(
      provider === 'aescbc' ? /^invalid padding on input$/ : /^cipher: message authentication failed$/,
    );
    const cut = transformer(7).toStorage(Buffer.from('top secret'), key).subarray(0, -1);
    expect(() => transformer(7).fromStorage(cut, key)).toThrow(
      provider === 'aescbc'
        ? /^the stored data is not a multiple of the block size$/
        : /^cipher: message authentication failed$/,
    );
  });

  test.each([
    ['      - secretbox: { keys: [] }', 'resources[0].providers[0].secretbox'],
    ['      - aescbc: { keys: [{ name: k, secret: c2hvcnQ= }] }', 'got 5, expected one of 32 bytes'],
    ['      - aescbc: { keys: [{ secret: c2hvcnQ= }] }', 'keys[0].name'],
    ['      - magic: {}', 'unknown provider'],
  ])('refuses %s and says why', (providers, message) => {
    expect(() => parseEncryptionConfig(config(providers), 'f')).toThrow(message);
  });

  test('an unreadable secret is an internal error that names its key', async () => {
    const etcd = new MemoryEtcd();
    const transformer = parseEncryptionConfig(config(aescbc), 'f')('', 'secrets');
    await etcd.txn({ compare: [], success: [{ put: { key, value: Buffer.from('{}') } }], failure: [] });
    await expect(new Storage(etcd, transformer).get(key)).rejects.toThrow(
      `Internal error occurred: unable to transform key "${key}": no matching prefix found`,
    );
  });
});
