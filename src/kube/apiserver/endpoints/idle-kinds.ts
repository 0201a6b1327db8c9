import type { ResourceInfo } from '../../api/resources.ts';

/** By group: kinds that are stored, and on which nothing in the lab acts yet. */
const idle: Readonly<Record<string, readonly string[]>> = {
  '': ['replicationcontrollers', 'persistentvolumeclaims'],
  'admissionregistration.k8s.io': [
    'mutatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
    'validatingwebhookconfigurations',
  ],
  'apiregistration.k8s.io': ['apiservices'],
  apps: ['daemonsets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs'],
  'networking.k8s.io': ['ingresses', 'networkpolicies'],
};

/** Who makes such an object is told, since it will wait in vain; undefined for all other kinds. */
export function idleWarning({ group, plural }: Pick<ResourceInfo, 'group' | 'plural'>): string | undefined {
  if (idle[group]?.includes(plural) !== true) return undefined;
  const name = group === '' ? plural : `${plural}.${group}`;
  return `${name} are stored, but nothing in this cluster acts on them yet`;
}
