import { onAbort } from '../../../lib/abort.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Lease } from '../../api/types/coordination-v1.ts';
import type { Node, Pod } from '../../api/types/core-v1.ts';
import { isNotFound, keyOf, ResourceClient, splitKey } from '../../client/index.ts';
import { findCondition, setCondition } from '../shared/conditions.ts';
import {
  type Controller,
  type ControllerContext,
  gvr,
  newQueue,
  recorderFor,
  runQueue,
  timestamp,
  withKind,
} from '../shared/context.ts';
import {
  evictionDelayMs,
  type Heartbeat,
  observeHeartbeat,
  sameTaints,
  silentConditions,
  taintsFor,
} from './lifecycle-plan.ts';

const monitorPeriodMs = 5_000;
/** Silence for so long makes a node's conditions Unknown (--node-monitor-grace-period). */
const gracePeriodMs = 50_000;

/**
 * Watches whether nodes live, says so in their conditions, turns conditions into taints, and lets pods go from nodes
 * that are tainted NoExecute. Models pkg/controller/nodelifecycle and tainteviction.
 */
export const nodeLifecycleController: Controller = {
  name: 'node-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const nodes = new ResourceClient<Node>(rest, gvr.nodes);
    const pods = new ResourceClient<Pod>(rest, gvr.pods);
    const recorder = recorderFor(context, rest, this.name);
    const leases = context.informers.create<Lease>({ ...gvr.leases }, {});
    void leases.run(signal);

    const taintQueue = newQueue(context);
    const evictionQueue = newQueue(context);
    const enqueueNode = (node: Node) => {
      taintQueue.add(keyOf(node));
      for (const pod of context.informers.pods.byIndex('node', node.metadata?.name ?? ''))
        evictionQueue.add(keyOf(pod));
    };
    context.informers.nodes.addHandlers({ added: enqueueNode, updated: enqueueNode });
    context.informers.pods.addHandlers({
      added: (pod) => evictionQueue.add(keyOf(pod)),
      updated: (pod, old) => {
        if (pod.spec?.nodeName !== old.spec?.nodeName) evictionQueue.add(keyOf(pod));
      },
    });

    const stopMonitor = monitor(context, leases, nodes, (node) =>
      recorder.event(
        withKind('v1', 'Node', node),
        'Normal',
        'NodeNotReady',
        `Node ${node.metadata?.name} status is now: NodeNotReady`,
      ),
    );
    onAbort(signal, stopMonitor);

    await Promise.all([
      runQueue(
        context,
        `${this.name} taints`,
        taintQueue,
        (name) => keepTaints(context, nodes, name),
        signal,
        2,
      ),
      runQueue(
        context,
        `${this.name} evictions`,
        evictionQueue,
        async (key) => {
          const delay = plannedEviction(context, key);
          if (delay === undefined || delay > 0) return delay;
          const { namespace, name } = splitKey(key);
          const pod = context.informers.pods.get(key)!;
          recorder.event(
            withKind('v1', 'Pod', pod),
            'Normal',
            'TaintManagerEviction',
            `Marking for deletion Pod ${key}`,
          );
          await pods
            .in(namespace)
            .delete(name, { preconditions: { uid: pod.metadata?.uid ?? '' } })
            .catch(ignoreNotFound);
          return undefined;
        },
        signal,
        2,
      ),
    ]);
  },
};

/** Looks at all nodes every few seconds; returns how to stop. */
function monitor(
  context: ControllerContext,
  leases: { get(key: string): Lease | undefined },
  nodes: ResourceClient<Node>,
  onSilent: (node: Node) => void,
): () => void {
  const heartbeats = new Map<string, Heartbeat>();
  return context.clock.every(monitorPeriodMs, () => {
    for (const node of context.informers.nodes.list()) {
      const name = node.metadata?.name ?? '';
      const renewed = leases.get(`kube-node-lease/${name}`)?.spec?.renewTime ?? '';
      const posted = findCondition(node.status?.conditions, 'Ready') as
        | { lastHeartbeatTime?: string }
        | undefined;
      const now = context.clock.monotonic();
      const heartbeat = observeHeartbeat(
        heartbeats.get(name),
        `${renewed} ${posted?.lastHeartbeatTime ?? ''}`,
        now,
      );
      heartbeats.set(name, heartbeat);
      if (now - heartbeat.seenAtMs < gracePeriodMs) continue;
      const unknown = silentConditions(node, timestamp(context.clock));
      if (unknown === undefined) continue;
      if (findCondition(node.status?.conditions, 'Ready')?.status === 'True') onSilent(node);
      const conditions = unknown.reduce(
        (all, condition) => setCondition(all, condition),
        node.status?.conditions ?? [],
      );
      nodes
        .updateStatus({ ...node, apiVersion: 'v1', kind: 'Node', status: { ...node.status, conditions } })
        .catch((error: unknown) => {
          context.logger.warning('cannot mark a silent node', { node: name, err: errorMessage(error) });
        });
    }
  });
}

async function keepTaints(
  context: ControllerContext,
  nodes: ResourceClient<Node>,
  name: string,
): Promise<undefined> {
  const node = context.informers.nodes.get(name);
  if (node === undefined) return undefined;
  const taints = taintsFor(node, timestamp(context.clock));
  if (sameTaints(taints, node.spec?.taints ?? [])) return undefined;
  // The resourceVersion in the patch makes it fail when somebody else changed the node meanwhile.
  const metadata = { resourceVersion: node.metadata?.resourceVersion };
  await nodes
    .patch(name, { metadata, spec: { taints: taints.length === 0 ? null : taints } }, 'merge')
    .catch(ignoreNotFound);
  return undefined;
}

function plannedEviction({ informers, clock }: ControllerContext, key: string): number | undefined {
  const pod = informers.pods.get(key);
  if (pod === undefined || pod.metadata?.deletionTimestamp !== undefined) return undefined;
  const node = informers.nodes.get(pod.spec?.nodeName ?? '');
  return node === undefined ? undefined : evictionDelayMs(pod, node.spec?.taints ?? [], clock.now());
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
