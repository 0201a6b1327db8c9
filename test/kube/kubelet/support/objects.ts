import type { Container, Pod, PodSpec } from '../../../../src/kube/api/types/core-v1.ts';
import { ContainerState, PodSandboxState, type PodSandboxStatus } from '../../../../src/kube/cri/index.ts';
import { hashContainer } from '../../../../src/kube/kubelet/pods/pod.ts';
import type {
  PodRuntimeStatus,
  RuntimeContainer,
} from '../../../../src/kube/kubelet/runtime/pod-runtime-status.ts';

export const container = (name = 'main', fields: Partial<Container> = {}): Container => ({
  name,
  image: 'k8s-lab/web:1',
  ...fields,
});

export const makePod = (spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: { name: 'web', namespace: 'default', uid: 'uid-1', ...metadata },
  spec: { containers: [container()], ...spec },
});

export const sandbox = (fields: Partial<PodSandboxStatus> = {}) =>
  ({
    id: 'sandbox-1',
    state: PodSandboxState.READY,
    createdAt: 1,
    metadata: { name: 'web', uid: 'uid-1', namespace: 'default', attempt: 0 },
    network: { ip: '10.200.0.2', additionalIps: [] },
    labels: {},
    annotations: {},
    ...fields,
  }) as unknown as PodSandboxStatus;

/** A container as the runtime reports it; running since the epoch, made from {@link container} of that name. */
export const runtimeContainer = (
  state: RuntimeContainer['state'],
  fields: Partial<RuntimeContainer> = {},
): RuntimeContainer => ({
  id: `${fields.name ?? 'main'}-0`,
  name: 'main',
  sandboxId: 'sandbox-1',
  state,
  restartCount: 0,
  hash: hashContainer(container(fields.name ?? 'main')),
  image: 'k8s-lab/web:1',
  imageId: 'sha256:1',
  createdAt: 0,
  startedAt: 0,
  finishedAt: 0,
  exitCode: 0,
  reason: '',
  message: '',
  logPath: '',
  ...fields,
});

export const runtimeStatus = (
  containers: readonly RuntimeContainer[] = [],
  sandboxes: readonly PodSandboxStatus[] = [sandbox()],
): PodRuntimeStatus => ({ containers, sandboxes, ips: sandboxes.length > 0 ? ['10.200.0.2'] : [] });

export { ContainerState, PodSandboxState };
