import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../../lib/errors.ts';
import { GrpcCode, isGrpcError } from '../../../lib/grpc/status.ts';
import type { Container, Pod } from '../../api/types/core-v1.ts';
import { PodSandboxState } from '../../cri/index.ts';
import { runHook } from '../runtime/lifecycle-hooks.ts';
import type { PodRuntimeStatus } from '../runtime/pod-runtime-status.ts';
import { podLogDirectory } from '../runtime/sandbox-config.ts';
import { findContainer, isSidecar, nameOf, namespaceOf, uidOf } from './pod.ts';
import type { PodEnvironment } from './pod-environment.ts';

export interface KillOptions {
  /** For the event Killing; empty for the usual text. */
  readonly message: string;
  readonly graceSeconds: number;
  readonly podIP: string;
}

const ignoreGone = (error: unknown) => {
  if (!isGrpcError(error, GrpcCode.NotFound)) throw error;
};

/** preStop, then SIGTERM, then after the rest of the grace period SIGKILL. Models killContainer. */
export async function killContainer(
  environment: PodEnvironment,
  pod: Pod,
  container: Container | undefined,
  containerId: string,
  { message, graceSeconds, podIP }: KillOptions,
): Promise<void> {
  const { cri, clock, event } = environment;
  const name = container?.name ?? '';
  event(pod, 'Normal', 'Killing', message || `Stopping container ${name}`, name);
  let remainingMs = graceSeconds * 1000;
  const hook = container?.lifecycle?.preStop;
  if (container !== undefined && hook !== undefined && remainingMs > 0) {
    const started = clock.monotonic();
    try {
      await runHook(environment, hook, container, containerId, podIP, remainingMs);
    } catch (error) {
      event(pod, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${errorMessage(error)}`, name);
    }
    // Even after a long handler the process gets two seconds, as upstream gives it.
    remainingMs = Math.max(2000, remainingMs - (clock.monotonic() - started));
  }
  await cri.stopContainer({ containerId, timeout: Math.ceil(remainingMs / 1000) }).catch(ignoreGone);
}

/** Ends all containers (sidecars after the others) and then the sandboxes. Models killPodWithSyncResult. */
export async function killPod(
  environment: PodEnvironment,
  pod: Pod,
  runtime: PodRuntimeStatus,
  graceSeconds: number,
): Promise<void> {
  const { cri } = environment;
  const podIP = runtime.ips[0] ?? '';
  const alive = runtime.containers.filter(({ state }) => state === 'running' || state === 'unknown');
  const isLate = (name: string) => {
    const container = findContainer(pod, name);
    return container !== undefined && isSidecar(container);
  };
  const started = environment.clock.monotonic();
  for (const late of [false, true]) {
    const spent = Math.floor((environment.clock.monotonic() - started) / 1000);
    const rest = graceSeconds === 0 ? 0 : Math.max(late ? 2 : 1, graceSeconds - spent);
    await Promise.all(
      alive
        .filter(({ name }) => isLate(name) === late)
        .map(({ id, name }) =>
          killContainer(environment, pod, findContainer(pod, name), id, {
            message: '',
            graceSeconds: rest,
            podIP,
          }),
        ),
    );
  }
  for (const sandbox of runtime.sandboxes) {
    if (sandbox.state === PodSandboxState.READY)
      await cri.stopPodSandbox({ podSandboxId: sandbox.id }).catch(ignoreGone);
  }
}

/** Removes everything that a pod left on the node: containers, sandboxes, logs, volumes. */
export async function removePod(
  environment: PodEnvironment,
  pod: Pod,
  runtime: PodRuntimeStatus,
): Promise<void> {
  const { cri, podLogRoot, volumes, tokens, probes, restarts } = environment;
  for (const { id } of runtime.containers) await cri.removeContainer({ containerId: id }).catch(ignoreGone);
  for (const { id } of runtime.sandboxes) {
    await cri.stopPodSandbox({ podSandboxId: id }).catch(ignoreGone);
    await cri.removePodSandbox({ podSandboxId: id }).catch(ignoreGone);
  }
  const uid = uidOf(pod);
  probes.remove(uid);
  tokens.forget(uid);
  restarts.forget(uid);
  await volumes.removePod(uid);
  await rm(podLogDirectory(podLogRoot, pod), { recursive: true, force: true });
  await removeLogLinks(environment.containerLogRoot, `${nameOf(pod)}_${namespaceOf(pod)}_`, runtime);
}

async function removeLogLinks(folder: string, prefix: string, runtime: PodRuntimeStatus): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const isOurs = runtime.containers.some(({ id }) => name.endsWith(`-${id}.log`));
    if (isOurs && name.startsWith(prefix)) await rm(join(folder, name), { force: true });
  }
}

/** Of each container the last run is kept beside the current one, for `kubectl logs --previous`; the rest goes. */
export async function removeOldContainers(
  environment: PodEnvironment,
  runtime: PodRuntimeStatus,
): Promise<void> {
  const { cri, podLogRoot, containerLogRoot } = environment;
  const kept = new Map<string, number>();
  for (const { id, name, state, logPath } of runtime.containers) {
    const count = kept.get(name) ?? 0;
    kept.set(name, count + 1);
    if (count < 2 || state !== 'exited') continue;
    await cri.removeContainer({ containerId: id }).catch(ignoreGone);
    if (logPath.startsWith(podLogRoot)) await rm(logPath, { force: true });
    const links = await readdir(containerLogRoot).catch(() => []);
    for (const link of links)
      if (link.endsWith(`-${id}.log`)) await rm(join(containerLogRoot, link), { force: true });
  }
  const used = new Set(runtime.containers.map(({ sandboxId }) => sandboxId));
  for (const { id, state } of runtime.sandboxes.slice(1)) {
    if (state === PodSandboxState.READY || used.has(id)) continue;
    await cri.removePodSandbox({ podSandboxId: id }).catch(ignoreGone);
  }
}
