import type { ContainerStatus, Pod } from '../../api/types/core-v1.ts';
import { isSidecar, restartPolicyOf } from '../pods/pod.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** The phase as the sum of the containers' states. Models getPhase in pkg/kubelet/kubelet_pods.go. */
export function podPhase(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  podIsTerminal: boolean,
): PodPhase {
  const policy = restartPolicyOf(pod);
  let pendingInit = 0;
  let failedInit = 0;
  for (const container of pod.spec?.initContainers ?? []) {
    const status = initStatuses.find(({ name }) => name === container.name);
    if (isSidecar(container)) {
      if (status?.started !== true && status?.state?.terminated === undefined) pendingInit++;
      continue;
    }
    if (status === undefined) pendingInit++;
    else if (status.state?.terminated !== undefined) {
      if (status.state.terminated.exitCode !== 0) {
        if (policy === 'Never') failedInit++;
        else pendingInit++;
      }
    } else if (status.state?.waiting !== undefined && status.lastState?.terminated !== undefined) {
      if (status.lastState.terminated.exitCode !== 0) pendingInit++;
    } else pendingInit++;
  }
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const container of pod.spec?.containers ?? []) {
    const status = statuses.find(({ name }) => name === container.name);
    if (status?.state?.running !== undefined) running++;
    else if (status?.state?.terminated !== undefined) {
      stopped++;
      if (status.state.terminated.exitCode === 0) succeeded++;
    } else if (status?.state?.waiting !== undefined && status.lastState?.terminated !== undefined) stopped++;
    else waiting++;
  }
  if (failedInit > 0) return 'Failed';
  // Main containers that run already outweigh a sidecar that starts again.
  if (pendingInit > 0 && running + stopped === 0) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped > 0) {
    if (podIsTerminal) return stopped === succeeded ? 'Succeeded' : 'Failed';
    if (policy === 'Always') return 'Running';
    if (stopped === succeeded) return 'Succeeded';
    return policy === 'Never' ? 'Failed' : 'Running';
  }
  return 'Pending';
}
