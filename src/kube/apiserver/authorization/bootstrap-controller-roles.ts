import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import { allow, read, write, writeEvents } from './bootstrap-rules.ts';

const changePods = allow('create delete patch list watch', 'core', 'pods');
const changeRevisions = allow('create delete get list patch update watch', 'apps', 'controllerrevisions');

/**
 * What each controller may do when the controller manager runs them with credentials of their own
 * (--use-service-account-credentials): the role system:controller:NAME, bound to the service account NAME in
 * kube-system. Models bootstrappolicy/controller_policy.go.
 */
export const controllerRoles: Readonly<Record<string, readonly PolicyRule[]>> = {
  'certificate-controller': [
    allow('delete get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
    allow(
      'update',
      'certificates.k8s.io',
      'certificatesigningrequests/status certificatesigningrequests/approval',
    ),
    allow('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    allow(
      'sign',
      'certificates.k8s.io',
      'signers',
      'kubernetes.io/legacy-unknown kubernetes.io/kubelet-serving kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kube-apiserver-client',
    ),
    allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    writeEvents,
  ],
  'clusterrole-aggregation-controller': [
    allow('escalate get list patch update watch', 'rbac.authorization.k8s.io', 'clusterroles'),
  ],
  'cronjob-controller': [
    allow('get list update watch', 'batch', 'cronjobs'),
    allow('create delete get list patch update watch', 'batch', 'jobs'),
    allow('update', 'batch', 'cronjobs/status cronjobs/finalizers'),
    allow('delete list watch', 'core', 'pods'),
    writeEvents,
  ],
  'daemon-set-controller': [
    allow(read, 'apps', 'daemonsets'),
    allow('update', 'apps', 'daemonsets/status daemonsets/finalizers'),
    allow('list watch', 'core', 'nodes'),
    changePods,
    allow('create', 'core', 'pods/binding'),
    changeRevisions,
    writeEvents,
  ],
  'deployment-controller': [
    allow('get list update watch', 'apps', 'deployments'),
    allow('update', 'apps', 'deployments/status deployments/finalizers'),
    allow('create delete get list patch update watch', 'apps', 'replicasets'),
    allow('get list update watch', 'core', 'pods'),
    writeEvents,
  ],
  'disruption-controller': [
    allow(read, 'apps', 'deployments replicasets statefulsets'),
    allow(read, 'core', 'replicationcontrollers'),
    allow('list watch', 'core', 'pods'),
    allow(read, 'policy', 'poddisruptionbudgets'),
    allow('update', 'policy', 'poddisruptionbudgets/status'),
    allow('patch update', 'core', 'pods/status'),
    allow('get', '*', '*/scale'),
    writeEvents,
  ],
  'endpoint-controller': [
    allow(read, 'core', 'services pods'),
    allow('create delete get list update watch', 'core', 'endpoints'),
    allow('create', 'core', 'endpoints/restricted'),
    writeEvents,
  ],
  'endpointslice-controller': [
    allow(read, 'core', 'services pods nodes'),
    allow('update', 'core', 'services/finalizers'),
    allow('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    writeEvents,
  ],
  'endpointslicemirroring-controller': [
    allow(read, 'core', 'services endpoints'),
    allow('update', 'core', 'services/finalizers endpoints/finalizers'),
    allow('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    writeEvents,
  ],
  'expand-controller': [
    allow('get list patch update watch', 'core', 'persistentvolumes'),
    allow('patch update', 'core', 'persistentvolumeclaims/status'),
    allow(read, 'core', 'persistentvolumeclaims'),
    writeEvents,
  ],
  'ephemeral-volume-controller': [
    allow(read, 'core', 'pods'),
    allow('update', 'core', 'pods/finalizers'),
    allow('create get list watch', 'core', 'persistentvolumeclaims'),
    writeEvents,
  ],
  'generic-garbage-collector': [allow('delete get list patch update watch', '*', '*'), writeEvents],
  'horizontal-pod-autoscaler': [
    allow(read, 'autoscaling', 'horizontalpodautoscalers'),
    allow('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    allow('get update', '*', '*/scale'),
    allow('list watch', 'core', 'pods'),
    allow('list watch', 'metrics.k8s.io', 'pods'),
    writeEvents,
  ],
  'job-controller': [
    allow('get list patch update watch', 'batch', 'jobs'),
    allow('update', 'batch', 'jobs/status jobs/finalizers'),
    changePods,
    writeEvents,
  ],
  'namespace-controller': [
    allow('delete get list watch', 'core', 'namespaces'),
    allow('update', 'core', 'namespaces/finalize namespaces/status'),
    allow('delete deletecollection get list watch', '*', '*'),
  ],
  'node-controller': [
    allow('delete get list patch update watch', 'core', 'nodes'),
    allow('patch update', 'core', 'nodes/status'),
    allow('patch update', 'core', 'pods/status'),
    allow('delete get list watch', 'core', 'pods'),
    writeEvents,
  ],
  'persistent-volume-binder': [
    allow('create delete get list update watch', 'core', 'persistentvolumes'),
    allow('update', 'core', 'persistentvolumes/status persistentvolumeclaims/status'),
    allow('get list update watch', 'core', 'persistentvolumeclaims'),
    allow('create delete get list watch', 'core', 'pods'),
    allow(read, 'storage.k8s.io', 'storageclasses'),
    writeEvents,
  ],
  'pod-garbage-collector': [
    allow('delete list watch', 'core', 'pods'),
    allow('get list', 'core', 'nodes'),
    allow('patch', 'core', 'pods/status'),
  ],
  'pvc-protection-controller': [
    allow('get list update watch', 'core', 'persistentvolumeclaims'),
    allow(read, 'core', 'pods'),
    writeEvents,
  ],
  'pv-protection-controller': [allow('get list update watch', 'core', 'persistentvolumes'), writeEvents],
  'replicaset-controller': [
    allow('get list update watch', 'apps', 'replicasets'),
    allow('update', 'apps', 'replicasets/status replicasets/finalizers'),
    changePods,
    writeEvents,
  ],
  'replication-controller': [
    allow('get list update watch', 'core', 'replicationcontrollers'),
    allow('update', 'core', 'replicationcontrollers/status replicationcontrollers/finalizers'),
    changePods,
    writeEvents,
  ],
  'resourcequota-controller': [
    allow('list watch', '*', '*'),
    allow('update', 'core', 'resourcequotas/status'),
    writeEvents,
  ],
  'root-ca-cert-publisher': [allow('create update', 'core', 'configmaps'), writeEvents],
  'service-account-controller': [allow('create', 'core', 'serviceaccounts'), writeEvents],
  'statefulset-controller': [
    allow('list watch', 'core', 'pods'),
    allow(read, 'apps', 'statefulsets'),
    allow('update', 'apps', 'statefulsets/status statefulsets/finalizers'),
    allow('create delete get patch update', 'core', 'pods'),
    changeRevisions,
    allow('create get', 'core', 'persistentvolumeclaims'),
    writeEvents,
  ],
  'ttl-controller': [allow('list patch update watch', 'core', 'nodes'), writeEvents],
  'ttl-after-finished-controller': [allow('delete get list watch', 'batch', 'jobs'), writeEvents],
};

/** Roles inside a namespace, and who has them. */
export const namespacedRoles: readonly {
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly users?: readonly string[];
  readonly serviceAccounts?: readonly string[];
}[] = [
  {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication-reader',
    rules: [allow(read, 'core', 'configmaps', 'extension-apiserver-authentication')],
    users: ['system:kube-controller-manager', 'system:kube-scheduler'],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-controller-manager',
    rules: [
      allow('watch', 'core', 'configmaps'),
      allow('get update', 'core', 'configmaps', 'kube-controller-manager'),
    ],
    users: ['system:kube-controller-manager'],
    serviceAccounts: ['kube-controller-manager'],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
    rules: [
      allow('watch', 'core', 'configmaps'),
      allow('get update', 'core', 'configmaps', 'kube-scheduler'),
    ],
    users: ['system:kube-scheduler'],
    serviceAccounts: ['kube-scheduler'],
  },
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [allow(`${read} ${write}`, 'core', 'configmaps', 'cluster-info'), writeEvents],
    serviceAccounts: ['bootstrap-signer'],
  },
];
