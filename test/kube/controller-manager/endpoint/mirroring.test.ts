import { expect, it } from 'vitest';
import type { Endpoints, Service } from '../../../../src/kube/api/types/core-v1.ts';
import { mirrorContents } from '../../../../src/kube/controller-manager/endpoint/mirroring.ts';

const metadata = { name: 'db', namespace: 'default' };
const service: Service = { metadata, spec: { ports: [{ port: 5432 }] } };
const endpoints = (fields: Partial<Endpoints> = {}): Endpoints => ({
  metadata,
  subsets: [
    {
      addresses: [{ ip: '10.240.0.10' }],
      notReadyAddresses: [{ ip: '10.240.0.11', hostname: 'second' }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    },
  ],
  ...fields,
});

it('what stands in Endpoints of a Service without a selector goes into slices', () => {
  expect(mirrorContents(service, endpoints())).toEqual([
    {
      endpoints: [
        { addresses: ['10.240.0.10'], conditions: { ready: true } },
        { addresses: ['10.240.0.11'], conditions: { ready: false }, hostname: 'second' },
      ],
      ports: [{ name: '', port: 5432, protocol: 'TCP' }],
    },
  ]);
});

it.each([
  [
    'of a Service that selects pods',
    { ...service, spec: { ...service.spec, selector: { app: 'db' } } },
    endpoints(),
  ],
  ['of no Service', undefined, endpoints()],
  ['that are gone', service, undefined],
  ['that are empty', service, endpoints({ subsets: [{ ports: [{ port: 1 }] }] })],
  [
    'that ask for it',
    service,
    endpoints({ metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } } }),
  ],
])('Endpoints %s are not copied', (_name, of, from) => {
  expect(mirrorContents(of, from)).toEqual([]);
});
