import type { Cancel, Clock } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Container, Pod, Probe } from '../../api/types/core-v1.ts';
import type { CriClient } from '../../cri/index.ts';
import type { ProbeResults } from '../pods/compute-pod-actions.ts';
import { allContainers, isSidecar, uidOf } from '../pods/pod.ts';
import {
  newestContainer,
  type PodRuntimeStatus,
  type RuntimeContainer,
} from '../runtime/pod-runtime-status.ts';
import { runProbe } from './probe.ts';
import { initialState, nextState, type ProbeKind, type ProbeState } from './probe-state.ts';

export interface ProbeManagerOptions {
  readonly cri: CriClient;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly event: (
    pod: Pod,
    container: string,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ) => void;
  /** A result changed: the pod has to be looked at. */
  readonly onResult: (podUid: string) => void;
}

interface Worker {
  readonly kind: ProbeKind;
  readonly podUid: string;
  readonly containerId: string;
  state: ProbeState;
  cancel: Cancel;
  stopped: boolean;
}

const fieldOf = (container: Container, kind: ProbeKind): Probe | undefined =>
  kind === 'Liveness'
    ? container.livenessProbe
    : kind === 'Readiness'
      ? container.readinessProbe
      : container.startupProbe;

const kinds: readonly ProbeKind[] = ['Startup', 'Liveness', 'Readiness'];

/**
 * One worker a probe of a running container. Liveness and readiness wait until the startup probe has succeeded; after
 * a final failure of liveness or startup the worker rests until the container is a new one. Models pkg/kubelet/prober.
 */
export class ProbeManager implements ProbeResults {
  readonly #options: ProbeManagerOptions;
  readonly #random: () => number;
  /** By container id and kind. */
  readonly #workers = new Map<string, Worker>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  liveness(containerId: string): boolean | undefined {
    return this.#workers.get(`${containerId}/Liveness`)?.state.result;
  }

  readiness(containerId: string): boolean | undefined {
    return this.#workers.get(`${containerId}/Readiness`)?.state.result;
  }

  startup(containerId: string): boolean | undefined {
    return this.#workers.get(`${containerId}/Startup`)?.state.result;
  }

  /** Brings the workers in line with the containers that run now. */
  sync(pod: Pod, runtime: PodRuntimeStatus): void {
    const uid = uidOf(pod);
    const wanted = new Set<string>();
    const init = new Set(
      (pod.spec?.initContainers ?? []).filter((one) => !isSidecar(one)).map(({ name }) => name),
    );
    for (const container of allContainers(pod)) {
      const current = newestContainer(runtime, container.name);
      if (current?.state !== 'running' || init.has(container.name)) continue;
      for (const kind of kinds) {
        const probe = fieldOf(container, kind);
        if (probe === undefined) continue;
        const key = `${current.id}/${kind}`;
        wanted.add(key);
        if (!this.#workers.has(key))
          this.#start(key, kind, pod, container, probe, current, runtime.ips[0] ?? '');
      }
    }
    for (const [key, worker] of this.#workers)
      if (worker.podUid === uid && !wanted.has(key)) this.#stop(key, worker);
  }

  /** Liveness and startup count no more for a pod that is being ended; readiness goes on. */
  stopForTermination(uid: string): void {
    for (const [key, worker] of this.#workers)
      if (worker.podUid === uid && worker.kind !== 'Readiness') this.#stop(key, worker);
  }

  remove(uid: string): void {
    for (const [key, worker] of this.#workers) if (worker.podUid === uid) this.#stop(key, worker);
  }

  close(): void {
    for (const [key, worker] of this.#workers) this.#stop(key, worker);
  }

  #stop(key: string, worker: Worker): void {
    worker.stopped = true;
    worker.cancel();
    this.#workers.delete(key);
  }

  #start(
    key: string,
    kind: ProbeKind,
    pod: Pod,
    container: Container,
    probe: Probe,
    current: RuntimeContainer,
    podIP: string,
  ): void {
    const { clock } = this.#options;
    const worker: Worker = {
      kind,
      podUid: uidOf(pod),
      containerId: current.id,
      state: initialState(kind),
      cancel: () => {},
      stopped: false,
    };
    this.#workers.set(key, worker);
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const age = clock.now() - current.startedAt;
    const delay = (probe.initialDelaySeconds ?? 0) * 1000 - age;
    const once = async () => {
      if (worker.stopped) return;
      const waits =
        kind !== 'Startup' && container.startupProbe !== undefined && this.startup(current.id) !== true;
      if (!waits) await this.#try(worker, pod, container, probe, podIP);
      if (worker.stopped) return;
      // A container that is about to be restarted is not probed again.
      if (kind !== 'Readiness' && worker.state.result === false) return;
      if (kind === 'Startup' && worker.state.result === true) return;
      worker.cancel = clock.after(periodMs, once);
    };
    // After a restart of the kubelet not all probes of the node should run in the same moment.
    worker.cancel = clock.after(
      age > 60_000 ? Math.max(delay, this.#random() * periodMs) : Math.max(0, delay),
      once,
    );
  }

  async #try(worker: Worker, pod: Pod, container: Container, probe: Probe, podIP: string): Promise<void> {
    const { cri, event, onResult } = this.#options;
    const { kind } = worker;
    let outcome: { readonly ok: boolean; readonly output: string };
    try {
      outcome = await runProbe(cri, probe, container, worker.containerId, podIP);
    } catch (error) {
      if (worker.stopped) return;
      event(pod, container.name, 'Warning', 'Unhealthy', `${kind} probe errored: ${errorMessage(error)}`);
      return;
    }
    if (worker.stopped) return;
    if (!outcome.ok)
      event(pod, container.name, 'Warning', 'Unhealthy', `${kind} probe failed: ${outcome.output}`);
    const before = worker.state.result;
    worker.state = nextState(worker.state, probe, outcome.ok);
    if (worker.state.result !== before) onResult(worker.podUid);
  }
}
