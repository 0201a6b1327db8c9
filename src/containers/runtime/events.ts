import type { ContainerEventInit } from '../../kube/cri/index.ts';

type Listener = (event: ContainerEventInit) => void;

/** Hands each event to everyone who listens now; nobody listening, nothing is kept (as GetContainerEvents wants it). */
export class EventHub {
  readonly #listeners = new Set<Listener>();

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(event: ContainerEventInit): void {
    for (const listener of this.#listeners) listener(event);
  }
}
