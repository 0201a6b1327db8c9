import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../../lib/errors.ts';
import type { Container, Pod } from '../../api/types/core-v1.ts';
import type { PodSandboxConfigInit } from '../../cri/index.ts';
import { containerEnvironment } from '../env/environment.ts';
import { hostsFile } from '../network/resolv-conf.ts';
import {
  type ContainerMount,
  containerConfig,
  containerLogPath,
  defaultTerminationPath,
} from '../runtime/container-config.ts';
import { runtimeErrorText } from '../runtime/container-runtime.ts';
import { StartError } from '../runtime/images.ts';
import { runHook } from '../runtime/lifecycle-hooks.ts';
import { podLogDirectory } from '../runtime/sandbox-config.ts';
import { rootProblem, unmetWishes } from '../runtime/security-context.ts';
import type { MountedVolumes } from '../volumes/volume-manager.ts';
import { killContainer } from './killing.ts';
import { nameOf, namespaceOf, uidOf } from './pod.ts';
import type { PodEnvironment } from './pod-environment.ts';

export interface StartInputs {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly sandboxId: string;
  readonly sandboxConfig: PodSandboxConfigInit;
  readonly podIPs: readonly string[];
  readonly volumes: MountedVolumes;
  readonly signal: AbortSignal;
}

/**
 * Pulls the image, makes the container, starts it and runs its postStart handler. Throws StartError, whose reason the
 * container then waits with. Models startContainer in pkg/kubelet/kuberuntime/kuberuntime_container.go.
 */
export async function startContainer(environment: PodEnvironment, inputs: StartInputs): Promise<void> {
  const { cri, images, volumes, event } = environment;
  const { pod, container, attempt, sandboxId, sandboxConfig, podIPs, signal } = inputs;
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    event(pod, type, reason, message, container.name);
  const failed = (reason: string, text: string) => {
    tell('Warning', 'Failed', `Error: ${text}`);
    return new StartError(reason, text);
  };

  let imageRef: string;
  try {
    imageRef = await images.ensure(pod, container, sandboxConfig, tell, signal);
  } catch (error) {
    if (error instanceof StartError) tell('Warning', 'Failed', `Error: ${error.reason}`);
    throw error;
  }

  let config: ReturnType<typeof containerConfig>;
  try {
    const problem = await rootProblem(pod, container, async () => {
      const { image } = await cri.imageStatus({ image: { image: imageRef } });
      return image?.uid?.value;
    });
    if (problem !== undefined) throw new Error(problem);
    const env = await containerEnvironment(pod, container, {
      objects: environment.objects,
      services: environment.services(),
      addresses: { podIPs, hostIP: environment.hostIP },
      allocatable: environment.allocatable,
    });
    const mounts = await volumes.containerMounts(container, inputs.volumes, env);
    const own = await ownFiles(environment, inputs, mounts);
    config = containerConfig({
      pod,
      container,
      attempt,
      imageRef,
      env,
      mounts: [...mounts, ...own.mounts],
      terminationFile: own.terminationFile,
    });
  } catch (error) {
    throw failed('CreateContainerConfigError', errorMessage(error));
  }

  let containerId: string;
  try {
    await mkdir(join(podLogDirectory(environment.podLogRoot, pod), container.name), { recursive: true });
    ({ containerId } = await cri.createContainer({ podSandboxId: sandboxId, config, sandboxConfig }));
  } catch (error) {
    throw failed('CreateContainerError', runtimeErrorText(error));
  }
  tell('Normal', 'Created', `Created container: ${container.name}`);
  const unmet = unmetWishes(pod, container);
  if (unmet.length > 0) {
    const text = 'processes of this lab are not confined, so these have no effect:';
    tell('Warning', 'SecurityContextIgnored', `${text} securityContext.{${unmet.join(', ')}}`);
  }
  try {
    await cri.startContainer({ containerId });
  } catch (error) {
    throw failed('RunContainerError', runtimeErrorText(error));
  }
  tell('Normal', 'Started', `Started container ${container.name}`);
  await linkLog(environment, pod, container.name, containerId, attempt);

  const hook = container.lifecycle?.postStart;
  if (hook === undefined) return;
  try {
    await runHook(environment, hook, container, containerId, podIPs[0] ?? '', 600_000);
  } catch (error) {
    tell('Warning', 'FailedPostStartHook', `PostStartHook failed: ${errorMessage(error)}`);
    await killContainer(environment, pod, container, containerId, {
      message: 'FailedPostStartHook',
      graceSeconds: pod.spec?.terminationGracePeriodSeconds ?? 30,
      podIP: podIPs[0] ?? '',
    });
    throw new StartError('PostStartHookError', errorMessage(error));
  }
}

/** The hosts file of the pod, and the file that takes the container's last words. */
async function ownFiles(
  environment: PodEnvironment,
  { pod, container, attempt, podIPs }: StartInputs,
  mounts: readonly ContainerMount[],
): Promise<{ readonly mounts: readonly ContainerMount[]; readonly terminationFile: string }> {
  const { volumes } = environment;
  const uid = uidOf(pod);
  const terminationFile = await volumes.podFile(uid, `containers/${container.name}/${attempt}`, '', 0o666);
  const own: ContainerMount[] = [
    {
      containerPath: container.terminationMessagePath ?? defaultTerminationPath,
      hostPath: terminationFile,
      readOnly: false,
    },
  ];
  if (!mounts.some(({ containerPath }) => containerPath === '/etc/hosts')) {
    const text = hostsFile(pod, podIPs, environment.dns().clusterDomain, environment.nodeHosts());
    own.push({
      containerPath: '/etc/hosts',
      hostPath: await volumes.podFile(uid, 'etc-hosts', text),
      readOnly: false,
    });
  }
  return { mounts: own, terminationFile };
}

/** `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`, by which log collectors find what belongs to whom. */
async function linkLog(
  { podLogRoot, containerLogRoot, logger }: PodEnvironment,
  pod: Pod,
  name: string,
  containerId: string,
  attempt: number,
): Promise<void> {
  const link = join(containerLogRoot, `${nameOf(pod)}_${namespaceOf(pod)}_${name}-${containerId}.log`);
  const target = join(podLogDirectory(podLogRoot, pod), containerLogPath(name, attempt));
  try {
    await mkdir(containerLogRoot, { recursive: true });
    await rm(link, { force: true });
    await symlink(target, link);
  } catch (error) {
    logger.warning('Failed to create legacy symbolic link', { link, err: errorMessage(error) });
  }
}
