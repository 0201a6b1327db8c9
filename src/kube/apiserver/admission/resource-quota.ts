import { podResources, type ResourceList, sumOf } from '../../api/pod-resources.ts';
import { hasEnded } from '../../api/pods.ts';
import { addQuantities, compareQuantities, subtractQuantities } from '../../api/quantity.ts';
import type { Pod, ResourceQuota, Service } from '../../api/types/core-v1.ts';
import type { AdmissionPlugin, KubeObject, ObjectReader } from '../request.ts';
import { forbidden } from '../status-errors.ts';

const computeNames = ['cpu', 'memory', 'ephemeral-storage'];

/** What one object uses up, under all the names a quota may give it. Models pkg/quota/v1/evaluator/core. */
function usageOf(group: string, resource: string, object: KubeObject): ResourceList {
  const counted = { [`count/${group === '' ? resource : `${resource}.${group}`}`]: '1' };
  if (group !== '') return counted;
  switch (resource) {
    case 'pods':
      return { ...counted, ...podUsage(object as Pod) };
    case 'services':
      return { ...counted, services: '1', ...serviceUsage(object as Service) };
    case 'configmaps':
    case 'secrets':
    case 'persistentvolumeclaims':
    case 'replicationcontrollers':
    case 'resourcequotas':
      return { ...counted, [resource]: '1' };
    default:
      return counted;
  }
}

function podUsage(pod: Pod): ResourceList {
  // A pod that has come to its end holds nothing any more.
  if (hasEnded(pod)) return {};
  const requests = podResources(pod.spec!, 'requests');
  const limits = podResources(pod.spec!, 'limits');
  const pick = (list: ResourceList, name: (resource: string) => string) =>
    Object.fromEntries(
      computeNames.flatMap((resource) =>
        list[resource] === undefined ? [] : [[name(resource), list[resource]]],
      ),
    );
  return {
    pods: '1',
    ...pick(requests, (resource) => resource),
    ...pick(requests, (resource) => `requests.${resource}`),
    ...pick(limits, (resource) => `limits.${resource}`),
  };
}

function serviceUsage(service: Service): ResourceList {
  const ports = service.spec?.ports?.length ?? 0;
  switch (service.spec?.type) {
    case 'NodePort':
      return { 'services.nodeports': String(ports) };
    case 'LoadBalancer':
      return { 'services.nodeports': String(ports), 'services.loadbalancers': '1' };
    default:
      return {};
  }
}

/** Whether a quota's scopes take in this object; scopes speak of pods only. */
function inScope(quota: ResourceQuota, resource: string, object: KubeObject): boolean {
  const scopes = quota.spec?.scopes ?? [];
  if (scopes.length === 0) return true;
  if (resource !== 'pods') return false;
  const pod = object as Pod;
  const terminating = pod.spec?.activeDeadlineSeconds !== undefined;
  const bestEffort = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].every(
    ({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }).length === 0,
  );
  return scopes.every((scope) => {
    switch (scope) {
      case 'Terminating':
        return terminating;
      case 'NotTerminating':
        return !terminating;
      case 'BestEffort':
        return bestEffort;
      case 'NotBestEffort':
        return !bestEffort;
      default:
        return false;
    }
  });
}

/** `a=1,b=2`, sorted, as upstream prints resource lists. */
const pretty = (list: ResourceList, names: readonly string[]) =>
  names.map((name) => `${name}=${list[name] ?? '0'}`).join(',');

/**
 * Refuses what would exceed a quota of the namespace. The usage is counted from the watch cache at each request rather
 * than kept in the quota's status: simpler, and right as soon as the cache has seen the last write; two requests at the
 * same moment on two API servers may both pass. Models apiserver/pkg/admission/plugin/resourcequota.
 */
export function resourceQuota(objects: ObjectReader): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    async validate({
      operation,
      subresource,
      apiGroup: group,
      resource,
      namespace,
      object,
      oldObject,
      name,
    }) {
      if (namespace === '' || subresource !== '' || object === undefined) return;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      const quotas = (await objects.list('', 'resourcequotas', namespace)) as readonly ResourceQuota[];
      for (const quota of quotas) {
        if (!inScope(quota, resource, object)) continue;
        const hard: ResourceList = quota.spec?.hard ?? {};
        const wanted = usageOf(group, resource, object);
        const before = oldObject === undefined ? {} : usageOf(group, resource, oldObject);
        const refuse = (why: string) => forbidden({ group, resource }, object.metadata.name ?? name, why);

        const missing = Object.keys(hard).filter(
          (key) => isCompute(key) && resource === 'pods' && wanted[key] === undefined,
        );
        if (missing.length > 0 && operation === 'CREATE') {
          throw refuse(`failed quota: ${quota.metadata?.name}: must specify ${missing.sort().join(',')}`);
        }
        const delta = Object.fromEntries(
          Object.keys(hard)
            .filter((key) => wanted[key] !== undefined)
            .map((key) => [key, subtractQuantities(wanted[key]!, before[key] ?? '0')])
            .filter(([, value]) => compareQuantities(value!, '0') > 0),
        ) as ResourceList;
        if (Object.keys(delta).length === 0) continue;

        const stored = await objects.list(group, resource, namespace);
        const used = sumOf(
          stored
            .filter((other) => inScope(quota, resource, other))
            .map((other) => usageOf(group, resource, other)),
        );
        const exceeded = Object.keys(delta)
          .filter((key) => compareQuantities(addQuantities(used[key] ?? '0', delta[key]!), hard[key]!) > 0)
          .sort();
        if (exceeded.length > 0) {
          throw refuse(
            `exceeded quota: ${quota.metadata?.name}, requested: ${pretty(delta, exceeded)}, used: ${pretty(used, exceeded)}, limited: ${pretty(hard, exceeded)}`,
          );
        }
      }
    },
  };
}

const isCompute = (key: string) =>
  computeNames.some((name) => [name, `requests.${name}`, `limits.${name}`].includes(key));
