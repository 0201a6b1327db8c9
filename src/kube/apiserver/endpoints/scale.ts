import type { ResourceInfo, SubresourceInfo } from '../../api/resources.ts';
import { checkAgainstUrl, groupResource } from '../registry/before-write.ts';
import { readObject as readStored } from '../registry/selection.ts';
import { part } from '../registry/strategy.ts';
import type { KubeObject } from '../request.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { invalid, methodNotAllowed, notFound } from '../status-errors.ts';
import { readObject } from './body.ts';
import type { EndpointContext } from './context.ts';
import { readPatch } from './patch.ts';
import { acceptedBy, presentValue } from './present.ts';
import { writeRequest } from './write.ts';

const apiVersion = 'autoscaling/v1';
const schema = 'autoscaling-v1.Scale';

/**
 * deployments/NAME/scale and its like: the replica count of any workload seen as a Scale, so that an autoscaler or
 * `kubectl scale` need not know the kind. Models pkg/registry/apps/deployment/storage ScaleREST.
 */
export async function handleScale(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
  subresource: SubresourceInfo,
): Promise<Answer> {
  const { namespace, name, verb } = request.info;
  const store = context.registry.store(resource);
  if (verb === 'get') {
    const version = request.query.get('resourceVersion') ?? '';
    const stored = await readStored(context.registry.cacher, store, namespace, name, version);
    if (stored === undefined) throw notFound(groupResource(resource), name);
    return presentValue(acceptedBy(request), scaleOf(stored.object, subresource), 200);
  }
  const change = await readChange(context, request, namespace, name);
  const { stored } = await store.update(namespace, name, {
    ...writeRequest(context, request, resource),
    subresource: 'scale',
    async transform(current) {
      if (current === undefined) throw notFound(groupResource(resource), name);
      const shown = scaleOf(current, subresource);
      const scale = change(shown as unknown as KubeObject);
      const { replicas = 0 } = part(scale, 'spec');
      if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
        throw invalid('autoscaling', 'Scale', name, [
          {
            reason: 'FieldValueInvalid',
            field: 'spec.replicas',
            message: `Invalid value: ${String(replicas)}: must be greater than or equal to 0`,
          },
        ]);
      }
      // The version in the Scale is the version of the object behind it.
      const resourceVersion = scale.metadata.resourceVersion ?? current.metadata.resourceVersion;
      const spec = { ...part(current, 'spec'), replicas };
      return {
        ...current,
        metadata: { ...current.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        spec,
      };
    },
  });
  return presentValue(acceptedBy(request), scaleOf(stored.object, subresource), 200);
}

async function readChange(
  context: EndpointContext,
  request: ApiRequest,
  namespace: string,
  name: string,
): Promise<(shown: KubeObject) => KubeObject> {
  switch (request.info.verb) {
    case 'patch':
      return readPatch(request, schema);
    case 'update': {
      const scale = await readObject(request, context.machinery, { apiVersion, kind: 'Scale' });
      checkAgainstUrl({ namespaced: true } as ResourceInfo, scale, namespace, name);
      return () => scale;
    }
    default:
      throw methodNotAllowed();
  }
}

function scaleOf(object: KubeObject, { scale }: SubresourceInfo): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = read(object, scale?.selector ?? '.spec.selector');
  return {
    kind: 'Scale',
    apiVersion,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: read(object, scale?.specReplicas ?? '.spec.replicas') ?? 0 },
    status: {
      replicas: read(object, scale?.statusReplicas ?? '.status.replicas') ?? 0,
      ...(selector === undefined ? {} : { selector: selectorText(selector) }),
    },
  };
}

const read = (object: KubeObject, path: string): unknown =>
  path
    .split('.')
    .filter((field) => field !== '')
    .reduce<unknown>((value, field) => (value as Record<string, unknown> | undefined)?.[field], object);

/** A LabelSelector, or the plain map of a ReplicationController, in the written form. */
function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  const value = selector as Record<string, unknown>;
  const isSelector = 'matchLabels' in value || 'matchExpressions' in value;
  const labels = (isSelector ? (value.matchLabels ?? {}) : value) as Record<string, string>;
  const expressions = (value.matchExpressions ?? []) as {
    key: string;
    operator: string;
    values?: string[];
  }[];
  const terms = Object.entries(labels).map(([key, label]) => `${key}=${label}`);
  for (const { key, operator, values = [] } of isSelector ? expressions : []) {
    if (operator === 'In') terms.push(`${key} in (${values.join(',')})`);
    else if (operator === 'NotIn') terms.push(`${key} notin (${values.join(',')})`);
    else terms.push(operator === 'Exists' ? key : `!${key}`);
  }
  return terms.join(',');
}
