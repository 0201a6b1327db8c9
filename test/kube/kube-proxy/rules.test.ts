import { expect, test } from 'vitest';
import type { Service } from '../../../src/kube/api/types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../../src/kube/api/types/discovery-v1.ts';
import { compileRules } from '../../../src/kube/kube-proxy/rules.ts';

const service = (spec: Service['spec'], name = 'web'): Service => ({
  metadata: { namespace: 'default', name },
  spec,
});

const slice = (endpoints: Endpoint[], portName = '', port = 8080, of = 'web'): EndpointSlice => ({
  addressType: 'IPv4',
  metadata: { namespace: 'default', name: `${of}-abc`, labels: { 'kubernetes.io/service-name': of } },
  ports: [{ name: portName, port, protocol: 'TCP' }],
  endpoints,
});

const ready = (address: string, nodeName = 'worker-0'): Endpoint => ({
  addresses: [address],
  nodeName,
  conditions: { ready: true },
});

const compile = (services: Service[], slices: EndpointSlice[]) =>
  compileRules({ services, slices, nodeName: 'worker-0' });

test('a cluster IP leads to the ready endpoints, at the port of the pods', () => {
  const rules = compile(
    [service({ clusterIP: '10.32.0.7', ports: [{ port: 80 }] })],
    [
      slice([
        ready('10.200.1.3'),
        ready('10.200.0.2'),
        { addresses: ['10.200.2.4'], conditions: { ready: false } },
      ]),
    ],
  );
  expect(rules).toEqual([
    {
      name: 'default/web',
      protocol: 'TCP',
      address: '10.32.0.7',
      port: 80,
      endpoints: [
        { address: '10.200.0.2', port: 8080 },
        { address: '10.200.1.3', port: 8080 },
      ],
    },
  ]);
});

test('a service without endpoints keeps its rule: it refuses instead of leading nowhere', () => {
  expect(compile([service({ clusterIP: '10.32.0.7', ports: [{ port: 80 }] })], [])).toMatchObject([
    { endpoints: [] },
  ]);
});

test('headless services and external names have no rules', () => {
  expect(
    compile(
      [
        service({ clusterIP: 'None', ports: [{ port: 80 }] }),
        service({ type: 'ExternalName', externalName: 'x.org' }, 'other'),
      ],
      [slice([ready('10.200.0.2')])],
    ),
  ).toEqual([]);
});

test('each named port has its own endpoints', () => {
  const rules = compile(
    [
      service({
        clusterIP: '10.32.0.10',
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'metrics', port: 9153 },
        ],
      }),
    ],
    [slice([ready('10.200.0.2')], 'dns', 53), slice([ready('10.200.0.3')], 'metrics', 9153)],
  );
  expect(rules.map(({ name, protocol, endpoints }) => [name, protocol, endpoints[0]?.address])).toEqual([
    ['default/web:dns', 'UDP', '10.200.0.2'],
    ['default/web:metrics', 'TCP', '10.200.0.3'],
  ]);
});

test('a node port is a rule for every address of the node; policy Local keeps to the pods of this node', () => {
  const spec = { clusterIP: '10.32.0.7', type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] };
  const slices = [slice([ready('10.200.0.2', 'worker-0'), ready('10.200.1.3', 'worker-1')])];
  expect(compile([service(spec)], slices)[1]).toMatchObject({
    address: '*',
    port: 30080,
    endpoints: [{}, {}],
  });
  const [cluster, node] = compile([service({ ...spec, externalTrafficPolicy: 'Local' })], slices);
  expect(cluster!.endpoints).toHaveLength(2);
  expect(node!.endpoints).toEqual([{ address: '10.200.0.2', port: 8080 }]);
});

test('session affinity carries its timeout, three hours when none is said', () => {
  const ports = [{ port: 80 }];
  const plain = compile([service({ clusterIP: '10.32.0.7', ports, sessionAffinity: 'ClientIP' })], []);
  expect(plain[0]!.sessionAffinity).toEqual({ timeoutSeconds: 10_800 });
  const config = { clientIP: { timeoutSeconds: 60 } };
  const short = compile(
    [service({ clusterIP: '10.32.0.7', ports, sessionAffinity: 'ClientIP', sessionAffinityConfig: config })],
    [],
  );
  expect(short[0]!.sessionAffinity).toEqual({ timeoutSeconds: 60 });
});

test('when all endpoints are ending, those that still serve are used', () => {
  const ending = (address: string, serving: boolean): Endpoint => ({
    addresses: [address],
    conditions: { ready: false, serving, terminating: true },
  });
  const rules = compile(
    [service({ clusterIP: '10.32.0.7', ports: [{ port: 80 }] })],
    [slice([ending('10.200.0.2', true), ending('10.200.0.3', false)])],
  );
  expect(rules[0]!.endpoints).toEqual([{ address: '10.200.0.2', port: 8080 }]);
});

test('the order of the input does not change the rules', () => {
  const a = service({ clusterIP: '10.32.0.1', ports: [{ port: 1 }] }, 'a');
  const b = service({ clusterIP: '10.32.0.2', ports: [{ port: 2 }] }, 'b');
  expect(compile([b, a], [])).toEqual(compile([a, b], []));
});
