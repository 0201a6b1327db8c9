import type { Pod } from '../../api/types/core-v1.ts';
import { podsInRuntime, readPodStatus, runtimeErrorText } from '../runtime/container-runtime.ts';
import { killPod, removePod } from './killing.ts';
import { uidOf } from './pod.ts';
import { PodWorker, type PodWorkerOptions } from './pod-worker.ts';

/** One worker a pod of this node. */
export class PodWorkers {
  readonly #options: Omit<PodWorkerOptions, 'onGone'>;
  readonly #workers = new Map<string, PodWorker>();

  constructor(options: Omit<PodWorkerOptions, 'onGone'>) {
    this.#options = options;
  }

  list(): Pod[] {
    return [...this.#workers.values()].map(({ pod }) => pod);
  }

  find(namespace: string, name: string): Pod | undefined {
    return this.list().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  update(pod: Pod): void {
    const uid = uidOf(pod);
    const known = this.#workers.get(uid);
    this.#options.statuses.observe(pod);
    if (known !== undefined) {
      known.update(pod);
      return;
    }
    // What the pod refers to was perhaps made a moment ago, after we last asked for it.
    this.#options.environment.objects.forgetNamespace(pod.metadata.namespace ?? 'default');
    const worker = new PodWorker(pod, {
      ...this.#options,
      onGone: (gone) => this.#workers.delete(gone),
    });
    this.#workers.set(uid, worker);
    worker.update(pod);
  }

  remove(pod: Pod): void {
    this.#workers.get(uidOf(pod))?.remove(pod);
  }

  poke(uid: string): void {
    this.#workers.get(uid)?.poke();
  }

  pokeAll(): void {
    for (const worker of this.#workers.values()) worker.poke();
  }

  close(): void {
    for (const worker of this.#workers.values()) worker.close();
  }

  /** Ends pods that were deleted while no kubelet looked: sandboxes that no pod of the API accounts for. */
  async removeOrphans(): Promise<void> {
    const { environment } = this.#options;
    for (const uid of await podsInRuntime(environment.cri)) {
      if (this.#workers.has(uid)) continue;
      try {
        const runtime = await readPodStatus(environment.cri, uid);
        const metadata = runtime.sandboxes[0]?.metadata;
        const orphan: Pod = {
          metadata: { name: metadata?.name ?? '', namespace: metadata?.namespace ?? '', uid },
          spec: { containers: [] },
        };
        environment.logger.info('Removing orphaned pod', { podUID: uid, pod: metadata?.name });
        await killPod({ ...environment, event: () => {} }, orphan, runtime, 1);
        await removePod(environment, orphan, runtime);
      } catch (error) {
        environment.logger.error('Orphaned pod not removed', { podUID: uid, err: runtimeErrorText(error) });
      }
    }
  }
}
