import { describe, it } from 'vitest';
import { testKind, type World } from '../fake-context.ts';

const endpoints = [0, 1, 2].map((n) => `https://10.240.0.1${n}:2379`);

describe('the etcd-value check', () => {
  const { passes, fails } = testKind('etcd-value');
  const spec = { endpoints, name: '/registry/secrets/default/x', prefix: 'k8s:enc:aescbc:v1:key1:' };
  const value = (text: string): World => ({ etcdGet: () => Buffer.from(text, 'latin1') });
  it('passes an encrypted value', () => passes(spec, value('k8s:enc:aescbc:v1:key1:\x00\xff')));
  it('tells what is wrong', async () => {
    await fails(
      spec,
      value('k8s\0\n\x0c'),
      'plain-text',
      /^\/registry\/secrets\/default\/x stands in etcd unencrypted: the API server that wrote it has no --encryption-provider-config/,
    );
    await fails(
      spec,
      value('k8s:enc:aescbc:v1:key2:x'),
      'wrong-prefix',
      /begins with "k8s:enc:aescbc:v1:key2:x?", and k8s:enc:aescbc:v1:key1: is wanted/,
    );
    await fails(
      spec,
      {},
      'missing-key',
      'etcd has no key /registry/secrets/default/x: the object was not created, or lies under another name.',
    );
    await fails(
      spec,
      {
        etcdGet: () => {
          throw new Error('context deadline exceeded');
        },
      },
      'unreachable',
      'etcd does not answer: context deadline exceeded',
    );
    await fails({ ...spec, cert: 'kubernetes.pem' }, {}, 'missing-file', /^kubernetes\.pem does not exist/);
  });
});
