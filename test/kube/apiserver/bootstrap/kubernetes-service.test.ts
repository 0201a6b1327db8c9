import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryEtcd } from '../support/memory-etcd.ts';
import {
  type Certificates,
  createCertificates,
  startTestServer,
  type TestServer,
} from '../support/test-server.ts';

const etcd = new MemoryEtcd();
const running: TestServer[] = [];
let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates();
});
afterAll(async () => {
  for (const server of running) await server.stop();
});

async function start(advertise: string): Promise<TestServer> {
  const server = await startTestServer({ etcd, certificates, advertise });
  running.push(server);
  return server;
}

async function endpoints(server: TestServer): Promise<readonly string[]> {
  const { body } = await server.call('GET', '/api/v1/namespaces/default/endpoints/kubernetes');
  return body.subsets.flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
}

test('the Service kubernetes leads to the replicas that live', async () => {
  const first = await start('10.240.0.10');
  const second = await start('10.240.0.11');
  expect(await endpoints(first)).toEqual(['10.240.0.10', '10.240.0.11']);
  expect(await endpoints(second)).toEqual(['10.240.0.10', '10.240.0.11']);

  // One that is stopped takes itself away.
  running.splice(running.indexOf(second), 1);
  await second.stop();
  expect(await endpoints(first)).toEqual(['10.240.0.10']);

  // Of one that dies the lease ends; whoever comes by next leaves it out.
  await start('10.240.0.12');
  expect(await endpoints(first)).toEqual(['10.240.0.10', '10.240.0.12']);
  await etcd.txn({
    compare: [],
    success: [{ delete: { key: '/registry/masterleases/10.240.0.12' } }],
    failure: [],
  });
  await start('10.240.0.13');
  expect(await endpoints(first)).toEqual(['10.240.0.10', '10.240.0.13']);
  const slice = await first.call(
    'GET',
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes',
  );
  expect(JSON.parse(slice.text).endpoints.map(({ addresses }: { addresses: string[] }) => addresses)).toEqual(
    [['10.240.0.10'], ['10.240.0.13']],
  );
});
