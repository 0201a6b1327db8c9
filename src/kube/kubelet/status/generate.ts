import { hasEnded } from '../../api/pods.ts';
import { apiTime } from '../../api/time.ts';
import type { Pod, PodStatus } from '../../api/types/core-v1.ts';
import { PodSandboxState } from '../../cri/index.ts';
import { ephemeralContainers, isHostNetwork, qosClass } from '../pods/pod.ts';
import { podConditions } from './conditions.ts';
import { type ContainerStatusInputs, containerStatuses } from './container-statuses.ts';
import { podPhase } from './phase.ts';

export interface StatusInputs extends Omit<ContainerStatusInputs, 'previous'> {
  readonly hostIP: string;
  readonly now: number;
  /** The status that was last worked out, or that the API has. */
  readonly previous: PodStatus;
  /** The pod has been ended: no container starts again. */
  readonly ended: boolean;
  /** Why the kubelet ended or refused the pod, such as DeadlineExceeded. */
  readonly verdict?: { readonly reason: string; readonly message: string } | undefined;
}

/** The status of a pod, from what the runtime and the probes say. Pure. Models generateAPIPodStatus. */
export function generatePodStatus(pod: Pod, inputs: StatusInputs): PodStatus {
  const { runtime, hostIP, now, previous, verdict } = inputs;
  const common = { ...inputs };
  const init = containerStatuses(
    pod,
    pod.spec?.initContainers ?? [],
    { ...common, previous: previous.initContainerStatuses ?? [] },
    true,
  );
  const main = containerStatuses(
    pod,
    pod.spec?.containers ?? [],
    { ...common, previous: previous.containerStatuses ?? [] },
    false,
  );
  const ephemeral = containerStatuses(
    pod,
    ephemeralContainers(pod),
    { ...common, previous: previous.ephemeralContainerStatuses ?? [] },
    false,
  ).map(({ started: _started, ...status }) => ({ ...status, ready: false }));
  const terminal = hasEnded({ status: previous });
  // A pod never comes back from its end.
  const phase = terminal
    ? (previous.phase as 'Succeeded' | 'Failed')
    : verdict !== undefined
      ? 'Failed'
      : podPhase(pod, init, main, inputs.ended);
  const hasSandbox = runtime.sandboxes[0]?.state === PodSandboxState.READY;
  const podIPs = isHostNetwork(pod)
    ? [{ ip: hostIP }]
    : runtime.ips.length > 0
      ? runtime.ips.map((ip) => ({ ip }))
      : inputs.ended
        ? (previous.podIPs ?? [])
        : [];
  const why = verdict ?? (terminal ? previous : {});
  const generation = pod.metadata.generation;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    conditions: podConditions({
      pod,
      phase,
      init,
      main,
      hasSandbox,
      previous: previous.conditions ?? [],
      now: apiTime(now),
    }),
    ...(why.reason && { reason: why.reason }),
    ...(why.message && { message: why.message }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIPs[0] !== undefined && { podIP: podIPs[0].ip, podIPs }),
    startTime: previous.startTime ?? apiTime(now),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: main,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status?.qosClass ?? qosClass(pod),
  };
}
