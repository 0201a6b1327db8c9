import { quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import type { Container, Pod } from '../../api/types/core-v1.ts';
import { type ContainerConfigInit, MountPropagation } from '../../cri/index.ts';
import { expand } from '../env/expansion.ts';
import { hashContainer, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { annotations, labels } from './pod-runtime-status.ts';
import { idValue, namespaceOptions } from './sandbox-config.ts';

/** A folder or file of the node as the container sees it. */
export interface ContainerMount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
}

export interface ContainerConfigInputs {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly imageRef: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly ContainerMount[];
  /** Where on the node the termination message of this container will be. */
  readonly terminationFile: string;
}

export const defaultTerminationPath = '/dev/termination-log';

/** The log of one run of a container, below the pod's log folder. */
export const containerLogPath = (name: string, attempt: number) => `${name}/${attempt}.log`;

/** cgroup v1 shares of milli-CPUs, which the CRI still speaks (Models pkg/kubelet/cm MilliCPUToShares). */
const cpuShares = (milli: number) => (milli === 0 ? 2 : Math.max(2, Math.floor((milli * 1024) / 1000)));

function resourcesOf({ resources = {} }: Container) {
  const request = resources.requests?.cpu ?? resources.limits?.cpu;
  const { cpu, memory } = resources.limits ?? {};
  return {
    cpuShares: cpuShares(request === undefined ? 0 : quantityMilliValue(request)),
    ...(cpu !== undefined && { cpuPeriod: 100_000, cpuQuota: Math.max(1000, quantityMilliValue(cpu) * 100) }),
    ...(memory !== undefined && { memoryLimitInBytes: quantityValue(memory) }),
  };
}

/** A container as the runtime is told to make it. Models generateContainerConfig. */
export function containerConfig(inputs: ContainerConfigInputs): ContainerConfigInit {
  const { pod, container, attempt, env, mounts } = inputs;
  const lookup = (name: string) => env[name];
  const expandAll = (words: readonly string[] | undefined) =>
    (words ?? []).map((word) => expand(word, lookup));
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  return {
    metadata: { name: container.name, attempt },
    image: { image: inputs.imageRef, userSpecifiedImage: container.image ?? '' },
    command: expandAll(container.command),
    args: expandAll(container.args),
    workingDir: container.workingDir ?? '',
    envs: Object.entries(env).map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts: mounts.map(({ containerPath, hostPath, readOnly }) => ({
      containerPath,
      hostPath,
      readonly: readOnly,
      propagation: MountPropagation.PRIVATE,
    })),
    labels: {
      [labels.podName]: nameOf(pod),
      [labels.podNamespace]: namespaceOf(pod),
      [labels.podUid]: uidOf(pod),
      [labels.containerName]: container.name,
    },
    annotations: {
      [annotations.hash]: hashContainer(container),
      [annotations.restartCount]: String(attempt),
      [annotations.terminationMessagePath]: container.terminationMessagePath ?? defaultTerminationPath,
      [annotations.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [annotations.terminationMessageHostPath]: inputs.terminationFile,
      [annotations.gracePeriod]: String(pod.spec?.terminationGracePeriodSeconds ?? 30),
    },
    logPath: containerLogPath(container.name, attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: resourcesOf(container),
      securityContext: {
        namespaceOptions: namespaceOptions(pod),
        privileged: own.privileged ?? false,
        readonlyRootfs: own.readOnlyRootFilesystem ?? false,
        noNewPrivs: own.allowPrivilegeEscalation === false,
        runAsUser: idValue(own.runAsUser ?? shared.runAsUser),
        runAsGroup: idValue(own.runAsGroup ?? shared.runAsGroup),
        capabilities: {
          addCapabilities: own.capabilities?.add ?? [],
          dropCapabilities: own.capabilities?.drop ?? [],
        },
      },
    },
  };
}
