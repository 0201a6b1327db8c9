import { expect, test } from 'vitest';
import { parseConfig } from '../../src/loadbalancer/config.ts';

const tcp = `
frontends:
- name: kube-apiserver
  mode: tcp
  listen: 0.0.0.0:6443
  backends: ["10.240.0.10:6443", "10.240.0.11:6443"]
  healthCheck: { path: /healthz, port: 80, interval: 3s, host: kubernetes.default.svc.cluster.local }
`;

test('a health check asks each backend at its own address', () => {
  const [frontend] = parseConfig(tcp, 'config.yaml');
  expect(frontend).toMatchObject({
    mode: 'tcp',
    listen: { host: '0.0.0.0', port: 6443 },
    healthCheck: {
      urls: ['http://10.240.0.10:80/healthz', 'http://10.240.0.11:80/healthz'],
      intervalMs: 3000,
      host: 'kubernetes.default.svc.cluster.local',
    },
  });
});

test.each([
  [
    'an address without a port',
    tcp.replace('0.0.0.0:6443', '0.0.0.0'),
    'frontends[0].listen must be ADDRESS:PORT',
  ],
  ['an unknown mode', tcp.replace('mode: tcp', 'mode: udp'), 'frontends[0].mode must be tcp or http'],
  [
    'an unknown setting',
    tcp.replace('mode: tcp', 'mode: tcp\n  weight: 3'),
    'frontends[0].weight is no setting',
  ],
  ['no backend', tcp.replace(/backends: .*/, 'backends: []'), 'frontends[0].backends must be a list'],
  ['a bad duration', tcp.replace('3s', 'often'), 'frontends[0].healthCheck.interval must be a duration'],
  ['text that is no YAML', 'frontends: [', 'invalid YAML'],
])('%s is named, with the file', (_, text, message) => {
  expect(() => parseConfig(text, 'config.yaml')).toThrow(message);
  try {
    parseConfig(text, 'config.yaml');
  } catch (error) {
    expect(String(error)).toContain('(config.yaml)');
  }
});
