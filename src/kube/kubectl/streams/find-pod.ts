import type { Pod } from '../../api/types/core-v1.ts';
import type { LabelSelector } from '../../api/types/meta-v1.ts';
import type { ApiList } from '../../client/objects.ts';
import { resourcePath } from '../../client/resource-client.ts';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { apiVersionOf } from '../cluster/discovery.ts';
import { fetchTarget, selectByWords } from '../cluster/targets.ts';
import { pods, waitForPod } from './wait-for-pod.ts';

/** `/api/v1/namespaces/default/pods/web/exec`. */
export const podPath = (pod: Pod, subresource?: string) =>
  resourcePath(pods, pod.metadata.namespace, pod.metadata.name, subresource);

/** The object of `NAME` (a pod) or `TYPE/NAME`, as the server has it. Throws StatusError, KubectlError. */
export async function fetchNamed(session: Session, word: string): Promise<KubeObject> {
  const cluster = session.cluster();
  // What a pod is need not be asked of the server.
  if (!word.includes('/')) return cluster.request('GET', resourcePath(pods, cluster.namespace, word));
  if (word.split('/').length > 2)
    throw new KubectlError('arguments in resource/name form may not have more than one slash');
  const selection = selectByWords(await cluster.discovery(), cluster.namespace, [word]);
  if (selection.kind !== 'named') throw new KubectlError('expected a resource');
  const target = selection.targets[0]!;
  const object = await fetchTarget(session, target);
  return { apiVersion: apiVersionOf(target.resource), kind: target.resource.kind, ...object };
}

export const isPod = (object: KubeObject) => object.kind === 'Pod' && object.apiVersion === 'v1';

const bySelector = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Deployment', 'Job']);
const byLabels = new Set(['Service', 'ReplicationController']);

/** How the object finds its pods, as a query. Throws KubectlError for an object that has none. Models polymorphichelpers SelectorsForObject. */
export function podSelector(object: KubeObject, what: string): string {
  const kind = object.kind ?? '';
  const { selector } = (object.spec ?? {}) as { selector?: LabelSelector | Record<string, string> };
  if (bySelector.has(kind)) return formatSelector((selector ?? {}) as LabelSelector);
  if (byLabels.has(kind)) {
    const labels = (selector ?? {}) as Record<string, string>;
    if (kind === 'Service' && Object.keys(labels).length === 0)
      throw new KubectlError(
        `${what} *v1.Service: invalid service '${object.metadata.name}': Service is defined without a selector`,
      );
    return formatSelector({ matchLabels: labels });
  }
  const type = `*${(object.apiVersion ?? '').split('/').pop()}.${kind}`;
  throw new KubectlError(`${what} ${type}: selector for ${type} not implemented`);
}

const operators: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/** As the query parameter labelSelector writes it. */
function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    const format = operators[operator];
    if (format === undefined)
      throw new KubectlError(
        `invalid label selector: ${JSON.stringify(operator)} is not a valid label selector operator`,
      );
    return format(key, values.join(','));
  });
  return [...labels, ...expressions].join(',');
}

export interface FindOptions {
  readonly order: (a: Pod, b: Pod) => number;
  /** How long to wait for the first pod when there is none yet. */
  readonly timeoutMs: number;
}

/** The pods that a selector finds, the best first; waits for one when there is none. Throws KubectlError when none comes. */
export async function findPods(
  session: Session,
  namespace: string | undefined,
  labelSelector: string,
  options: FindOptions,
): Promise<Pod[]> {
  const cluster = session.cluster();
  const path = resourcePath(pods, namespace ?? cluster.namespace);
  const list = await cluster.request<ApiList<Pod>>('GET', path, { query: { labelSelector } });
  if (list.items.length > 0) return [...list.items].sort(options.order);
  return [await waitForPod(session, namespace, { labelSelector }, options.timeoutMs, () => true)];
}

/** The pod that a word of the command line leads to: itself, or the best one of a workload's. */
export async function podOf(
  session: Session,
  object: KubeObject,
  options: FindOptions & { readonly what: string },
): Promise<Pod> {
  if (isPod(object)) return object as unknown as Pod;
  const selector = podSelector(object, options.what);
  return (await findPods(session, object.metadata.namespace, selector, options))[0]!;
}
