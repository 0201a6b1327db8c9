import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import { allow, allowPaths, read, write, writeEvents } from './bootstrap-rules.ts';

/** What a kubelet may do besides reading what its pods refer to (see node.ts). */
export const nodeRules: readonly PolicyRule[] = [
  allow('create', 'authentication.k8s.io', 'tokenreviews'),
  allow('create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
  allow(read, 'core', 'services'),
  allow('create get list watch', 'core', 'nodes'),
  allow('patch update', 'core', 'nodes/status'),
  allow('delete patch update', 'core', 'nodes'),
  allow(read, 'core', 'pods'),
  allow('create delete', 'core', 'pods'),
  allow('patch update', 'core', 'pods/status'),
  allow('create', 'core', 'pods/eviction'),
  allow('get list watch', 'core', 'configmaps secrets'),
  allow('get', 'core', 'persistentvolumeclaims persistentvolumes'),
  allow('get', 'core', 'endpoints'),
  allow('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
  allow('create delete get patch update', 'coordination.k8s.io', 'leases'),
  allow('get', 'storage.k8s.io', 'volumeattachments'),
  allow('create', 'core', 'serviceaccounts/token'),
  allow('get patch update', 'core', 'persistentvolumeclaims/status'),
  allow(read, 'storage.k8s.io', 'csidrivers'),
  allow('create delete get patch update', 'storage.k8s.io', 'csinodes'),
  allow(read, 'node.k8s.io', 'runtimeclasses'),
  writeEvents,
];

export interface BootstrapRole {
  readonly rules?: readonly PolicyRule[];
  /** Its rules are those of all roles that carry this label (kept by the clusterrole-aggregation controller). */
  readonly aggregates?: 'admin' | 'edit' | 'view';
  /** It is part of the role of this name. */
  readonly aggregatedTo?: 'admin' | 'edit' | 'view';
}

const signerRole = (verb: string, signer: string): BootstrapRole => ({
  rules: [allow(verb, 'certificates.k8s.io', 'signers', signer)],
});

const workloads =
  'daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale';

/** The cluster roles that are there from the start. Models plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go. */
export const bootstrapRoles: Readonly<Record<string, BootstrapRole>> = {
  'cluster-admin': { rules: [allow('*', '*', '*'), allowPaths('*', '*')] },
  'system:discovery': {
    rules: [
      allowPaths(
        'get',
        '/livez /readyz /healthz /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*',
      ),
    ],
  },
  'system:monitoring': {
    rules: [
      allowPaths('get', '/metrics /metrics/slis /livez /readyz /healthz /livez/* /readyz/* /healthz/*'),
    ],
  },
  'system:basic-user': {
    rules: [
      allow('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      allow('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  'system:public-info-viewer': { rules: [allowPaths('get', '/livez /readyz /healthz /version /version/')] },

  admin: { aggregates: 'admin' },
  edit: { aggregates: 'edit', aggregatedTo: 'admin' },
  view: { aggregates: 'view', aggregatedTo: 'edit' },
  'system:aggregate-to-admin': {
    aggregatedTo: 'admin',
    rules: [
      allow('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
      allow(`${read} ${write}`, 'rbac.authorization.k8s.io', 'roles rolebindings'),
    ],
  },
  'system:aggregate-to-edit': {
    aggregatedTo: 'edit',
    rules: [
      allow(read, 'core', 'pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy'),
      allow('impersonate', 'core', 'serviceaccounts'),
      allow(write, 'core', 'pods pods/attach pods/proxy pods/exec pods/portforward'),
      allow('create', 'core', 'pods/eviction'),
      allow(
        write,
        'core',
        'replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets events',
      ),
      allow('create', 'core', 'serviceaccounts/token'),
      allow(write, 'apps', `${workloads} deployments/rollback`),
      allow(write, 'autoscaling', 'horizontalpodautoscalers'),
      allow(write, 'batch', 'jobs cronjobs'),
      allow(write, 'policy', 'poddisruptionbudgets'),
      allow(write, 'networking.k8s.io', 'networkpolicies ingresses'),
      allow(`${read} ${write}`, 'coordination.k8s.io', 'leases'),
    ],
  },
  'system:aggregate-to-view': {
    aggregatedTo: 'view',
    rules: [
      allow(
        read,
        'core',
        'pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps',
      ),
      allow(
        read,
        'core',
        'limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log',
      ),
      allow(read, 'core', 'namespaces'),
      allow(read, 'discovery.k8s.io', 'endpointslices'),
      allow(
        read,
        'apps',
        `controllerrevisions ${workloads} daemonsets/status deployments/status replicasets/status statefulsets/status`,
      ),
      allow(read, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
      allow(read, 'batch', 'jobs cronjobs cronjobs/status jobs/status'),
      allow(read, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
      allow(read, 'networking.k8s.io', 'networkpolicies ingresses ingresses/status'),
    ],
  },

  'system:node': { rules: nodeRules },
  'system:node-proxier': {
    rules: [
      allow('list watch', 'core', 'services endpoints'),
      allow(read, 'core', 'nodes'),
      allow('list watch', 'discovery.k8s.io', 'endpointslices'),
      allow('list watch', 'networking.k8s.io', 'servicecidrs'),
      writeEvents,
    ],
  },
  'system:kubelet-api-admin': {
    rules: [
      allow(read, 'core', 'nodes'),
      allow('proxy', 'core', 'nodes'),
      allow(
        '*',
        'core',
        'nodes/proxy nodes/metrics nodes/stats nodes/log nodes/spec nodes/checkpoint nodes/configz nodes/healthz nodes/pods',
      ),
    ],
  },
  'system:node-bootstrapper': {
    rules: [allow('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests')],
  },
  'system:auth-delegator': {
    rules: [
      allow('create', 'authentication.k8s.io', 'tokenreviews'),
      allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
  },
  'system:kube-aggregator': { rules: [allow(read, 'core', 'services endpoints')] },
  'system:kube-dns': { rules: [allow('list watch', 'core', 'endpoints services')] },
  'system:persistent-volume-provisioner': {
    rules: [
      allow('create delete get list watch', 'core', 'persistentvolumes'),
      allow('get list watch update', 'core', 'persistentvolumeclaims'),
      allow(read, 'storage.k8s.io', 'storageclasses'),
      allow(read, 'core', 'events'),
      writeEvents,
    ],
  },
  'system:volume-scheduler': {
    rules: [
      allow('get list patch update watch', 'core', 'persistentvolumes'),
      allow(read, 'storage.k8s.io', 'storageclasses'),
      allow('get list patch update watch', 'core', 'persistentvolumeclaims'),
    ],
  },
  'system:service-account-issuer-discovery': {
    rules: [allowPaths('get', '/.well-known/openid-configuration /openid/v1/jwks')],
  },

  'system:kube-controller-manager': {
    rules: [
      writeEvents,
      allow('create', 'coordination.k8s.io', 'leases'),
      allow('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
      allow('create', 'core', 'secrets serviceaccounts'),
      allow('delete', 'core', 'secrets'),
      allow('get', 'core', 'configmaps namespaces secrets serviceaccounts'),
      allow('update', 'core', 'secrets serviceaccounts'),
      allow('create', 'authentication.k8s.io', 'tokenreviews'),
      allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      allow('list watch', '*', '*'),
      allow('create', 'core', 'serviceaccounts/token'),
    ],
  },
  'system:kube-scheduler': {
    rules: [
      writeEvents,
      allow('create', 'coordination.k8s.io', 'leases'),
      allow('get list update watch', 'coordination.k8s.io', 'leases', 'kube-scheduler'),
      allow(read, 'core', 'nodes namespaces'),
      allow('delete get list watch', 'core', 'pods'),
      allow('create', 'core', 'bindings pods/binding'),
      allow('patch update', 'core', 'pods/status'),
      allow(read, 'core', 'services replicationcontrollers'),
      allow(read, 'apps', 'replicasets statefulsets'),
      allow(read, 'policy', 'poddisruptionbudgets'),
      allow(read, 'core', 'persistentvolumeclaims persistentvolumes'),
      allow('create', 'authentication.k8s.io', 'tokenreviews'),
      allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
      allow(read, 'storage.k8s.io', 'csinodes csidrivers csistoragecapacities'),
    ],
  },

  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': {
    rules: [allow('create', 'certificates.k8s.io', 'certificatesigningrequests/nodeclient')],
  },
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': {
    rules: [allow('create', 'certificates.k8s.io', 'certificatesigningrequests/selfnodeclient')],
  },
  'system:certificates.k8s.io:kube-apiserver-client-approver': signerRole(
    'approve',
    'kubernetes.io/kube-apiserver-client',
  ),
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': signerRole(
    'approve',
    'kubernetes.io/kube-apiserver-client-kubelet',
  ),
  'system:certificates.k8s.io:kubelet-serving-approver': signerRole(
    'approve',
    'kubernetes.io/kubelet-serving',
  ),
  'system:certificates.k8s.io:legacy-unknown-approver': signerRole('approve', 'kubernetes.io/legacy-unknown'),
};

type BootstrapSubject = readonly ['User' | 'Group', string] | readonly ['ServiceAccount', string, string];

/** Cluster role bindings that are there from the start, by the role's name. */
export const bootstrapBindings: Readonly<Record<string, readonly BootstrapSubject[]>> = {
  'cluster-admin': [['Group', 'system:masters']],
  'system:monitoring': [['Group', 'system:monitoring']],
  'system:discovery': [['Group', 'system:authenticated']],
  'system:basic-user': [['Group', 'system:authenticated']],
  'system:public-info-viewer': [
    ['Group', 'system:authenticated'],
    ['Group', 'system:unauthenticated'],
  ],
  'system:node-proxier': [['User', 'system:kube-proxy']],
  'system:kube-controller-manager': [['User', 'system:kube-controller-manager']],
  'system:kube-dns': [['ServiceAccount', 'kube-system', 'kube-dns']],
  'system:kube-scheduler': [['User', 'system:kube-scheduler']],
  'system:volume-scheduler': [['User', 'system:kube-scheduler']],
  // The Node authorizer does this work; the binding stays so that nobody binds it to all nodes by mistake.
  'system:node': [],
  'system:service-account-issuer-discovery': [['Group', 'system:serviceaccounts']],
};

export type { BootstrapSubject };
