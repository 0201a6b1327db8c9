import { describe, expect, it } from 'vitest';
import type { ConfigMap, Container, Pod, Secret, Service } from '../../../../src/kube/api/types/core-v1.ts';
import { ContainerConfigError, containerEnvironment } from '../../../../src/kube/kubelet/env/environment.ts';
import { expand } from '../../../../src/kube/kubelet/env/expansion.ts';
import { container, makePod } from '../support/objects.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const configMaps: Record<string, ConfigMap> = {
  settings: { metadata: {}, data: { mode: 'fast', 'log.level': 'info' } },
};
const secrets: Record<string, Secret> = {
  login: { metadata: {}, data: { user: base64('admin'), 日本: base64('語') } },
};

const service = (name: string, namespace: string, clusterIP: string, port = 80): Service => ({
  metadata: { name, namespace },
  spec: {
    clusterIP,
    ports: [
      { name: 'http', port, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
});

function environment(
  fields: Partial<Container>,
  spec: Partial<NonNullable<Pod['spec']>> = {},
  services: Service[] = [],
) {
  const one = container('main', fields);
  const pod = makePod(
    { nodeName: 'worker-0', serviceAccountName: 'robot', containers: [one], ...spec },
    { labels: { tier: 'web', app: 'shop' }, annotations: { note: 'two\nlines' } },
  );
  return containerEnvironment(pod, one, {
    objects: {
      configMap: async (_namespace, name) => configMaps[name],
      secret: async (_namespace, name) => secrets[name],
    },
    services,
    addresses: { podIPs: ['10.200.0.2'], hostIP: '10.240.0.20' },
    allocatable: { cpu: '2', memory: '1Gi' },
  });
}

describe('the environment of a container', () => {
  it.each([
    ['metadata.name', 'web'],
    ['metadata.namespace', 'default'],
    ['metadata.uid', 'uid-1'],
    ["metadata.labels['app']", 'shop'],
    ["metadata.annotations['absent']", ''],
    ['metadata.labels', 'app="shop"\ntier="web"'],
    ['metadata.annotations', 'note="two\\nlines"'],
    ['spec.nodeName', 'worker-0'],
    ['spec.serviceAccountName', 'robot'],
    ['status.podIP', '10.200.0.2'],
    ['status.hostIP', '10.240.0.20'],
  ])('tells %s', async (fieldPath, value) => {
    expect(await environment({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] })).toEqual({
      X: value,
    });
  });

  it.each([
    ['limits.cpu', '1', '1'],
    ['limits.cpu', '1m', '500'],
    ['requests.cpu', '1m', '250'],
    ['limits.memory', '1Mi', '64'],
    ['requests.memory', '1Ki', '0'],
    ['limits.memory', undefined, String(64 * 2 ** 20)],
  ])('tells %s in units of %s, rounded up: %s', async (resource, divisor, value) => {
    const resources = { limits: { cpu: '500m', memory: '64Mi' }, requests: { cpu: '250m' } };
    const resourceFieldRef = { resource, ...(divisor && { divisor }) };
    expect(await environment({ resources, env: [{ name: 'X', valueFrom: { resourceFieldRef } }] })).toEqual({
      X: value,
    });
  });

  it('takes the node’s own for a limit that is not set', async () => {
    const env = [{ name: 'X', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }];
    expect(await environment({ env })).toEqual({ X: '2' });
  });

  it('reads keys of ConfigMaps and Secrets', async () => {
    expect(
      await environment({
        env: [
          { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } },
          { name: 'USER', valueFrom: { secretKeyRef: { name: 'login', key: 'user' } } },
          {
            name: 'NONE',
            valueFrom: { configMapKeyRef: { name: 'settings', key: 'absent', optional: true } },
          },
          { name: 'NOTHING', valueFrom: { secretKeyRef: { name: 'absent', key: 'x', optional: true } } },
        ],
      }),
    ).toEqual({ MODE: 'fast', USER: 'admin' });
  });

  it.each([
    [{ configMapKeyRef: { name: 'absent', key: 'x' } }, 'configmap "absent" not found'],
    [
      { configMapKeyRef: { name: 'settings', key: 'x' } },
      "couldn't find key x in ConfigMap default/settings",
    ],
    [{ secretKeyRef: { name: 'absent', key: 'x' } }, 'secret "absent" not found'],
    [{ secretKeyRef: { name: 'login', key: 'x' } }, "couldn't find key x in Secret default/login"],
  ])('says what is missing: %j', async (valueFrom, message) => {
    const made = environment({ env: [{ name: 'X', valueFrom }] });
    await expect(made).rejects.toThrow(new ContainerConfigError(message));
  });

  it('takes all keys of envFrom under their prefix; env wins', async () => {
    expect(
      await environment({
        envFrom: [
          { prefix: 'CONF_', configMapRef: { name: 'settings' } },
          { secretRef: { name: 'login' } },
          { configMapRef: { name: 'absent', optional: true } },
        ],
        env: [{ name: 'user', value: 'root' }],
      }),
    ).toEqual({ CONF_mode: 'fast', 'CONF_log.level': 'info', user: 'root', 日本: '語' });
    await expect(environment({ envFrom: [{ secretRef: { name: 'absent' } }] })).rejects.toThrow(
      'secret "absent" not found',
    );
  });

  it('expands references to what came before', async () => {
    const env = [
      { name: 'HOST', value: 'db' },
      { name: 'URL', value: 'http://$(HOST):$(PORT)/$$(HOST)' },
      { name: 'PORT', value: '80' },
      { name: 'AGAIN', value: '$(URL)' },
    ];
    expect(await environment({ env })).toMatchObject({
      URL: 'http://db:$(PORT)/$(HOST)',
      AGAIN: 'http://db:$(PORT)/$(HOST)',
    });
  });

  it('tells the services of its namespace, and the one of the API server', async () => {
    const services = [
      service('my-db', 'default', '10.32.0.7', 5432),
      service('other', 'elsewhere', '10.32.0.8'),
      service('headless', 'default', 'None'),
      service('kubernetes', 'default', '10.32.0.1', 443),
    ];
    const env = await environment({ env: [{ name: 'DB', value: '$(MY_DB_SERVICE_HOST)' }] }, {}, services);
    expect(env).toMatchObject({
      DB: '10.32.0.7',
      MY_DB_SERVICE_PORT: '5432',
      MY_DB_SERVICE_PORT_HTTP: '5432',
      MY_DB_PORT: 'tcp://10.32.0.7:5432',
      MY_DB_PORT_53_UDP: 'udp://10.32.0.7:53',
      MY_DB_PORT_5432_TCP_ADDR: '10.32.0.7',
      KUBERNETES_SERVICE_HOST: '10.32.0.1',
    });
    expect(Object.keys(env).filter((name) => /^(OTHER|HEADLESS)/.test(name))).toEqual([]);
    const without = await environment({}, { enableServiceLinks: false }, services);
    expect(Object.keys(without).every((name) => name.startsWith('KUBERNETES_'))).toBe(true);
  });
});

describe('$(NAME)', () => {
  it.each([
    ['$(A)', 'a'],
    ['$(A)$(B)', 'ab'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$(C)', '$(C)'],
    ['$(A', '$(A'],
    ['$A {A} $', '$A {A} $'],
    ['costs 5$', 'costs 5$'],
  ])('%s becomes %s', (text, expected) => {
    expect(expand(text, (name) => ({ A: 'a', B: 'b' })[name])).toBe(expected);
  });
});
