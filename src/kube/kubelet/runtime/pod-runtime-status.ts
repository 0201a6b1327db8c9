import type { ContainerStatus as CriContainerStatus, PodSandboxStatus } from '../../cri/index.ts';

/** What the runtime says of one pod, newest first. Models pkg/kubelet/container PodStatus. */
export interface PodRuntimeStatus {
  readonly sandboxes: readonly PodSandboxStatus[];
  readonly containers: readonly RuntimeContainer[];
  /** Addresses of the newest sandbox that is ready. */
  readonly ips: readonly string[];
}

/** A container as the runtime knows it, with what kubelet wrote on it when it was made. */
export interface RuntimeContainer {
  readonly id: string;
  readonly name: string;
  readonly sandboxId: string;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  readonly restartCount: number;
  /** The specification the container was made from, as a hash. */
  readonly hash: string;
  readonly image: string;
  readonly imageId: string;
  /** Milliseconds since the epoch; 0 when it did not happen. */
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly logPath: string;
}

export const emptyRuntimeStatus: PodRuntimeStatus = { sandboxes: [], containers: [], ips: [] };

export const labels = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

export const annotations = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  terminationMessageHostPath: 'k8s-lab/container.terminationMessageHostPath',
  gracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
} as const;

const states = ['created', 'running', 'exited', 'unknown'] as const;
const milliseconds = (nanoseconds: number) => Math.floor(nanoseconds / 1e6);

export function runtimeContainer(status: CriContainerStatus, sandboxId: string): RuntimeContainer {
  return {
    id: status.id,
    name: status.labels[labels.containerName] ?? status.metadata?.name ?? '',
    sandboxId,
    state: states[status.state] ?? 'unknown',
    restartCount: Number(status.annotations[annotations.restartCount] ?? status.metadata?.attempt ?? 0),
    hash: status.annotations[annotations.hash] ?? '',
    image: status.image?.userSpecifiedImage || status.image?.image || '',
    imageId: status.imageRef || status.imageId,
    createdAt: milliseconds(status.createdAt),
    startedAt: milliseconds(status.startedAt),
    finishedAt: milliseconds(status.finishedAt),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    logPath: status.logPath,
  };
}

/** The newest container of a name. */
export function newestContainer(status: PodRuntimeStatus, name: string): RuntimeContainer | undefined {
  return status.containers.find((container) => container.name === name);
}
