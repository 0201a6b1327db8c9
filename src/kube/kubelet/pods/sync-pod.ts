import { errorMessage } from '../../../lib/errors.ts';
import type { Container, Pod } from '../../api/types/core-v1.ts';
import type { PodSandboxConfigInit } from '../../cri/index.ts';
import { podDns, sandboxHostname } from '../network/resolv-conf.ts';
import { readPodStatus, runtimeErrorText } from '../runtime/container-runtime.ts';
import { StartError } from '../runtime/images.ts';
import { newestContainer, type PodRuntimeStatus } from '../runtime/pod-runtime-status.ts';
import { sandboxConfig } from '../runtime/sandbox-config.ts';
import type { StartFailure } from '../status/container-statuses.ts';
import { MountError, type MountedVolumes } from '../volumes/volume-manager.ts';
import { goDuration } from './backoff.ts';
import { computePodActions, type PodActions } from './compute-pod-actions.ts';
import { startContainer } from './container-starter.ts';
import { killContainer, killPod } from './killing.ts';
import { findContainer, formatPod, isHostNetwork, uidOf } from './pod.ts';
import type { PodEnvironment } from './pod-environment.ts';

export interface SyncInputs {
  readonly pod: Pod;
  readonly runtime: PodRuntimeStatus;
  /** Why containers wait; changed here. */
  readonly failures: Map<string, StartFailure>;
  /** Restarts that the API knows of, for a runtime that forgot. */
  readonly restartsBefore: (container: string) => number | undefined;
  /** Aborted when the pod is to end. */
  readonly signal: AbortSignal;
}

/** What a turn did: whether the runtime was changed, and in how many milliseconds to look again. */
export interface SyncResult {
  readonly changed: boolean;
  readonly againMs?: number;
}

const retryMs = 2000;
const configRetryMs = 10_000;
const earliest = (a: number | undefined, b: number) => (a === undefined ? b : Math.min(a, b));

/** Carries out what computePodActions found. Models SyncPod in pkg/kubelet/kuberuntime/kuberuntime_manager.go. */
export async function syncPod(environment: PodEnvironment, inputs: SyncInputs): Promise<SyncResult> {
  const { pod, runtime, failures, signal } = inputs;
  const actions = computePodActions(pod, runtime, environment.probes);
  const lists = ['initContainersToStart', 'containersToStart', 'ephemeralContainersToStart'] as const;
  const idle = lists.every((list) => actions[list].length === 0);
  if (!actions.killPod && !actions.createSandbox && idle && actions.containersToKill.length === 0)
    return { changed: false };

  let volumes: MountedVolumes;
  try {
    volumes = await mountVolumes(environment, pod, runtime);
  } catch (error) {
    if (!(error instanceof MountError)) throw error;
    environment.event(pod, 'Warning', 'FailedMount', error.message);
    return { changed: false, againMs: retryMs };
  }

  if (actions.killPod)
    await killPod(environment, pod, runtime, pod.spec?.terminationGracePeriodSeconds ?? 30);
  else await killSome(environment, pod, actions, runtime);
  if (signal.aborted) return { changed: true };

  let config: PodSandboxConfigInit;
  let sandboxId = actions.sandboxId;
  let podIPs = runtime.ips;
  try {
    config = frameOf(environment, pod, actions.attempt);
    if (actions.createSandbox) {
      ({ podSandboxId: sandboxId } = await environment.cri.runPodSandbox({ config }));
      podIPs = (await readPodStatus(environment.cri, uidOf(pod))).ips;
    }
  } catch (error) {
    environment.event(
      pod,
      'Warning',
      'FailedCreatePodSandBox',
      `Failed to create pod sandbox: ${runtimeErrorText(error)}`,
    );
    return { changed: true, againMs: retryMs };
  }
  if (sandboxId === undefined) return { changed: actions.killPod };

  let againMs: number | undefined;
  let changed = actions.killPod || actions.createSandbox || actions.containersToKill.length > 0;
  const addresses = pod.spec?.hostNetwork === true ? [environment.hostIP] : podIPs;
  const start = async (container: Container) => {
    if (signal.aborted) return;
    const wait = backOff(environment, pod, container, runtime, failures);
    if (wait > 0) {
      againMs = earliest(againMs, wait);
      return;
    }
    const last = newestContainer(runtime, container.name);
    const attempt =
      last !== undefined ? last.restartCount + 1 : (inputs.restartsBefore(container.name) ?? -1) + 1;
    try {
      await startContainer(environment, {
        pod,
        container,
        attempt,
        sandboxId: sandboxId!,
        sandboxConfig: config,
        podIPs: addresses,
        volumes,
        signal,
      });
      failures.delete(container.name);
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof StartError ? error.reason : 'CreateContainerError';
      failures.set(container.name, { reason, message: errorMessage(error) });
      againMs = earliest(againMs, retryAfter(environment, pod, container, reason));
    }
    changed = true;
  };
  for (const container of actions.ephemeralContainersToStart) await start(container);
  for (const container of actions.initContainersToStart) await start(container);
  // Together: a slow pull of one image holds up no other container.
  await Promise.all(actions.containersToStart.map(start));
  return { changed, ...(againMs !== undefined && { againMs }) };
}

function frameOf(environment: PodEnvironment, pod: Pod, attempt: number): PodSandboxConfigInit {
  const dns = environment.dns();
  const hostname = isHostNetwork(pod) ? environment.nodeHostname : sandboxHostname(pod, dns.clusterDomain);
  return sandboxConfig(pod, attempt, podDns(pod, dns), environment.podLogRoot, hostname);
}

/** A failed pull is looked at again soon, and then shown as waiting; what people must put right first, later. */
function retryAfter({ images }: PodEnvironment, pod: Pod, container: Container, reason: string): number {
  if (reason === 'ImagePullBackOff') return Math.max(retryMs, images.retryIn(pod, container));
  return reason === 'ErrImagePull' ? retryMs : configRetryMs;
}

/** Also refreshes what is mounted already. */
export function mountVolumes(
  environment: PodEnvironment,
  pod: Pod,
  runtime: PodRuntimeStatus,
): Promise<MountedVolumes> {
  return environment.volumes.mount(pod, {
    objects: environment.objects,
    addresses: { podIPs: runtime.ips, hostIP: environment.hostIP },
    allocatable: environment.allocatable,
    token: (owner, audience, seconds) => environment.tokens.token(owner, audience, seconds),
  });
}

async function killSome(
  environment: PodEnvironment,
  pod: Pod,
  actions: PodActions,
  runtime: PodRuntimeStatus,
): Promise<void> {
  await Promise.all(
    actions.containersToKill.map(({ id, name, message, reason }) => {
      const container = findContainer(pod, name);
      const own =
        reason === 'LivenessProbe'
          ? container?.livenessProbe?.terminationGracePeriodSeconds
          : reason === 'StartupProbe'
            ? container?.startupProbe?.terminationGracePeriodSeconds
            : undefined;
      return killContainer(environment, pod, container, id, {
        message,
        graceSeconds: own ?? pod.spec?.terminationGracePeriodSeconds ?? 30,
        podIP: runtime.ips[0] ?? '',
      });
    }),
  );
}

/** Milliseconds until a container that ended may start again; 0 at once. Models doBackOff. */
function backOff(
  { restarts, event }: PodEnvironment,
  pod: Pod,
  container: Container,
  runtime: PodRuntimeStatus,
  failures: Map<string, StartFailure>,
): number {
  const last = runtime.containers.find(({ name, state }) => name === container.name && state === 'exited');
  if (last === undefined) return 0;
  const key = `${uidOf(pod)}_${container.name}`;
  const remaining = restarts.remaining(key, last.finishedAt);
  if (remaining === 0) {
    restarts.next(key, last.finishedAt);
    return 0;
  }
  event(
    pod,
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`,
    container.name,
  );
  failures.set(container.name, {
    reason: 'CrashLoopBackOff',
    message: `back-off ${goDuration(restarts.get(key))} restarting failed container=${container.name} pod=${formatPod(pod)}`,
  });
  return remaining;
}
