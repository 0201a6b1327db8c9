import type { OwnerReference } from '../../api/types/meta-v1.ts';

/** What the garbage collector knows of an object. */
export interface GraphNode {
  readonly uid: string;
  /** `apps/v1/replicasets|default/web-5d4`: resource and key. */
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly owners: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
}

const foregroundFinalizer = 'foregroundDeletion';
const orphanFinalizer = 'orphan';

/** Objects by uid, and by the uid of their owners. Pure bookkeeping; the watches feed it. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  /** Returns the uids whose fate may have changed. */
  upsert(node: GraphNode): readonly string[] {
    this.#unlink(node.uid);
    this.#nodes.set(node.uid, node);
    for (const { uid } of node.owners) {
      const dependents = this.#dependents.get(uid) ?? new Set();
      this.#dependents.set(uid, dependents.add(node.uid));
    }
    return [node.uid];
  }

  remove(uid: string): readonly string[] {
    const node = this.#nodes.get(uid);
    this.#unlink(uid);
    this.#nodes.delete(uid);
    // Its dependents have lost an owner; its owners may wait for it to go.
    return [...(this.#dependents.get(uid) ?? []), ...(node?.owners.map((owner) => owner.uid) ?? [])];
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependents(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  #unlink(uid: string): void {
    for (const owner of this.#nodes.get(uid)?.owners ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}

export type Verdict =
  | { readonly action: 'keep' }
  /** All owners are gone, or the last one waits for its dependents to go first. */
  | { readonly action: 'delete'; readonly policy: 'Background' | 'Foreground' }
  /** Some owners are gone, some stay: only the references to those that are gone must go. */
  | { readonly action: 'drop-owners'; readonly uids: readonly string[] }
  /** It was deleted with --cascade=orphan: its dependents lose their reference, then it may go. */
  | { readonly action: 'orphan-dependents'; readonly dependents: readonly GraphNode[] }
  /** It was deleted with --cascade=foreground and nothing blocks it any more. */
  | { readonly action: 'remove-finalizer'; readonly finalizer: string };

/** What becomes of an object. `ownerGone` says which of its owners do not exist. Models garbagecollector.go attemptToDeleteItem. */
export function judge(
  node: GraphNode,
  graph: OwnerGraph,
  ownerGone: (owner: OwnerReference) => boolean,
): Verdict {
  if (node.deleting) {
    if (node.finalizers.includes(orphanFinalizer)) {
      const dependents = graph.dependents(node.uid);
      return dependents.length > 0
        ? { action: 'orphan-dependents', dependents }
        : { action: 'remove-finalizer', finalizer: orphanFinalizer };
    }
    if (node.finalizers.includes(foregroundFinalizer)) {
      const blocking = graph.dependents(node.uid).filter((dependent) => blocks(dependent, node.uid));
      return blocking.length === 0
        ? { action: 'remove-finalizer', finalizer: foregroundFinalizer }
        : { action: 'keep' };
    }
    return { action: 'keep' };
  }
  if (node.owners.length === 0) return { action: 'keep' };
  const gone = node.owners.filter(ownerGone);
  const waiting = node.owners.filter(({ uid }) => {
    const owner = graph.get(uid);
    return owner?.deleting === true && owner.finalizers.includes(foregroundFinalizer);
  });
  const solid = node.owners.length - gone.length - waiting.length;
  if (solid > 0) {
    const uids = [...gone, ...waiting].map(({ uid }) => uid);
    return uids.length === 0 ? { action: 'keep' } : { action: 'drop-owners', uids };
  }
  const hasDependents = graph.dependents(node.uid).length > 0;
  return { action: 'delete', policy: waiting.length > 0 && hasDependents ? 'Foreground' : 'Background' };
}

const blocks = (dependent: GraphNode, owner: string) =>
  dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === owner && blockOwnerDeletion === true);
