/**
 * Every resource the API has, a table a group, in the order in which kube-apiserver lists its groups.
 * Models pkg/registry/<group>/rest/storage_<group>.go, pkg/kubeapiserver/default_storage_factory_builder.go.
 */

import { coreGroup } from './resource-core.ts';
import {
  CREATE,
  EDIT,
  EVERY,
  type Group,
  type Row,
  type SubresourceInfo,
  scaleBySelector,
} from './resource-rows.ts';

export interface ResourceInfo {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
  /** Where the objects lie in etcd, such as /registry/pods; '' for what is never stored (the reviews). */
  readonly keyPrefix: string;
  /** What is written to etcd: apiVersion, such as v1 for an events.k8s.io/v1 Event. */
  readonly storageVersion: string;
  /** The message of the schema tables: core-v1.Pod. */
  readonly schema: string;
  /** Status is written only by /status, and ignored everywhere else. */
  readonly statusSubresource: boolean;
  /** metadata.generation counts the changes of spec. */
  readonly hasGeneration: boolean;
  /** Seconds a deletion waits for the kubelet unless the client says otherwise; undefined: deleted at once. */
  readonly gracefulDeletionSeconds: number | undefined;
  /** A PUT of a name that is not there creates it. */
  readonly allowCreateOnUpdate: boolean;
  /** A PUT without resourceVersion overwrites. */
  readonly allowUnconditionalUpdate: boolean;
}

const groups: readonly Group[] = [
  coreGroup,
  {
    group: 'apiregistration.k8s.io',
    version: 'v1',
    file: 'apiregistration-v1',
    rows: [
      {
        kind: 'APIService',
        plural: 'apiservices',
        cluster: true,
        category: 'api-extensions',
        prefix: 'apiregistration.k8s.io/apiservices',
        conditionalOnly: true,
        sub: ['status'],
      },
    ],
  },
  {
    group: 'apps',
    version: 'v1',
    file: 'apps-v1',
    rows: [
      { kind: 'ControllerRevision', plural: 'controllerrevisions' },
      {
        kind: 'DaemonSet',
        plural: 'daemonsets',
        short: 'ds',
        all: true,
        generation: true,
        sub: ['status'],
      },
      {
        kind: 'Deployment',
        plural: 'deployments',
        short: 'deploy',
        all: true,
        generation: true,
        sub: [scaleBySelector, 'status'],
      },
      {
        kind: 'ReplicaSet',
        plural: 'replicasets',
        short: 'rs',
        all: true,
        generation: true,
        sub: [scaleBySelector, 'status'],
      },
      {
        kind: 'StatefulSet',
        plural: 'statefulsets',
        short: 'sts',
        all: true,
        generation: true,
        sub: [scaleBySelector, 'status'],
      },
    ],
  },
  {
    group: 'events.k8s.io',
    version: 'v1',
    file: 'events-v1',
    rows: [
      { kind: 'Event', plural: 'events', short: 'ev', prefix: 'events', storage: 'v1', createOnUpdate: true },
    ],
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    file: 'authentication-v1',
    rows: [
      { kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', cluster: true, verbs: CREATE, prefix: '' },
      { kind: 'TokenReview', plural: 'tokenreviews', cluster: true, verbs: CREATE, prefix: '' },
    ],
  },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    file: 'authorization-v1',
    rows: [
      { kind: 'LocalSubjectAccessReview', plural: 'localsubjectaccessreviews', verbs: CREATE, prefix: '' },
      {
        kind: 'SelfSubjectAccessReview',
        plural: 'selfsubjectaccessreviews',
        cluster: true,
        verbs: CREATE,
        prefix: '',
      },
      {
        kind: 'SelfSubjectRulesReview',
        plural: 'selfsubjectrulesreviews',
        cluster: true,
        verbs: CREATE,
        prefix: '',
      },
      {
        kind: 'SubjectAccessReview',
        plural: 'subjectaccessreviews',
        cluster: true,
        verbs: CREATE,
        prefix: '',
      },
    ],
  },
  ...(['v2', 'v1'] as const).map((version) => ({
    group: 'autoscaling',
    version,
    file: `autoscaling-${version}`,
    rows: [
      {
        kind: 'HorizontalPodAutoscaler',
        plural: 'horizontalpodautoscalers',
        short: 'hpa',
        all: true,
        storage: 'autoscaling/v2',
        sub: ['status'],
      },
    ],
  })),
  {
    group: 'batch',
    version: 'v1',
    file: 'batch-v1',
    rows: [
      { kind: 'CronJob', plural: 'cronjobs', short: 'cj', all: true, generation: true, sub: ['status'] },
      { kind: 'Job', plural: 'jobs', all: true, generation: true, sub: ['status'] },
    ],
  },
  {
    group: 'certificates.k8s.io',
    version: 'v1',
    file: 'certificates-v1',
    rows: [
      {
        kind: 'CertificateSigningRequest',
        plural: 'certificatesigningrequests',
        short: 'csr',
        cluster: true,
        sub: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: EDIT }, 'status'],
      },
    ],
  },
  {
    group: 'networking.k8s.io',
    version: 'v1',
    file: 'networking-v1',
    rows: [
      { kind: 'IngressClass', plural: 'ingressclasses', cluster: true, generation: true },
      {
        kind: 'Ingress',
        plural: 'ingresses',
        short: 'ing',
        prefix: 'ingress',
        generation: true,
        sub: ['status'],
      },
      { kind: 'IPAddress', plural: 'ipaddresses', short: 'ip', cluster: true },
      { kind: 'NetworkPolicy', plural: 'networkpolicies', short: 'netpol', generation: true },
      { kind: 'ServiceCIDR', plural: 'servicecidrs', cluster: true, sub: ['status'] },
    ],
  },
  {
    group: 'policy',
    version: 'v1',
    file: 'policy-v1',
    rows: [
      {
        kind: 'PodDisruptionBudget',
        plural: 'poddisruptionbudgets',
        short: 'pdb',
        generation: true,
        sub: ['status'],
      },
    ],
  },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    file: 'rbac-v1',
    rows: [
      { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', cluster: true, createOnUpdate: true },
      { kind: 'ClusterRole', plural: 'clusterroles', cluster: true, createOnUpdate: true },
      { kind: 'RoleBinding', plural: 'rolebindings', createOnUpdate: true },
      { kind: 'Role', plural: 'roles', createOnUpdate: true },
    ],
  },
  {
    group: 'storage.k8s.io',
    version: 'v1',
    file: 'storage-v1',
    rows: [
      { kind: 'CSIDriver', plural: 'csidrivers', cluster: true, generation: true },
      { kind: 'CSINode', plural: 'csinodes', cluster: true },
      { kind: 'CSIStorageCapacity', plural: 'csistoragecapacities' },
      { kind: 'StorageClass', plural: 'storageclasses', short: 'sc', cluster: true },
      { kind: 'VolumeAttachment', plural: 'volumeattachments', cluster: true, sub: ['status'] },
      { kind: 'VolumeAttributesClass', plural: 'volumeattributesclasses', short: 'vac', cluster: true },
    ],
  },
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    file: 'admissionregistration-v1',
    rows: [
      {
        kind: 'MutatingWebhookConfiguration',
        plural: 'mutatingwebhookconfigurations',
        cluster: true,
        category: 'api-extensions',
        generation: true,
      },
      {
        kind: 'ValidatingAdmissionPolicy',
        plural: 'validatingadmissionpolicies',
        cluster: true,
        category: 'api-extensions',
        generation: true,
        sub: ['status'],
      },
      {
        kind: 'ValidatingAdmissionPolicyBinding',
        plural: 'validatingadmissionpolicybindings',
        cluster: true,
        category: 'api-extensions',
        generation: true,
      },
      {
        kind: 'ValidatingWebhookConfiguration',
        plural: 'validatingwebhookconfigurations',
        cluster: true,
        category: 'api-extensions',
        generation: true,
      },
    ],
  },
  {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    file: 'apiextensions-v1',
    rows: [
      {
        kind: 'CustomResourceDefinition',
        plural: 'customresourcedefinitions',
        short: 'crd,crds',
        cluster: true,
        category: 'api-extensions',
        prefix: 'apiextensions.k8s.io/customresourcedefinitions',
        // There are none, and none can be made: clients that look for them learn that, and go on.
        verbs: ['get', 'list', 'watch'],
      },
    ],
  },
  {
    group: 'scheduling.k8s.io',
    version: 'v1',
    file: 'scheduling-v1',
    rows: [{ kind: 'PriorityClass', plural: 'priorityclasses', short: 'pc', cluster: true }],
  },
  {
    group: 'coordination.k8s.io',
    version: 'v1',
    file: 'coordination-v1',
    rows: [{ kind: 'Lease', plural: 'leases', createOnUpdate: true, conditionalOnly: true }],
  },
  {
    group: 'node.k8s.io',
    version: 'v1',
    file: 'node-v1',
    rows: [{ kind: 'RuntimeClass', plural: 'runtimeclasses', cluster: true }],
  },
  {
    group: 'discovery.k8s.io',
    version: 'v1',
    file: 'discovery-v1',
    rows: [{ kind: 'EndpointSlice', plural: 'endpointslices', generation: true }],
  },
];

function expand(group: Group, row: Row): ResourceInfo {
  const status: SubresourceInfo = { name: 'status', kind: row.kind, verbs: EDIT };
  const subresources = (row.sub ?? []).map((s) => (typeof s === 'string' ? { ...status, name: s } : s));
  const prefix = row.prefix ?? row.plural;
  return {
    group: group.group,
    version: group.version,
    kind: row.kind,
    listKind: `${row.kind}List`,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    shortNames: row.short?.split(',') ?? [],
    categories: row.all === true ? ['all'] : row.category === undefined ? [] : [row.category],
    namespaced: row.cluster !== true,
    verbs: row.verbs ?? EVERY,
    subresources,
    keyPrefix: prefix === '' ? '' : `/registry/${prefix}`,
    storageVersion: row.storage ?? (group.group === '' ? group.version : `${group.group}/${group.version}`),
    schema: `${group.file}.${row.kind}`,
    statusSubresource: subresources.some((s) => s.name === 'status'),
    hasGeneration: row.generation === true,
    gracefulDeletionSeconds: row.grace,
    allowCreateOnUpdate: row.createOnUpdate === true,
    allowUnconditionalUpdate: row.conditionalOnly !== true,
  };
}

/** Every resource, by group in kube-apiserver's order, then by name. */
export const resources: readonly ResourceInfo[] = groups.flatMap((group) =>
  group.rows.map((row) => expand(group, row)),
);
