import { isDeepStrictEqual } from 'node:util';
import { controllerOf } from '../../api/owners.ts';
import { labelSelectorMatches } from '../../api/selectors/labels.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { PodDisruptionBudget } from '../../api/types/policy-v1.ts';
import { isConflict, isNotFound, keyOf, ResourceClient } from '../../client/index.ts';
import {
  type Controller,
  type ControllerContext,
  gvr,
  newQueue,
  runQueue,
  timestamp,
} from '../shared/context.ts';
import { planBudget } from './plan.ts';

/**
 * Counts for each PodDisruptionBudget how many of its pods are healthy, so that the API server can allow an eviction or
 * refuse it. Models pkg/controller/disruption.
 */
export const disruptionController: Controller = {
  name: 'disruption-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const client = new ResourceClient<PodDisruptionBudget>(rest, gvr.podDisruptionBudgets);
    const budgets = context.informers.create<PodDisruptionBudget>(gvr.podDisruptionBudgets, {
      indexes: { namespace: (budget) => [budget.metadata?.namespace ?? ''] },
    });
    const queue = newQueue(context);
    const enqueue = (budget: PodDisruptionBudget) => queue.add(keyOf(budget));
    budgets.addHandlers({ added: enqueue, updated: enqueue });
    const enqueueFor = (pod: Pod) => {
      for (const budget of budgets.byIndex('namespace', pod.metadata?.namespace ?? '')) {
        if (selects(budget, pod)) enqueue(budget);
      }
    };
    context.informers.pods.addHandlers({
      added: enqueueFor,
      updated(pod, old) {
        enqueueFor(pod);
        if (!isDeepStrictEqual(pod.metadata?.labels, old.metadata?.labels)) enqueueFor(old);
      },
      deleted: enqueueFor,
    });
    void budgets.run(signal);

    await runQueue(
      context,
      this.name,
      queue,
      async (key) => {
        const budget = budgets.get(key);
        if (budget === undefined) return undefined;
        const { informers, clock } = context;
        const namespace = budget.metadata?.namespace ?? '';
        const pods = informers.pods.byIndex('namespace', namespace).filter((pod) => selects(budget, pod));
        const now = { ms: clock.now(), text: timestamp(clock) };
        const { status, againInMs } = planBudget({ budget, pods, wanted: wantedFor(context, pods), now });
        if (!isDeepStrictEqual(status, budget.status)) await write(client, { ...budget, status });
        return againInMs;
      },
      signal,
      1,
    );
  },
};

const selects = (budget: PodDisruptionBudget, pod: Pod): boolean =>
  budget.spec?.selector !== undefined &&
  labelSelectorMatches(budget.spec.selector, pod.metadata?.labels ?? {});

/** The sizes of the workloads that own the pods, each counted once. Pods without an owner are not counted. */
function wantedFor({ informers }: ControllerContext, pods: readonly Pod[]): number {
  const sizes = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'ReplicaSet') continue;
    const namespace = pod.metadata?.namespace ?? '';
    const set = informers.replicaSets.get(`${namespace}/${owner.name}`);
    if (set?.metadata?.uid !== owner.uid) continue;
    const parent = controllerOf(set);
    const deployment =
      parent?.kind === 'Deployment' ? informers.deployments.get(`${namespace}/${parent.name}`) : undefined;
    if (deployment !== undefined && deployment.metadata?.uid === parent?.uid) {
      sizes.set(parent!.uid, deployment.spec?.replicas ?? 1);
    } else sizes.set(owner.uid, set.spec?.replicas ?? 1);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function write(
  client: ResourceClient<PodDisruptionBudget>,
  budget: PodDisruptionBudget,
): Promise<void> {
  try {
    await client
      .in(budget.metadata?.namespace)
      .updateStatus({ ...budget, apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' });
  } catch (error) {
    // An eviction has just taken from it, or it is gone: the watch brings it back.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
