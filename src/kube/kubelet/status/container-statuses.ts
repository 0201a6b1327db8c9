import { apiTime } from '../../api/time.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../../api/types/core-v1.ts';
import { shouldRestart } from '../pods/compute-pod-actions.ts';
import { isSidecar } from '../pods/pod.ts';
import type { PodRuntimeStatus, RuntimeContainer } from '../runtime/pod-runtime-status.ts';

/** Why a container did not start the last time. */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatusInputs {
  readonly runtime: PodRuntimeStatus;
  /** `containerd`: the first part of a container's id in the API. */
  readonly runtimeName: string;
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** By container id; undefined without a probe or without a result yet. */
  readonly readiness: (containerId: string) => boolean | undefined;
  readonly startup: (containerId: string) => boolean | undefined;
  readonly previous: readonly ContainerStatus[];
}

function stateOf(container: RuntimeContainer, runtimeName: string): ContainerState {
  if (container.state === 'running') return { running: { startedAt: apiTime(container.startedAt) } };
  if (container.state === 'exited') {
    return {
      terminated: {
        exitCode: container.exitCode,
        reason: container.reason || (container.exitCode === 0 ? 'Completed' : 'Error'),
        ...(container.message !== '' && { message: container.message }),
        startedAt: container.startedAt > 0 ? apiTime(container.startedAt) : apiTime(container.createdAt),
        finishedAt: apiTime(container.finishedAt),
        containerID: `${runtimeName}://${container.id}`,
      },
    };
  }
  return { waiting: { reason: 'ContainerCreating' } };
}

function statusOf(
  container: Container,
  current: RuntimeContainer,
  before: RuntimeContainer | undefined,
  { runtimeName, readiness, startup, previous }: ContainerStatusInputs,
  isInit: boolean,
): ContainerStatus {
  const state = stateOf(current, runtimeName);
  const running = state.running !== undefined;
  const started = running && (container.startupProbe === undefined || startup(current.id) === true);
  const ready =
    isInit && !isSidecar(container)
      ? state.terminated?.exitCode === 0
      : started && (container.readinessProbe === undefined || readiness(current.id) === true);
  const known = previous.find(({ name }) => name === container.name);
  const lastState =
    before === undefined
      ? known?.containerID !== undefined && !known.containerID.endsWith(current.id) && known.state?.terminated
        ? { terminated: known.state.terminated }
        : (known?.lastState ?? {})
      : stateOf(before, runtimeName);
  return {
    name: container.name,
    state,
    lastState: lastState.terminated === undefined ? {} : lastState,
    ready,
    restartCount: current.restartCount,
    image: current.image || (container.image ?? ''),
    imageID: current.imageId,
    containerID: `${runtimeName}://${current.id}`,
    started: isInit && !isSidecar(container) ? false : started,
  };
}

/**
 * The statuses of init or main containers. A container that waits to be started again shows why, and what it ended
 * with as its last state. Models convertToAPIContainerStatuses.
 */
export function containerStatuses(
  pod: Pod,
  containers: readonly Container[],
  inputs: ContainerStatusInputs,
  isInit: boolean,
): ContainerStatus[] {
  const hasInit = (pod.spec?.initContainers ?? []).length > 0;
  const waitingReason = hasInit ? 'PodInitializing' : 'ContainerCreating';
  return containers.map((container) => {
    const mine = inputs.runtime.containers.filter(({ name }) => name === container.name);
    const [current, before] = mine;
    const failure = inputs.failures.get(container.name);
    const known = inputs.previous.find(({ name }) => name === container.name);
    if (current === undefined) {
      // The runtime forgot an ended container: what was reported of it is still true.
      if (known?.state?.terminated !== undefined && failure === undefined) return known;
      return {
        name: container.name,
        state: { waiting: failure ?? { reason: waitingReason } },
        lastState: known?.lastState ?? {},
        ready: false,
        restartCount: known?.restartCount ?? 0,
        image: container.image ?? '',
        imageID: '',
        started: false,
      };
    }
    const status = statusOf(container, current, before, inputs, isInit);
    if (failure === undefined || status.state?.running !== undefined) return status;
    if (!shouldRestart(pod, container, current)) return status;
    return {
      ...status,
      ready: false,
      state: { waiting: failure },
      lastState: status.state?.terminated === undefined ? (status.lastState ?? {}) : status.state,
    };
  });
}
