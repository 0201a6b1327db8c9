import { podResources, type ResourceList } from '../../api/pod-resources.ts';
import { compareQuantities, quantityMilliValue } from '../../api/quantity.ts';
import type { Container, LimitRange, LimitRangeItem, Pod } from '../../api/types/core-v1.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../request.ts';
import { forbidden } from '../status-errors.ts';

/** Defaults and bounds for the resources of pods, a namespace at a time. Models plugin/admission/limitranger. */
export function limitRanger(objects: ObjectReader): AdmissionPlugin {
  const itemsFor = async ({ namespace }: AdmissionAttributes): Promise<readonly LimitRangeItem[]> => {
    const ranges = (await objects.list('', 'limitranges', namespace)) as readonly LimitRange[];
    return ranges.flatMap((range) => range.spec?.limits ?? []);
  };
  const applies = (attributes: AdmissionAttributes) =>
    attributes.apiGroup === '' &&
    attributes.resource === 'pods' &&
    attributes.subresource === '' &&
    attributes.operation === 'CREATE' &&
    attributes.object !== undefined;
  return {
    name: 'LimitRanger',
    async mutate(attributes) {
      if (!applies(attributes)) return;
      const defaults = (await itemsFor(attributes)).filter((item) => item.type === 'Container');
      const spec = (attributes.object as Pod).spec;
      for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
        for (const item of defaults) applyDefaults(container, item);
      }
    },
    async validate(attributes) {
      if (!applies(attributes)) return;
      const pod = attributes.object as Pod;
      const problems = (await itemsFor(attributes)).flatMap((item) => violations(pod, item));
      if (problems.length > 0) {
        const what = problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`;
        throw forbidden({ group: '', resource: 'pods' }, attributes.object?.metadata.name ?? '', what);
      }
    },
  };
}

function applyDefaults(container: Container, item: LimitRangeItem): void {
  const limits = { ...item.default, ...container.resources?.limits };
  // A container that states a limit and no request asks for its limit; only then comes the default request.
  const requests = {
    ...item.defaultRequest,
    ...container.resources?.limits,
    ...container.resources?.requests,
  };
  if (Object.keys(limits).length + Object.keys(requests).length === 0) return;
  container.resources = {
    ...container.resources,
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(requests).length > 0 && { requests }),
  };
}

function violations(pod: Pod, item: LimitRangeItem): string[] {
  const spec = pod.spec!;
  if (item.type === 'Container') {
    return [...(spec.initContainers ?? []), ...spec.containers].flatMap((container) =>
      check(item, container.resources?.requests ?? {}, container.resources?.limits ?? {}),
    );
  }
  if (item.type === 'Pod') return check(item, podResources(spec, 'requests'), podResources(spec, 'limits'));
  return [];
}

function check(item: LimitRangeItem, requests: ResourceList, limits: ResourceList): string[] {
  const problems: string[] = [];
  for (const [resource, minimum] of Object.entries(item.min ?? {})) {
    const request = requests[resource];
    const what = `minimum ${resource} usage per ${item.type} is ${minimum}`;
    if (request === undefined) problems.push(`${what}.  No request is specified`);
    else if (compareQuantities(request, minimum) < 0) problems.push(`${what}, but request is ${request}`);
  }
  for (const [resource, maximum] of Object.entries(item.max ?? {})) {
    const limit = limits[resource];
    const what = `maximum ${resource} usage per ${item.type} is ${maximum}`;
    if (limit === undefined) problems.push(`${what}.  No limit is specified`);
    else if (compareQuantities(limit, maximum) > 0) problems.push(`${what}, but limit is ${limit}`);
  }
  for (const [resource, ratio] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const [limit, request] = [limits[resource], requests[resource]];
    const what = `${resource} max limit to request ratio per ${item.type} is ${ratio}`;
    if (limit === undefined || request === undefined)
      problems.push(`${what}, but no limit or request is specified`);
    else if (quantityMilliValue(limit) / quantityMilliValue(request) > quantityMilliValue(ratio) / 1000) {
      problems.push(
        `${what}, but provided ratio is ${(quantityMilliValue(limit) / quantityMilliValue(request)).toFixed(6)}`,
      );
    }
  }
  return problems;
}
