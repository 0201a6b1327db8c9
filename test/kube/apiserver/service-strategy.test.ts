import { expect, test } from 'vitest';
import { parseCidr } from '../../../src/kube/apiserver/registry/cidr.ts';
import { RangeAllocator } from '../../../src/kube/apiserver/registry/range-allocator.ts';
import { serviceStrategy } from '../../../src/kube/apiserver/registry/service-strategy.ts';
import type { KubeObject } from '../../../src/kube/apiserver/request.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { MemoryEtcd } from './support/memory-etcd.ts';

const etcd = new MemoryEtcd();
const range = (kind: 'serviceips' | 'servicenodeports') =>
  new RangeAllocator(
    etcd,
    `/registry/ranges/${kind}`,
    kind,
    { size: 16, label: kind, dynamicFrom: 8 },
    () => 0,
  );
const strategy = serviceStrategy(
  {
    cidr: parseCidr('10.32.0.0/28')!,
    addresses: range('serviceips'),
    portRange: { first: 30000, last: 30015 },
    nodePorts: range('servicenodeports'),
  },
  createLogger({ format: 'klog', caller: 'test', write: () => undefined }),
);
const context = {
  user: { username: 'admin', uid: '', groups: [], extra: {} },
  nowMs: 0,
  dryRun: false,
  subresource: '',
};
const service = (spec: Record<string, unknown>) =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec }) as unknown as KubeObject;
const held = { clusterIP: '10.32.0.9', clusterIPs: ['10.32.0.9'] };
const nodePort = service({ ...held, type: 'NodePort', ports: [{ port: 80, nodePort: 30008 }] });

test('a Service that turns from NodePort to ClusterIP gives up its port', () => {
  const update = service({ ...held, type: 'ClusterIP', ports: [{ port: 80, nodePort: 30008 }] });
  strategy.prepareForUpdate?.(update, nodePort, context);
  expect(update).toMatchObject({ spec: { clusterIP: '10.32.0.9', ports: [{ port: 80 }] } });
  expect(JSON.stringify(update)).not.toContain('30008');
});

test('a port that the writer changed in the same breath is left for validation to refuse', () => {
  const update = service({ ...held, type: 'ClusterIP', ports: [{ port: 80, nodePort: 30009 }] });
  strategy.prepareForUpdate?.(update, nodePort, context);
  expect(update).toMatchObject({ spec: { ports: [{ nodePort: 30009 }] } });
});

test('a Service that turns into an external name gives up its address', () => {
  const update = service({ ...held, type: 'ExternalName', externalName: 'example.com' });
  strategy.prepareForUpdate?.(update, nodePort, context);
  expect(JSON.stringify(update)).not.toContain('10.32.0.9');
});
