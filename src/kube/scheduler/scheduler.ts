import { onAbort } from '../../lib/abort.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { apiTime } from '../api/time.ts';
import type { Node, Pod } from '../api/types/core-v1.ts';
import {
  EventRecorder,
  Informer,
  isConflict,
  isNotFound,
  keyOf,
  ResourceClient,
  type RestClient,
  WorkQueue,
} from '../client/index.ts';
import { type NodeInfo, nodeInfo } from './cluster.ts';
import { schedulePod } from './schedule-pod.ts';

const profile = 'default-scheduler';

/** A pod that fits nowhere is looked at again when the cluster changes, and at the latest after this long. */
const unschedulableRetryMs = 60_000;

export interface SchedulerOptions {
  readonly rest: RestClient;
  readonly logger: Logger;
  readonly host: string;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Watches for pods without a node and binds each to one. A pod that was just bound is counted on its node at once
 * (`assumed`), before the watch brings it back: else the next pod would be placed on a picture that is out of date.
 */
export class Scheduler {
  readonly #pods: ResourceClient<Pod>;
  readonly #podInformer: Informer<Pod>;
  readonly #nodeInformer: Informer<Node>;
  readonly #recorder: EventRecorder;
  readonly #queue: WorkQueue;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #clock: Clock;
  readonly #assumed = new Map<string, Pod>();
  readonly #unschedulable = new Set<string>();

  constructor({ rest, logger, host, clock = systemClock, random = Math.random }: SchedulerOptions) {
    this.#logger = logger;
    this.#random = random;
    this.#clock = clock;
    this.#pods = new ResourceClient<Pod>(rest, { group: '', version: 'v1', resource: 'pods' });
    const nodes = new ResourceClient<Node>(rest, { group: '', version: 'v1', resource: 'nodes' });
    // Ended pods hold nothing on their node any more: the server leaves them out.
    this.#podInformer = new Informer(this.#pods, {
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      indexes: { node: (pod) => [pod.spec?.nodeName ?? ''] },
      clock,
      logger,
    });
    this.#nodeInformer = new Informer(nodes, { clock, logger });
    const events = new ResourceClient<object>(rest, { group: '', version: 'v1', resource: 'events' });
    this.#recorder = new EventRecorder({ events, component: profile, host, logger, clock });
    this.#queue = new WorkQueue({ clock, initialBackoffMs: 1000, maximumBackoffMs: 10_000 });
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#podInformer.addHandlers({
      added: (pod) => this.#onPod(pod),
      updated: (pod, old) => {
        if (isWorthALook(pod, old)) this.#onPod(pod);
      },
      deleted: (pod) => this.#onDeleted(pod),
    });
    // A node that came, went or changed may let a waiting pod fit.
    this.#nodeInformer.addHandlers({
      added: () => this.#retryUnschedulable(),
      updated: (node, old) => {
        if (isWorthARetry(node, old)) this.#retryUnschedulable();
      },
    });
    const informers = [this.#podInformer.run(signal), this.#nodeInformer.run(signal)];
    onAbort(signal, () => this.#queue.close());
    await Promise.race([
      Promise.all([this.#podInformer.whenSynced(), this.#nodeInformer.whenSynced()]),
      Promise.all(informers),
    ]);
    await this.#work();
    await Promise.all(informers);
  }

  /** One pod at a time: each decision builds on the one before. */
  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.get();
      if (key === undefined) return;
      try {
        await this.#scheduleOne(key);
      } catch (error) {
        this.#logger.error('Error scheduling pod; retrying', { pod: key, err: errorMessage(error) });
        this.#queue.addRateLimited(key);
      } finally {
        this.#queue.done(key);
      }
    }
  }

  #onPod(pod: Pod): void {
    const key = keyOf(pod);
    if ((pod.spec?.nodeName ?? '') !== '') {
      this.#assumed.delete(key);
      this.#forget(key);
      return;
    }
    if ((pod.spec?.schedulerName ?? profile) !== profile || pod.metadata?.deletionTimestamp !== undefined)
      return;
    if ((pod.spec?.schedulingGates ?? []).length > 0) return;
    this.#queue.add(key);
  }

  #onDeleted(pod: Pod): void {
    const key = keyOf(pod);
    this.#assumed.delete(key);
    this.#forget(key);
    this.#retryUnschedulable();
  }

  #forget(key: string): void {
    this.#unschedulable.delete(key);
    this.#queue.forget(key);
  }

  #retryUnschedulable(): void {
    for (const key of this.#unschedulable) this.#queue.add(key);
    this.#unschedulable.clear();
  }

  #snapshot(): NodeInfo[] {
    const assumedByNode = new Map<string, Pod[]>();
    for (const pod of this.#assumed.values()) {
      const onNode = assumedByNode.get(pod.spec!.nodeName!) ?? [];
      assumedByNode.set(pod.spec!.nodeName!, [...onNode, pod]);
    }
    return this.#nodeInformer.list().map((node) => {
      const name = node.metadata?.name ?? '';
      const bound = this.#podInformer.byIndex('node', name);
      return nodeInfo(node, [...bound, ...(assumedByNode.get(name) ?? [])]);
    });
  }

  async #scheduleOne(key: string): Promise<void> {
    const pod = this.#podInformer.get(key);
    if (pod === undefined || (pod.spec?.nodeName ?? '') !== '' || this.#assumed.has(key)) return;
    if (pod.metadata?.deletionTimestamp !== undefined) return;
    const result = schedulePod(pod, this.#snapshot(), this.#random);
    if (!result.fits) {
      await this.#reportUnschedulable(key, pod, result.message);
      return;
    }
    this.#assumed.set(key, { ...pod, spec: { ...pod.spec!, nodeName: result.node } });
    try {
      await this.#bind(pod, result.node);
    } catch (error) {
      this.#assumed.delete(key);
      // Somebody else was faster, or the pod is gone: the watch will tell.
      if (isConflict(error) || isNotFound(error)) return;
      throw error;
    }
    this.#forget(key);
    this.#recorder.event(
      withKind(pod),
      'Normal',
      'Scheduled',
      `Successfully assigned ${key} to ${result.node}`,
    );
    this.#logger.info('Successfully bound pod to node', {
      pod: key,
      node: result.node,
      evaluatedNodes: result.evaluated,
      feasibleNodes: result.feasible,
    });
  }

  #bind(pod: Pod, node: string): Promise<unknown> {
    const { name = '', namespace, uid } = pod.metadata ?? {};
    return this.#pods.in(namespace).createSubresource(name, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    });
  }

  async #reportUnschedulable(key: string, pod: Pod, message: string): Promise<void> {
    this.#logger.info('Unable to schedule pod; no fit; waiting', { pod: key, err: message });
    this.#unschedulable.add(key);
    this.#queue.addAfter(key, unschedulableRetryMs);
    this.#recorder.event(withKind(pod), 'Warning', 'FailedScheduling', message);
    const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (known?.status === 'False' && known.message === message) return;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: apiTime(this.#clock.now()),
    };
    try {
      await this.#pods
        .in(pod.metadata?.namespace)
        .patch(pod.metadata?.name ?? '', { status: { conditions: [condition] } }, 'strategic', 'status');
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** Objects of a list do not repeat their kind; an event needs it. */
const withKind = (pod: Pod): Pod => ({ apiVersion: 'v1', kind: 'Pod', ...pod });

/** What this scheduler itself writes into the status of a pod that fits nowhere must not bring the pod back at once. */
function isWorthALook(pod: Pod, old: Pod): boolean {
  const relevant = ({ spec, metadata }: Pod) =>
    JSON.stringify([spec, metadata?.labels, metadata?.deletionTimestamp]);
  return relevant(pod) !== relevant(old);
}

/** Heartbeats change a node's status every few minutes and make no room. */
function isWorthARetry(node: Node, old: Node): boolean {
  const relevant = ({ spec, status, metadata }: Node) =>
    JSON.stringify([spec?.taints, spec?.unschedulable, status?.allocatable, metadata?.labels]);
  return relevant(node) !== relevant(old);
}
