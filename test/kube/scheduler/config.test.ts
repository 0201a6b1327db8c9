import { expect, test } from 'vitest';
import { parseSchedulerConfig } from '../../../src/kube/scheduler/config.ts';

const good = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: /var/lib/kubernetes/kube-scheduler.kubeconfig
leaderElection:
  leaderElect: true
  leaseDuration: 30s
`;

test('the configuration of Kubernetes the Hard Way is understood, defaults filled in', () => {
  expect(parseSchedulerConfig(good, 'kube-scheduler.yaml')).toEqual({
    kubeconfig: '/var/lib/kubernetes/kube-scheduler.kubeconfig',
    leaderElection: {
      leaderElect: true,
      leaseDurationMs: 30_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      resourceName: 'kube-scheduler',
      resourceNamespace: 'kube-system',
    },
  });
});

test.each([
  [
    good.replace('scheduler.config.k8s.io/v1', 'scheduler.config.k8s.io/v1alpha1'),
    'is registered for version',
  ],
  [good.replace('leaderElect:', 'leaderElct:'), 'unknown field "leaderElection.leaderElct"'],
  [good.replace(/ {2}kubeconfig: .*/, '  {}'), 'clientConnection.kubeconfig is missing'],
  [good.replace('30s', 'long'), 'leaderElection.leaseDuration: Invalid value: "long": must be a duration'],
  [good.replace('leaderElect: true', 'leaderElect: "no"'), 'leaderElection.leaderElect: Invalid value: "no"'],
])('%j is refused with the field', (text, message) => {
  expect(() => parseSchedulerConfig(text, 'kube-scheduler.yaml')).toThrow(message);
});
