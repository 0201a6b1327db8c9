import { isRecord } from '../../../lib/is-record.ts';
import { hasEnded, isReady, isTerminating } from '../../api/pods.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { apiTime } from '../../api/time.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { PodDisruptionBudget } from '../../api/types/policy-v1.ts';
import { ApiError } from '../api-error.ts';
import { groupResource } from '../registry/before-write.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import { loopbackUser } from '../registry/registry.ts';
import type { KubeObject } from '../request.ts';
import { type Answer, type ApiRequest, json } from '../server/exchange.ts';
import { badRequest, internalError, notFound } from '../status-errors.ts';
import { readObject } from './body.ts';
import { admissionAttributes, admit, type EndpointContext } from './context.ts';
import { isDryRun } from './request-options.ts';

/**
 * POST pods/NAME/eviction: a deletion that asks the disruption budget first. Models
 * pkg/registry/core/pod/storage/eviction.go.
 */
export async function handleEviction(
  context: EndpointContext,
  request: ApiRequest,
  pods: ResourceInfo,
): Promise<Answer> {
  const { namespace, name } = request.info;
  const { registry } = context;
  const body = await readObject(request, context.machinery, { apiVersion: 'policy/v1', kind: 'Eviction' });
  const named = body.metadata.name ?? '';
  if (named !== '' && named !== name) {
    throw badRequest(`name in URL does not match name in Eviction object: ${name} != ${named}`);
  }
  const options = (isRecord(body.deleteOptions) ? body.deleteOptions : {}) as DeleteOptions & {
    dryRun?: string[];
  };
  const dryRun = isDryRun(request.query) || options.dryRun?.includes('All') === true;
  await admit(context, admissionAttributes(request, 'CREATE', body, undefined, dryRun));
  const store = registry.store(pods);
  const stored = await store.storage.get(store.key(namespace, name));
  if (stored === undefined) throw notFound(groupResource(pods), name);
  const pod = stored.object as unknown as Pod;
  if (needsBudget(pod)) {
    const budgets = await registry.reader.list('policy', 'poddisruptionbudgets', namespace);
    const matching = budgets.filter((budget) => selects(context, budget, stored.object));
    if (matching.length > 1) {
      throw internalError(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    }
    const budget = matching[0];
    if (budget !== undefined && !disruptsNobody(pod, budget as unknown as PodDisruptionBudget)) {
      await takeFromBudget(context, budget, name, dryRun);
    }
  }
  if (!dryRun) await markAsEvicted(context, pods, namespace, name);
  await store.delete(namespace, name, options, { user: request.user, dryRun });
  return json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

/** A pod that has ended, waits or is going already disrupts nobody. */
const needsBudget = (pod: Pod): boolean =>
  !hasEnded(pod) && !isTerminating(pod) && pod.status?.phase !== 'Pending';

/** A pod that is not ready counts for nothing, unless its budget is already short of healthy ones. */
function disruptsNobody(pod: Pod, budget: PodDisruptionBudget): boolean {
  if (isReady(pod)) return false;
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

/** The pod says itself why it went. */
async function markAsEvicted(
  context: EndpointContext,
  pods: ResourceInfo,
  namespace: string,
  name: string,
): Promise<void> {
  await context.registry.store(pods).update(namespace, name, {
    user: loopbackUser,
    dryRun: false,
    subresource: 'status',
    async transform(current) {
      if (current === undefined) throw notFound(groupResource(pods), name);
      const status: NonNullable<Pod['status']> = (current as unknown as Pod).status ?? {};
      const others = (status.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        lastTransitionTime: apiTime(context.clock.now()),
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      };
      return { ...current, status: { ...status, conditions: [...others, condition] } };
    },
  });
}

function selects(context: EndpointContext, budget: KubeObject, pod: KubeObject): boolean {
  const selector = (budget as unknown as PodDisruptionBudget).spec?.selector;
  if (selector === undefined) return false;
  const terms = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator === 'In') terms.push(`${key} in (${values.join(',')})`);
    else if (operator === 'NotIn') terms.push(`${key} notin (${values.join(',')})`);
    else terms.push(operator === 'Exists' ? key : `!${key}`);
  }
  return context.machinery.parseLabelSelector(terms.join(','))(pod.metadata.labels ?? {});
}

/** Takes one disruption from the budget, or refuses with 429 so that the client tries again later. */
async function takeFromBudget(
  context: EndpointContext,
  budget: KubeObject,
  podName: string,
  dryRun: boolean,
): Promise<void> {
  const store = context.registry.storeOf('policy', 'poddisruptionbudgets');
  const { namespace = '', name = '' } = budget.metadata;
  await store.update(namespace, name, {
    user: loopbackUser,
    dryRun,
    subresource: 'status',
    async transform(current) {
      if (current === undefined) throw notFound({ group: 'policy', resource: 'poddisruptionbudgets' }, name);
      const pdb = current as unknown as PodDisruptionBudget;
      const { status } = pdb;
      // Its controller has not yet looked at the budget as it is now.
      if (status === undefined || (status.observedGeneration ?? 0) < (current.metadata.generation ?? 0)) {
        throw refuseEviction(`The disruption budget ${name} is still being processed by the server.`, 10);
      }
      const allowed = status.disruptionsAllowed ?? 0;
      if (allowed <= 0) {
        throw refuseEviction(
          `The disruption budget ${name} needs ${status.desiredHealthy ?? 0} healthy pods and has ${status.currentHealthy ?? 0} currently`,
        );
      }
      status.disruptionsAllowed = allowed - 1;
      status.disruptedPods = {
        ...status.disruptedPods,
        [podName]: apiTime(context.clock.now()),
      };
      return current;
    },
  });
}

const refuseEviction = (message: string, retryAfterSeconds?: number) =>
  new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
