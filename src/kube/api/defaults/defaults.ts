/**
 * What the server fills in before it validates and stores an object. applyDefaults changes the object in place; applied twice
 * it changes nothing more. Models the SetDefaults_* functions of pkg/apis/<group>/<version>/defaults.go.
 */
import type { GroupVersionKind } from '../resources.ts';
import type { CertificateSigningRequest } from '../types/certificates-v1.ts';
import type { Pod, PodTemplate } from '../types/core-v1.ts';
import type { EndpointSlice } from '../types/discovery-v1.ts';
import type { Ingress, NetworkPolicy } from '../types/networking-v1.ts';
import type { PodDisruptionBudget } from '../types/policy-v1.ts';
import type { ClusterRoleBinding, RoleBinding } from '../types/rbac-v1.ts';
import type { CSIDriver, StorageClass } from '../types/storage-v1.ts';
import * as core from './core.ts';
import { fill } from './fill.ts';
import { defaultPod, defaultPodTemplate } from './pod.ts';
import * as workloads from './workloads.ts';

const RBAC = 'rbac.authorization.k8s.io';

function defaultBinding(binding: RoleBinding | ClusterRoleBinding): void {
  fill(binding.roleRef, 'apiGroup', RBAC);
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') fill(subject, 'apiGroup', RBAC);
  }
}

function defaultNetworkPolicy({ spec }: NetworkPolicy): void {
  if (spec === undefined) return;
  spec.podSelector ??= {};
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) fill(port, 'protocol', 'TCP');
  }
  if ((spec.policyTypes ?? []).length === 0) {
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  }
}

function defaultIngress({ spec }: Ingress): void {
  for (const rule of spec?.rules ?? []) {
    for (const path of rule.http?.paths ?? []) fill(path, 'pathType', 'ImplementationSpecific');
  }
}

function defaultEndpointSlice(slice: EndpointSlice): void {
  for (const port of slice.ports ?? []) {
    fill(port, 'protocol', 'TCP');
    port.name ??= '';
  }
}

function defaultSigningRequest({ spec }: CertificateSigningRequest): void {
  if (spec !== undefined) fill(spec, 'usages', ['digital signature', 'key encipherment']);
}

function defaultDriver({ spec }: CSIDriver): void {
  fill(spec, 'attachRequired', true);
  fill(spec, 'podInfoOnMount', false);
  fill(spec, 'storageCapacity', false);
  fill(spec, 'fsGroupPolicy', 'ReadWriteOnceWithFSType');
  fill(spec, 'volumeLifecycleModes', ['Persistent']);
  fill(spec, 'requiresRepublish', false);
}

function defaultStorageClass(storage: StorageClass): void {
  fill(storage, 'reclaimPolicy', 'Delete');
  fill(storage, 'volumeBindingMode', 'Immediate');
}

/** Each of these is called with an object of its own kind only. */
type Defaulter = (object: never) => void;

const defaulters: Readonly<Record<string, Defaulter>> = {
  '/v1/ConfigMap': core.defaultConfigMap,
  '/v1/Endpoints': core.defaultEndpoints,
  '/v1/LimitRange': core.defaultLimitRange,
  '/v1/Namespace': core.defaultNamespace,
  '/v1/Node': core.defaultNode,
  '/v1/PersistentVolume': core.defaultVolume,
  '/v1/PersistentVolumeClaim': core.defaultVolumeClaim,
  '/v1/Pod': (pod: Pod) => {
    if (pod.spec !== undefined) defaultPod(pod.spec);
  },
  '/v1/PodTemplate': (template: PodTemplate) => defaultPodTemplate(template.template),
  '/v1/ReplicationController': workloads.defaultReplicationController,
  '/v1/Secret': core.defaultSecret,
  '/v1/Service': core.defaultService,
  'apps/v1/DaemonSet': workloads.defaultDaemonSet,
  'apps/v1/Deployment': workloads.defaultDeployment,
  'apps/v1/ReplicaSet': workloads.defaultReplicaSet,
  'apps/v1/StatefulSet': workloads.defaultStatefulSet,
  'autoscaling/v1/HorizontalPodAutoscaler': workloads.defaultAutoscalerV1,
  'autoscaling/v2/HorizontalPodAutoscaler': workloads.defaultAutoscaler,
  'batch/v1/CronJob': workloads.defaultCronJob,
  'batch/v1/Job': workloads.defaultJob,
  'certificates.k8s.io/v1/CertificateSigningRequest': defaultSigningRequest,
  'discovery.k8s.io/v1/EndpointSlice': defaultEndpointSlice,
  'networking.k8s.io/v1/Ingress': defaultIngress,
  'networking.k8s.io/v1/NetworkPolicy': defaultNetworkPolicy,
  'policy/v1/PodDisruptionBudget': ({ spec }: PodDisruptionBudget) => {
    if (spec?.selector === null) delete spec.selector;
  },
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': defaultBinding,
  'rbac.authorization.k8s.io/v1/RoleBinding': defaultBinding,
  'storage.k8s.io/v1/CSIDriver': defaultDriver,
  'storage.k8s.io/v1/StorageClass': defaultStorageClass,
};

/** Fills the defaults of `object`, in place. Kinds without any are left alone. */
export function applyDefaults(gvk: GroupVersionKind, object: object): void {
  defaulters[`${gvk.group}/${gvk.version}/${gvk.kind}`]?.(object as never);
}
