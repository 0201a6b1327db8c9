import { describe, expect, it } from 'vitest';
import { applyDefaults } from '../../../src/kube/api/defaults/defaults.ts';
import { gvkOf } from '../../../src/kube/api/resources.ts';

function defaulted<T extends { apiVersion: string; kind: string }>(object: T): T {
  applyDefaults(gvkOf(object), object);
  const once = JSON.stringify(object);
  applyDefaults(gvkOf(object), object);
  expect(JSON.stringify(object), 'defaults are stable').toBe(once);
  return object;
}

describe('applyDefaults', () => {
  it('fills a pod as upstream does', () => {
    const pod = defaulted({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: {
        volumes: [{ name: 'a' }, { name: 'b', configMap: { name: 'c' } }],
        containers: [
          {
            name: 'a',
            image: 'nginx',
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '1' } },
            readinessProbe: { httpGet: { port: 80 } },
          },
        ],
      },
    });
    expect(pod).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: {
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
        enableServiceLinks: true,
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', configMap: { name: 'c', defaultMode: 420 } },
        ],
        containers: [
          {
            name: 'a',
            image: 'nginx',
            imagePullPolicy: 'Always',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            readinessProbe: {
              httpGet: { port: 80, path: '/', scheme: 'HTTP' },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
          },
        ],
      },
    });
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:1', 'IfNotPresent'],
    ['nginx@sha256:abc', 'IfNotPresent'],
  ])('pulls %s %s', (image, policy) => {
    const pod = defaulted({ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'a', image }] } });
    expect(pod.spec.containers[0]).toMatchObject({ imagePullPolicy: policy });
  });

  it('a service gets its target ports', () => {
    const service = defaulted({
      apiVersion: 'v1',
      kind: 'Service',
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    });
    expect(service.spec).toEqual({
      type: 'NodePort',
      sessionAffinity: 'None',
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  it('a deployment rolls by a quarter', () => {
    const deployment = defaulted({ apiVersion: 'apps/v1', kind: 'Deployment', spec: {} });
    expect(deployment.spec).toEqual({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    });
  });

  it('keeps replicas: 0', () => {
    expect(
      defaulted({ apiVersion: 'apps/v1', kind: 'ReplicaSet', spec: { replicas: 0 } }).spec.replicas,
    ).toBe(0);
  });

  it('folds stringData into data', () => {
    expect(defaulted({ apiVersion: 'v1', kind: 'Secret', stringData: { a: 'b' } })).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      data: { a: 'Yg==' },
    });
  });
});
