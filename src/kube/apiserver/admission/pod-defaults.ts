import type { Node, Pod, Toleration } from '../../api/types/core-v1.ts';
import type { PriorityClass } from '../../api/types/scheduling-v1.ts';
import type { StorageClass } from '../../api/types/storage-v1.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../request.ts';
import { forbidden } from '../status-errors.ts';

const isCreation = (attributes: AdmissionAttributes, group: string, resource: string) =>
  attributes.operation === 'CREATE' &&
  attributes.apiGroup === group &&
  attributes.resource === resource &&
  attributes.subresource === '' &&
  attributes.object !== undefined;

/** Seconds, as the flags --default-not-ready-toleration-seconds and --default-unreachable-toleration-seconds give them. */
export interface TolerationSeconds {
  readonly notReady: number;
  readonly unreachable: number;
}

/** How long a pod stays on a node that is not ready or not reachable, when it does not say. Models plugin/admission/defaulttolerationseconds. */
export const defaultTolerationSeconds = (seconds: TolerationSeconds): AdmissionPlugin => ({
  name: 'DefaultTolerationSeconds',
  async mutate(attributes) {
    if (!isCreation(attributes, '', 'pods')) return;
    const spec = (attributes.object as Pod).spec;
    if (spec === undefined) return;
    for (const [key, tolerationSeconds] of [
      ['node.kubernetes.io/not-ready', seconds.notReady],
      ['node.kubernetes.io/unreachable', seconds.unreachable],
    ] as const) {
      const tolerated = (toleration: Toleration) =>
        (toleration.key === key || (toleration.key ?? '') === '') &&
        (toleration.effect === 'NoExecute' || (toleration.effect ?? '') === '');
      if ((spec.tolerations ?? []).some(tolerated)) continue;
      const toleration = { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds };
      spec.tolerations = [...(spec.tolerations ?? []), toleration];
    }
  },
});

/** A new node takes no pods until the node controller has seen that it is ready. Models plugin/admission/nodetaint. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  async mutate(attributes) {
    if (!isCreation(attributes, '', 'nodes')) return;
    const node = attributes.object as Node;
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const taints = node.spec?.taints ?? [];
    if (taints.some((candidate) => candidate.key === taint.key && candidate.effect === taint.effect)) return;
    node.spec = { ...node.spec, taints: [...taints, taint] };
  },
};

/** Turns a pod's priorityClassName into a number. Models plugin/admission/priority. */
export function priority(objects: ObjectReader): AdmissionPlugin {
  const group = 'scheduling.k8s.io';
  const system: Readonly<Record<string, number>> = {
    'system-node-critical': 2_000_001_000,
    'system-cluster-critical': 2_000_000_000,
  };
  return {
    name: 'Priority',
    async mutate(attributes) {
      if (!isCreation(attributes, '', 'pods')) return;
      const spec = (attributes.object as Pod).spec;
      if (spec === undefined) return;
      const name = spec.priorityClassName ?? '';
      const classes = (await objects.list(
        group,
        'priorityclasses',
      )) as readonly unknown[] as readonly PriorityClass[];
      const chosen =
        name === ''
          ? classes.find((candidate) => candidate.globalDefault)
          : classes.find((candidate) => candidate.metadata?.name === name);
      const value = chosen?.value ?? system[name];
      if (name !== '' && value === undefined) {
        throw forbidden(
          { group: '', resource: 'pods' },
          attributes.name,
          `no PriorityClass with name ${name} was found`,
        );
      }
      if (name === '' && chosen?.metadata?.name !== undefined) spec.priorityClassName = chosen.metadata.name;
      spec.priority = value ?? 0;
      spec.preemptionPolicy ??= chosen?.preemptionPolicy ?? 'PreemptLowerPriority';
    },
  };
}

/** A claim that names no storage class gets the default one. Models plugin/admission/storage/storageclass/setdefault. */
export function defaultStorageClass(objects: ObjectReader): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    async mutate(attributes) {
      if (!isCreation(attributes, '', 'persistentvolumeclaims')) return;
      const spec = attributes.object!.spec as { storageClassName?: string } | undefined;
      if (spec === undefined || spec.storageClassName !== undefined) return;
      const classes = (await objects.list(
        'storage.k8s.io',
        'storageclasses',
      )) as readonly unknown[] as readonly StorageClass[];
      const isDefault = (candidate: StorageClass) =>
        candidate.metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
      // Several defaults: the newest wins.
      const newest = classes
        .filter(isDefault)
        .sort((a, b) =>
          (b.metadata?.creationTimestamp ?? '').localeCompare(a.metadata?.creationTimestamp ?? ''),
        )[0];
      if (newest?.metadata?.name !== undefined) spec.storageClassName = newest.metadata.name;
    },
  };
}
