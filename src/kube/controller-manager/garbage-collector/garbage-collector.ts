import { whenAborted } from '../../../lib/abort.ts';
import type { OwnerReference } from '../../api/types/meta-v1.ts';
import {
  type ApiObject,
  Informer,
  isConflict,
  isNotFound,
  keyOf,
  ResourceClient,
  type RestClient,
  type WorkQueue,
} from '../../client/index.ts';
import { type Controller, type ControllerContext, newQueue, runQueue } from '../shared/context.ts';
import { type DiscoveredResource, discoverDeletable } from '../shared/discovery.ts';
import { type GraphNode, judge, OwnerGraph, type Verdict } from './graph.ts';

/** Never have owners worth following, and change all the time. */
const ignored = new Set(['events', 'leases']);

interface OwnedObject extends ApiObject {
  metadata?: ApiObject['metadata'] & {
    ownerReferences?: OwnerReference[];
    finalizers?: string[];
    deletionTimestamp?: string;
  };
}

const idOf = ({ group, version, resource }: DiscoveredResource) => `${group}/${version}/${resource}`;

/**
 * Deletes what has lost its last owner, for all kinds there are: a deployment takes its replica sets along, these their
 * pods. Models pkg/controller/garbagecollector.
 */
export const garbageCollector: Controller = {
  name: 'generic-garbage-collector',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const resources = (await discoverDeletable(rest)).filter(({ resource }) => !ignored.has(resource));
    const collector = new Collector(rest, resources);
    const queue = newQueue(context);
    const informers = resources.map((resource) => collector.watch(resource, queue, context));
    for (const informer of informers) void informer.run(signal);
    await Promise.race([
      Promise.all(informers.map((informer) => informer.whenSynced())),
      whenAborted(signal),
    ]);
    await runQueue(context, this.name, queue, (uid) => collector.attempt(uid), signal, 5);
  },
};

class Collector {
  readonly #rest: RestClient;
  readonly #resources: readonly DiscoveredResource[];
  readonly #graph = new OwnerGraph();

  constructor(rest: RestClient, resources: readonly DiscoveredResource[]) {
    this.#rest = rest;
    this.#resources = resources;
  }

  watch(resource: DiscoveredResource, queue: WorkQueue, context: ControllerContext): Informer<OwnedObject> {
    const client = new ResourceClient<OwnedObject>(this.#rest, resource);
    const informer = new Informer(client, { clock: context.clock, logger: context.logger });
    const upsert = (object: OwnedObject) => {
      for (const uid of this.#graph.upsert(toNode(resource, object))) queue.add(uid);
      // Its dependents may wait for what it does (foreground deletion).
      if (object.metadata?.deletionTimestamp)
        for (const { uid } of this.#graph.dependents(object.metadata.uid ?? '')) queue.add(uid);
    };
    informer.addHandlers({
      added: upsert,
      updated: upsert,
      deleted: (object) => {
        for (const uid of this.#graph.remove(object.metadata?.uid ?? '')) queue.add(uid);
      },
    });
    return informer;
  }

  async attempt(uid: string): Promise<undefined> {
    const node = this.#graph.get(uid);
    if (node === undefined) return undefined;
    const gone = new Set<string>();
    for (const owner of node.owners) if (await this.#isGone(owner, node.namespace)) gone.add(owner.uid);
    const verdict = judge(node, this.#graph, (owner) => gone.has(owner.uid));
    try {
      await this.#carryOut(node, verdict);
    } catch (error) {
      // It went by itself, or it changed and will come back by the watch.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return undefined;
  }

  /** The local copy may lag behind: before anything is deleted for want of an owner, the server is asked. */
  async #isGone(owner: OwnerReference, namespace: string): Promise<boolean> {
    if (this.#graph.get(owner.uid) !== undefined) return false;
    const [group = '', version = ''] = owner.apiVersion.includes('/')
      ? owner.apiVersion.split('/')
      : ['', owner.apiVersion];
    const resource = this.#resources.find(
      (candidate) => candidate.group === group && candidate.kind === owner.kind,
    );
    // A kind nobody knows: better keep too much than delete too much.
    if (resource === undefined) return false;
    const client = new ResourceClient<OwnedObject>(
      this.#rest,
      { ...resource, version },
      resource.namespaced ? namespace : undefined,
    );
    try {
      return (await client.get(owner.name)).metadata?.uid !== owner.uid;
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }

  async #carryOut(node: GraphNode, verdict: Verdict): Promise<void> {
    const client = this.#clientOf(node);
    switch (verdict.action) {
      case 'keep':
        return;
      case 'delete':
        await client.delete(node.name, {
          preconditions: { uid: node.uid },
          propagationPolicy: verdict.policy,
        });
        return;
      case 'drop-owners':
        await this.#dropOwners(node, verdict.uids);
        return;
      case 'orphan-dependents':
        for (const dependent of verdict.dependents) await this.#dropOwners(dependent, [node.uid]);
        return;
      case 'remove-finalizer': {
        const current = await client.get(node.name);
        const finalizers = (current.metadata?.finalizers ?? []).filter(
          (finalizer) => finalizer !== verdict.finalizer,
        );
        const { resourceVersion } = current.metadata ?? {};
        await client.patch(node.name, { metadata: { uid: node.uid, resourceVersion, finalizers } }, 'merge');
      }
    }
  }

  async #dropOwners(node: GraphNode, uids: readonly string[]): Promise<void> {
    const client = this.#clientOf(node);
    const current = await client.get(node.name);
    const ownerReferences = (current.metadata?.ownerReferences ?? []).filter(
      ({ uid }) => !uids.includes(uid),
    );
    const { resourceVersion } = current.metadata ?? {};
    await client.patch(node.name, { metadata: { uid: node.uid, resourceVersion, ownerReferences } }, 'merge');
  }

  #clientOf(node: GraphNode): ResourceClient<OwnedObject> {
    const resource = this.#resources.find((candidate) => node.id.startsWith(`${idOf(candidate)}|`))!;
    return new ResourceClient<OwnedObject>(
      this.#rest,
      resource,
      resource.namespaced ? node.namespace : undefined,
    );
  }
}

function toNode(resource: DiscoveredResource, object: OwnedObject): GraphNode {
  const {
    uid = '',
    namespace = '',
    name = '',
    ownerReferences = [],
    finalizers = [],
    deletionTimestamp,
  } = object.metadata ?? {};
  return {
    uid,
    id: `${idOf(resource)}|${keyOf(object)}`,
    kind: resource.kind,
    namespace,
    name,
    owners: ownerReferences,
    finalizers,
    deleting: deletionTimestamp !== undefined,
  };
}
