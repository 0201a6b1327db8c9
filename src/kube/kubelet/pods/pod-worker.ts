import type { Cancel } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import { hasEnded, isTerminating } from '../../api/pods.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { isNotFound, type ResourceClient } from '../../client/index.ts';
import { readPodStatus, runtimeErrorText } from '../runtime/container-runtime.ts';
import type { PodRuntimeStatus } from '../runtime/pod-runtime-status.ts';
import type { StartFailure } from '../status/container-statuses.ts';
import { generatePodStatus } from '../status/generate.ts';
import type { StatusManager } from '../status/status-manager.ts';
import { killPod, removeOldContainers, removePod } from './killing.ts';
import { isHostNetwork, nameOf, namespaceOf, uidOf } from './pod.ts';
import type { PodEnvironment } from './pod-environment.ts';
import { mountVolumes, syncPod } from './sync-pod.ts';

export interface PodWorkerOptions {
  readonly environment: PodEnvironment;
  readonly statuses: StatusManager;
  readonly pods: ResourceClient<Pod>;
  /** Why pods cannot have a network now; undefined when they can. */
  readonly networkProblem: () => string | undefined;
  /** The worker's last turn is over. */
  readonly onGone: (uid: string) => void;
}

/** Content of volumes, and tokens, are looked at so often. */
const refreshMs = 60_000;
const retryMs = 2000;
const deadlineMessage = 'Pod was active on the node longer than the specified deadline';

/**
 * Looks after one pod, one turn at a time: sync while it lives, terminate when it is to end, remove when it is gone
 * from the API. Models pkg/kubelet/pod_workers.go (SyncPod, SyncTerminatingPod, SyncTerminatedPod).
 */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  readonly #failures = new Map<string, StartFailure>();
  readonly #terminating = new AbortController();
  #pod: Pod;
  #dirty = false;
  #running = false;
  #closed = false;
  #gone = false;
  #stopped = false;
  #verdict: { readonly reason: string; readonly message: string } | undefined;
  #timer: Cancel | undefined;
  #refreshedAt = 0;
  /** While the containers end: hears that the pod changed. */
  #reconsider: () => void = () => {};

  constructor(pod: Pod, options: PodWorkerOptions) {
    this.#pod = pod;
    this.#options = options;
  }

  get pod(): Pod {
    return this.#pod;
  }

  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminating.abort();
    this.#reconsider();
    this.poke();
  }

  /** The pod, as it was last, is no more in the API: what is left of it goes. */
  remove(pod: Pod): void {
    this.#pod = pod;
    this.#gone = true;
    this.#reconsider();
    this.#terminating.abort();
    this.poke();
  }

  poke(): void {
    this.#dirty = true;
    if (!this.#running && !this.#closed) void this.#run();
  }

  /** The kubelet ends; the containers run on. */
  close(): void {
    this.#closed = true;
    this.#timer?.();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const { clock, logger } = this.#options.environment;
    while (this.#dirty && !this.#closed) {
      this.#dirty = false;
      this.#timer?.();
      let againMs: number | undefined;
      try {
        againMs = await this.#turn();
      } catch (error) {
        logger.error('Error syncing pod, skipping', {
          pod: `${namespaceOf(this.#pod)}/${nameOf(this.#pod)}`,
          err: runtimeErrorText(error),
        });
        againMs = retryMs;
      }
      if (againMs !== undefined && !this.#closed) this.#timer = clock.after(againMs, () => this.poke());
    }
    this.#running = false;
  }

  async #turn(): Promise<number | undefined> {
    const { environment, networkProblem } = this.#options;
    const { cri, clock } = environment;
    const pod = this.#pod;
    const runtime = await readPodStatus(cri, uidOf(pod));
    const ended = () => hasEnded({ status: this.#options.statuses.get(pod) });
    if (this.#gone || isTerminating(pod) || ended() || this.#deadlineIn() === 0)
      return this.#terminate(runtime);

    this.#publish(runtime, false);
    if (ended()) return this.#terminate(runtime);
    const problem = networkProblem();
    if (problem !== undefined && !isHostNetwork(pod)) {
      environment.event(pod, 'Warning', 'NetworkNotReady', `network is not ready: ${problem}`);
      return retryMs;
    }
    environment.probes.sync(pod, runtime);
    const result = await syncPod(environment, {
      pod,
      runtime,
      failures: this.#failures,
      restartsBefore: (name) => this.#reportedRestarts(name),
      signal: this.#terminating.signal,
    });
    if (result.changed) {
      this.#refreshedAt = clock.now();
      const after = await readPodStatus(cri, uidOf(pod));
      environment.probes.sync(pod, after);
      this.#publish(after, false);
      await removeOldContainers(environment, after);
    } else {
      // Waiting reasons may have changed without any container having done so.
      this.#publish(runtime, false);
      await this.#refreshVolumes(runtime);
    }
    // Asked again: before its first turn a pod has no start to count from.
    const waits = [
      result.againMs,
      this.#deadlineIn(),
      (pod.spec?.volumes ?? []).length > 0 ? refreshMs : undefined,
    ];
    const known = waits.filter((wait): wait is number => wait !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #publish(runtime: PodRuntimeStatus, ended: boolean): void {
    const { environment, statuses } = this.#options;
    if (this.#gone) return;
    const pod = this.#pod;
    const status = generatePodStatus(pod, {
      runtime,
      runtimeName: 'containerd',
      failures: this.#failures,
      readiness: (id) => environment.probes.readiness(id),
      startup: (id) => environment.probes.startup(id),
      hostIP: environment.hostIP,
      now: environment.clock.now(),
      previous: statuses.get(pod),
      ended,
      verdict: this.#verdict,
    });
    statuses.set(pod, status);
  }

  /** Ends the containers; for a pod that is being deleted, then also the object in the API. */
  async #terminate(runtime: PodRuntimeStatus): Promise<number | undefined> {
    const { environment, statuses, pods, onGone } = this.#options;
    const pod = this.#pod;
    const uid = uidOf(pod);
    environment.probes.stopForTermination(uid);
    if (!this.#stopped) {
      if (!this.#gone) this.#publish(runtime, false);
      await this.#killContainers(runtime);
      environment.probes.remove(uid);
      this.#stopped = true;
    }
    const after = await readPodStatus(environment.cri, uid);
    this.#publish(after, true);
    if (!this.#gone && pod.metadata.deletionTimestamp === undefined) return undefined;
    if (!this.#gone) {
      await statuses.flush(uid);
      try {
        await pods
          .in(namespaceOf(pod))
          .delete(nameOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
      } catch (error) {
        if (!isNotFound(error)) {
          environment.logger.warning('Failed to delete status for pod', {
            pod: `${namespaceOf(pod)}/${nameOf(pod)}`,
            err: errorMessage(error),
          });
          return retryMs;
        }
      }
    }
    await removePod(environment, pod, after);
    statuses.forget(uid);
    this.close();
    onGone(uid);
    return undefined;
  }

  /** Who asks for a shorter end while the pod is ending gets it: `kubectl delete --grace-period=1`, a second time. */
  async #killContainers(runtime: PodRuntimeStatus): Promise<void> {
    for (;;) {
      const graceSeconds = this.#graceSeconds();
      const shorter = new Promise<'shorter'>((resolve) => {
        this.#reconsider = () => {
          if (this.#graceSeconds() < graceSeconds) resolve('shorter');
        };
      });
      const killed = killPod(this.#options.environment, this.#pod, runtime, graceSeconds);
      const outcome = await Promise.race([killed, shorter]);
      this.#reconsider = () => {};
      if (outcome !== 'shorter') return;
      // The longer one goes on beside the new one, and finds nothing left to do.
      killed.catch(() => {});
    }
  }

  #graceSeconds(): number {
    const { metadata, spec } = this.#pod;
    return metadata.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30;
  }

  #reportedRestarts(name: string): number | undefined {
    const status = this.#options.statuses.get(this.#pod);
    const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
    const found = all.find((one) => one.name === name);
    if (found === undefined) return undefined;
    return found.containerID === undefined && found.restartCount === 0 ? undefined : found.restartCount;
  }

  /** Milliseconds until activeDeadlineSeconds is over; 0 when it is. */
  #deadlineIn(): number | undefined {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    const start = this.#options.statuses.get(this.#pod).startTime;
    if (seconds === undefined || start === undefined) return undefined;
    const rest = Date.parse(start) + seconds * 1000 - this.#options.environment.clock.now();
    if (rest > 0) return rest;
    if (this.#verdict === undefined) {
      this.#verdict = { reason: 'DeadlineExceeded', message: deadlineMessage };
      this.#options.environment.event(this.#pod, 'Normal', 'DeadlineExceeded', deadlineMessage);
    }
    return 0;
  }

  async #refreshVolumes(runtime: PodRuntimeStatus): Promise<void> {
    const { environment } = this.#options;
    const now = environment.clock.now();
    if ((this.#pod.spec?.volumes ?? []).length === 0 || now - this.#refreshedAt < refreshMs - 1000) return;
    this.#refreshedAt = now;
    try {
      await mountVolumes(environment, this.#pod, runtime);
    } catch (error) {
      // What is mounted stays as it is until the object is there again.
      environment.logger.warning('Volumes not refreshed', {
        pod: nameOf(this.#pod),
        err: errorMessage(error),
      });
    }
  }
}
