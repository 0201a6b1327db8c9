import type { NodeFacts, PodFacts } from './facts.ts';

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
}

interface ContainerStatus {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState;
}

/** As much of a node or a pod as is shown. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: { readonly nodeName?: string; readonly unschedulable?: boolean };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export const nodeFacts = ({ metadata, spec, status }: ApiObject): NodeFacts => ({
  name: metadata.name,
  ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
  cordoned: spec?.unschedulable === true,
  version: status?.nodeInfo?.kubeletVersion ?? '',
  address: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
});

/** Why a container does not run, in one word. */
const reasonOf = ({ waiting, terminated }: ContainerState): string | undefined =>
  waiting?.reason ??
  terminated?.reason ??
  (terminated?.exitCode === undefined ? undefined : `ExitCode:${terminated.exitCode}`);

/** The word that stands in the STATUS column of `kubectl get pods`. Models printPod of pkg/printers/internalversion. */
function statusOf({ metadata, status = {} }: ApiObject): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { initContainerStatuses: inits = [], containerStatuses = [] } = status;
  const pending = inits.findIndex(({ state }) => state?.terminated?.exitCode !== 0);
  if (pending !== -1) {
    const reason = reasonOf(inits[pending]?.state ?? {});
    return reason === undefined || reason === 'PodInitializing'
      ? `Init:${pending}/${inits.length}`
      : `Init:${reason}`;
  }
  const reasons = containerStatuses.map(({ state }) => reasonOf(state ?? {}));
  // One that has done its work beside one that runs: the pod runs.
  const runs = containerStatuses.some(({ ready }) => ready);
  const reason = reasons.find((word) => word !== undefined && !(word === 'Completed' && runs));
  return reason ?? status.reason ?? status.phase ?? 'Unknown';
}

export function podFacts(pod: ApiObject): PodFacts {
  const { metadata, spec, status } = pod;
  const containers = status?.containerStatuses ?? [];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    ready: `${containers.filter(({ ready }) => ready).length}/${containers.length}`,
    status: statusOf(pod),
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    address: status?.podIP ?? '',
    node: spec?.nodeName ?? '',
  };
}
