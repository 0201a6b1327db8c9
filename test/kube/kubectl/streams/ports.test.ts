import { describe, expect, test } from 'vitest';
import type { Pod, Service } from '../../../../src/kube/api/types/core-v1.ts';
import {
  parseAddresses,
  parsePorts,
  portsOfPod,
  portsOfService,
} from '../../../../src/kube/kubectl/streams/ports.ts';

const pod = {
  metadata: { name: 'p' },
  spec: {
    containers: [
      {
        name: 'main',
        ports: [
          { name: 'http', containerPort: 8080 },
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
        ],
      },
    ],
  },
} as Pod;

const service = (ports: object[], spec: object = {}) =>
  ({ metadata: { name: 's' }, spec: { ports, ...spec } }) as unknown as Service;

describe('ports of a pod', () => {
  test('names become numbers; the local one stays what it was', () => {
    expect(portsOfPod(['80', '8000:http', 'http', ':http', '0:80'], pod)).toEqual([
      '80',
      '8000:8080',
      '8080',
      ':8080',
      '0:80',
    ]);
  });

  test('what cannot be forwarded', () => {
    expect(() => portsOfPod(['https'], pod)).toThrow("Pod 'p' does not have a named port 'https'");
    expect(() => portsOfPod(['53'], pod)).toThrow('UDP protocol is not supported for 53');
    expect(() => portsOfPod(['dns'], pod)).toThrow('UDP protocol is not supported for dns');
    expect(() => portsOfPod(['80:'], pod)).toThrow('remote port cannot be empty');
  });
});

describe('ports of a service', () => {
  test('become the target ports, by number, by name, or as they are', () => {
    const s = service([
      { port: 80, targetPort: 8080 },
      { name: 'web', port: 81, targetPort: 'http' },
      { port: 82 },
    ]);
    expect(portsOfService(['80', '9000:80', ':80', '81', 'web', '9001:web', '82'], s, pod)).toEqual([
      '80:8080',
      '9000:8080',
      ':8080',
      '81:8080',
      '81:8080',
      '9001:8080',
      '82',
    ]);
  });

  test('a headless one translates nothing', () => {
    const s = service([{ port: 80, targetPort: 8080 }], { clusterIP: 'None' });
    expect(portsOfService(['80'], s, pod)).toEqual(['80']);
  });

  test('ports that it lacks', () => {
    const s = service([{ port: 80 }]);
    expect(() => portsOfService(['81'], s, pod)).toThrow('Service s does not have a service port 81');
    expect(() => portsOfService(['web'], s, pod)).toThrow("Service 's' does not have a named port 'web'");
  });
});

test('words become pairs of numbers', () => {
  expect(parsePorts(['5000', '8888:5000', ':80', '0:80'])).toEqual([
    { local: 5000, remote: 5000 },
    { local: 8888, remote: 5000 },
    { local: 0, remote: 80 },
    { local: 0, remote: 80 },
  ]);
  expect(() => parsePorts(['1:2:3'])).toThrow("invalid port format '1:2:3'");
  expect(() => parsePorts(['70000'])).toThrow(
    `error parsing local port '70000': strconv.ParseUint: parsing "70000": value out of range`,
  );
  expect(() => parsePorts(['1:x'])).toThrow(
    `error parsing remote port 'x': strconv.ParseUint: parsing "x": invalid syntax`,
  );
  expect(() => parsePorts(['1:0'])).toThrow('remote port must be > 0');
});

test('localhost stands for two addresses, of which one is enough', () => {
  expect(parseAddresses(['localhost', '10.0.0.1'])).toEqual([
    { address: '10.0.0.1', network: 'tcp4', optional: false },
    { address: '127.0.0.1', network: 'tcp4', optional: true },
    { address: '::1', network: 'tcp6', optional: true },
  ]);
  expect(() => parseAddresses(['lab'])).toThrow('lab is not a valid IP');
});
