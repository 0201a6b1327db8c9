import { isDeepStrictEqual } from 'node:util';
import { errorMessage } from '../../../lib/errors.ts';
import { controllerOf } from '../../api/owners.ts';
import { isReady } from '../../api/pods.ts';
import type { ReplicaSet } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { type EventRecorder, isNotFound, keyOf, ResourceClient, StatusError } from '../../client/index.ts';
import { claim, type Owner, ownerReference } from '../shared/adoption.ts';
import {
  type Controller,
  type ControllerContext,
  gvr,
  newQueue,
  podOwnerIndex,
  recorderFor,
  runQueue,
  timestamp,
  withKind,
} from '../shared/context.ts';
import { Expectations } from '../shared/expectations.ts';
import { availableInMs, isActive } from '../shared/pods.ts';
import { planScale, statusOf } from './plan.ts';

const ownerOf = (replicaSet: ReplicaSet): Owner => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: replicaSet.metadata?.name ?? '',
  uid: replicaSet.metadata?.uid ?? '',
  deleting: replicaSet.metadata?.deletionTimestamp !== undefined,
  selector: replicaSet.spec?.selector,
});

/** Keeps as many pods as asked for. Models pkg/controller/replicaset. */
export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const loop = new ReplicaSetLoop(context, {
      pods: new ResourceClient<Pod>(rest, gvr.pods),
      replicaSets: new ResourceClient<ReplicaSet>(rest, gvr.replicaSets),
      recorder: recorderFor(context, rest, this.name),
    });
    const queue = newQueue(context);
    loop.wire((key) => queue.add(key));
    await runQueue(context, this.name, queue, (key) => loop.reconcile(key), signal);
  },
};

interface Clients {
  readonly pods: ResourceClient<Pod>;
  readonly replicaSets: ResourceClient<ReplicaSet>;
  readonly recorder: EventRecorder;
}

class ReplicaSetLoop {
  readonly #context: ControllerContext;
  readonly #clients: Clients;
  readonly #expectations: Expectations;

  constructor(context: ControllerContext, clients: Clients) {
    this.#context = context;
    this.#clients = clients;
    this.#expectations = new Expectations(context.clock);
  }

  wire(enqueue: (key: string) => void): void {
    const { replicaSets, pods } = this.#context.informers;
    const ownerKey = (pod: Pod) => {
      const owner = controllerOf(pod);
      return owner?.kind === 'ReplicaSet' ? `${pod.metadata?.namespace}/${owner.name}` : undefined;
    };
    const enqueueOwner = (pod: Pod) => {
      const key = ownerKey(pod);
      if (key !== undefined) enqueue(key);
      // An orphan may belong to any set of its namespace.
      else if (controllerOf(pod) === undefined) {
        for (const set of replicaSets.list())
          if (set.metadata?.namespace === pod.metadata?.namespace) enqueue(keyOf(set));
      }
    };
    replicaSets.addHandlers({
      added: (set) => enqueue(keyOf(set)),
      updated: (set) => enqueue(keyOf(set)),
      deleted: (set) => {
        this.#expectations.forget(keyOf(set));
        enqueue(keyOf(set));
      },
    });
    pods.addHandlers({
      added: (pod) => {
        const key = ownerKey(pod);
        if (key !== undefined) this.#expectations.creationObserved(key);
        enqueueOwner(pod);
      },
      updated: (pod, old) => {
        const key = ownerKey(pod);
        if (key !== undefined && pod.metadata?.deletionTimestamp !== undefined) {
          this.#expectations.deletionObserved(key, pod.metadata.uid ?? '');
        }
        enqueueOwner(pod);
        if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) enqueueOwner(old);
      },
      deleted: (pod) => {
        const key = ownerKey(pod);
        if (key !== undefined) this.#expectations.deletionObserved(key, pod.metadata?.uid ?? '');
        enqueueOwner(pod);
      },
    });
  }

  async reconcile(key: string): Promise<number | undefined> {
    const { informers, clock } = this.#context;
    const set = informers.replicaSets.get(key);
    if (set === undefined) return undefined;
    const mayAct = this.#expectations.satisfied(key);
    const candidates = [
      ...informers.pods.byIndex(podOwnerIndex, set.metadata?.uid ?? ''),
      ...informers.pods.byIndex(podOwnerIndex, `orphan/${set.metadata?.namespace}`),
    ];
    const claimed = await claim(ownerOf(set), candidates.filter(isActive), this.#clients.pods);
    const failure =
      mayAct && set.metadata?.deletionTimestamp === undefined
        ? await this.#scale(key, set, claimed)
        : undefined;
    await this.#writeStatus(set, claimed, failure);
    if (failure !== undefined) throw new Error(failure);
    // A pod that is ready but not yet available counts only after minReadySeconds, and no event will tell.
    const minReady = set.spec?.minReadySeconds ?? 0;
    const waits = claimed
      .filter(isReady)
      .map((pod) => availableInMs(pod, minReady, clock.now()))
      .filter((ms) => ms > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** Resolves to what went wrong, if anything did. */
  async #scale(key: string, set: ReplicaSet, active: readonly Pod[]): Promise<string | undefined> {
    const plan = planScale(set, active);
    if ('create' in plan) return plan.create === 0 ? undefined : this.#create(key, set, plan.create);
    if (plan.remove.length === 0) return undefined;
    this.#expectations.expectDeletions(
      key,
      plan.remove.map((pod) => pod.metadata?.uid ?? ''),
    );
    await Promise.all(plan.remove.map((pod) => this.#remove(key, set, pod)));
    return undefined;
  }

  /** In batches of 1, 2, 4, …: when the first is refused, the others need not be tried. */
  async #create(key: string, set: ReplicaSet, count: number): Promise<string | undefined> {
    this.#expectations.expectCreations(key, count);
    let created = 0;
    for (let batch = 1; created < count; batch *= 2) {
      const size = Math.min(batch, count - created);
      const results = await Promise.allSettled(Array.from({ length: size }, () => this.#createPod(set)));
      const failed = results.filter((result) => result.status === 'rejected');
      for (const _ of failed) this.#expectations.creationObserved(key);
      created += size;
      if (failed.length === 0) continue;
      for (let skipped = created; skipped < count; skipped++) this.#expectations.creationObserved(key);
      const message = errorMessage(failed[0]!.reason);
      this.#clients.recorder.event(
        withKind('apps/v1', 'ReplicaSet', set),
        'Warning',
        'FailedCreate',
        `Error creating: ${message}`,
      );
      return message;
    }
    return undefined;
  }

  async #createPod(set: ReplicaSet): Promise<void> {
    const template = set.spec?.template;
    const { labels, annotations, finalizers } = template?.metadata ?? {};
    const namespace = set.metadata?.namespace ?? '';
    const pod = await this.#clients.pods.in(namespace).create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${set.metadata?.name}-`,
        namespace,
        ...(labels && { labels }),
        ...(annotations && { annotations }),
        ...(finalizers && { finalizers }),
        ownerReferences: [ownerReference(ownerOf(set))],
      },
      ...(template?.spec && { spec: template.spec }),
    });
    const message = `Created pod: ${pod.metadata?.name}`;
    this.#clients.recorder.event(
      withKind('apps/v1', 'ReplicaSet', set),
      'Normal',
      'SuccessfulCreate',
      message,
    );
  }

  async #remove(key: string, set: ReplicaSet, pod: Pod): Promise<void> {
    const { name = '', namespace, uid = '' } = pod.metadata ?? {};
    try {
      await this.#clients.pods.in(namespace).delete(name, { preconditions: { uid } });
      this.#clients.recorder.event(
        withKind('apps/v1', 'ReplicaSet', set),
        'Normal',
        'SuccessfulDelete',
        `Deleted pod: ${name}`,
      );
    } catch (error) {
      this.#expectations.deletionObserved(key, uid);
      if (!isNotFound(error)) throw error;
    }
  }

  async #writeStatus(set: ReplicaSet, active: readonly Pod[], failure: string | undefined): Promise<void> {
    const { clock } = this.#context;
    const status = statusOf(set, active, failure, { ms: clock.now(), text: timestamp(clock) });
    const counts = ({ conditions, ...rest }: NonNullable<ReplicaSet['status']>) => ({
      fullyLabeledReplicas: 0,
      readyReplicas: 0,
      availableReplicas: 0,
      ...rest,
      conditions: (conditions ?? []).map(({ type, message }) => [type, message]),
    });
    if (set.status !== undefined && isDeepStrictEqual(counts(set.status), counts(status))) return;
    try {
      await this.#clients.replicaSets
        .in(set.metadata?.namespace)
        .updateStatus({ ...set, apiVersion: 'apps/v1', kind: 'ReplicaSet', status });
    } catch (error) {
      // Deleted or changed meanwhile: the watch brings it back.
      if (!(error instanceof StatusError && (error.code === 404 || error.code === 409))) throw error;
    }
  }
}
