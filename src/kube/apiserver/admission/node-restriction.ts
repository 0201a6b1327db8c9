import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../api/types/core-v1.ts';
import { nodeNameOf, referencedNames } from '../authorization/node.ts';
import type { AdmissionAttributes, AdmissionPlugin, KubeObject, ObjectReader } from '../request.ts';
import { forbidden } from '../status-errors.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Labels below kubernetes.io and k8s.io that a kubelet may set on its own node. */
const ownLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);
const ownPrefixes = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

function isForbiddenLabel(key: string): boolean {
  const domain = key.includes('/') ? key.split('/')[0]! : '';
  if (domain === 'node-restriction.kubernetes.io' || domain.endsWith('.node-restriction.kubernetes.io'))
    return true;
  const reserved = ['kubernetes.io', 'k8s.io'].some(
    (suffix) => domain === suffix || domain.endsWith(`.${suffix}`),
  );
  if (!reserved || ownLabels.has(key)) return false;
  return !ownPrefixes.some((prefix) => domain === prefix || domain.endsWith(`.${prefix}`));
}

/** Labels that differ between two objects. */
function changedLabels(object: KubeObject, old: KubeObject | undefined): string[] {
  const now = object.metadata.labels ?? {};
  const before = old?.metadata.labels ?? {};
  return [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
    (key) => now[key] !== before[key],
  );
}

/** A kubelet changes its own node and its own pods, and nothing that decides where pods go. Models plugin/admission/noderestriction. */
export function nodeRestriction(objects: ObjectReader): AdmissionPlugin {
  const refuse = (attributes: AdmissionAttributes, why: string) =>
    forbidden({ group: attributes.apiGroup, resource: attributes.resource }, attributes.name, why);

  function checkNode(attributes: AdmissionAttributes, node: string): void {
    const { operation, object, oldObject, name, subresource } = attributes;
    const requested = operation === 'CREATE' ? (object?.metadata.name ?? '') : name;
    if (requested !== node)
      throw refuse(attributes, `node "${node}" is not allowed to modify node "${requested}"`);
    if (object === undefined || subresource === 'status') return;
    const labels = changedLabels(object, oldObject).filter(isForbiddenLabel);
    if (labels.length > 0) {
      throw refuse(attributes, `is not allowed to modify labels: ${labels.sort().join(', ')}`);
    }
    const taints = (value: KubeObject | undefined) =>
      (value?.spec as { taints?: unknown } | undefined)?.taints;
    if (operation === 'UPDATE' && !isDeepStrictEqual(taints(object), taints(oldObject))) {
      throw refuse(attributes, `node "${node}" is not allowed to modify taints`);
    }
  }

  async function checkPod(attributes: AdmissionAttributes, node: string): Promise<void> {
    const { operation, subresource, namespace, name } = attributes;
    const stored = (attributes.oldObject ??
      (name === '' ? undefined : await objects.get('', 'pods', namespace, name))) as Pod | undefined;
    if (subresource === 'eviction' || operation === 'DELETE' || subresource === 'status') {
      if (stored?.spec?.nodeName === node || stored === undefined) return;
      throw refuse(
        attributes,
        `node "${node}" can only ${subresource === 'status' ? 'update pod status for' : 'delete'} pods with spec.nodeName set to itself`,
      );
    }
    if (operation === 'CREATE') {
      const pod = attributes.object as Pod | undefined;
      if (pod?.metadata?.annotations?.[mirrorAnnotation] === undefined) {
        throw refuse(
          attributes,
          `pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only create mirror pods`,
        );
      }
      if (pod.spec?.nodeName !== node) {
        throw refuse(attributes, `node "${node}" can only create pods with spec.nodeName set to itself`);
      }
      for (const kind of ['secrets', 'configmaps', 'serviceaccounts', 'persistentvolumeclaims'] as const) {
        if (referencedNames(pod, kind).size > 0)
          throw refuse(attributes, `node "${node}" can not create pods that reference ${kind}`);
      }
      return;
    }
    throw refuse(
      attributes,
      `unexpected operation ${operation}, node "${node}" can only create and delete mirror pods`,
    );
  }

  async function checkToken(attributes: AdmissionAttributes, node: string): Promise<void> {
    const bound = (
      attributes.object?.spec as
        | { boundObjectRef?: { kind?: string; name?: string; uid?: string } }
        | undefined
    )?.boundObjectRef;
    if (bound?.kind !== 'Pod') throw refuse(attributes, `node requested token not bound to a pod`);
    const pod = (await objects.get('', 'pods', attributes.namespace, bound.name ?? '')) as Pod | undefined;
    if (pod === undefined) throw refuse(attributes, `pod not found`);
    if (bound.uid !== undefined && pod.metadata?.uid !== bound.uid) {
      throw refuse(
        attributes,
        `the UID in the bound object reference (${bound.uid}) does not match the UID in record`,
      );
    }
    if (pod.spec?.nodeName !== node)
      throw refuse(attributes, `node requested token bound to a pod scheduled on a different node`);
  }

  return {
    name: 'NodeRestriction',
    async validate(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return;
      if (attributes.apiGroup === '' && attributes.resource === 'nodes') checkNode(attributes, node);
      if (
        attributes.apiGroup === '' &&
        attributes.resource === 'pods' &&
        attributes.operation !== 'CONNECT'
      ) {
        await checkPod(attributes, node);
      }
      if (
        attributes.apiGroup === '' &&
        attributes.resource === 'serviceaccounts' &&
        attributes.subresource === 'token'
      ) {
        await checkToken(attributes, node);
      }
    },
  };
}
