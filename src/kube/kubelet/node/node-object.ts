import type { Node, NodeCondition, NodeStatus, Taint } from '../../api/types/core-v1.ts';
import { kubernetesVersion } from '../../component-base/version.ts';
import type { RuntimeHealth } from '../runtime/container-runtime.ts';
import type { MachineFacts } from './machine-facts.ts';

export interface NodeSettings {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly maxPods: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** Upstream's default threshold of eviction: this much memory is kept back. */
const reservedMemoryBytes = 100 * 2 ** 20;

/** The labels that every kubelet gives its node. */
export function nodeLabels(
  { name, labels }: NodeSettings,
  { architecture }: MachineFacts,
): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...labels,
  };
}

const kibibytes = (bytes: number) => `${Math.max(0, Math.floor(bytes / 1024))}Ki`;

export function nodeCapacity({ maxPods }: NodeSettings, facts: MachineFacts) {
  const common = {
    cpu: String(facts.cpus),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(maxPods),
  };
  return {
    capacity: {
      ...common,
      'ephemeral-storage': kibibytes(facts.storageBytes),
      memory: kibibytes(facts.memoryBytes),
    },
    allocatable: {
      ...common,
      // A tenth stays free (nodefs.available < 10 %).
      'ephemeral-storage': String(Math.floor(facts.storageBytes * 0.9)),
      memory: kibibytes(facts.memoryBytes - reservedMemoryBytes),
    },
  };
}

export interface NodeStatusInputs {
  readonly settings: NodeSettings;
  readonly facts: MachineFacts;
  readonly runtimeVersion: string;
  readonly health: RuntimeHealth;
  /** The status of the object in the API. */
  readonly previous: NodeStatus | undefined;
  readonly images: NodeStatus['images'];
  /** RFC 3339. */
  readonly now: string;
}

/** The status of the node. Pure; models pkg/kubelet/nodestatus/setters.go. */
export function nodeStatus(inputs: NodeStatusInputs): NodeStatus {
  const { settings, facts, runtimeVersion, images } = inputs;
  return {
    ...nodeCapacity(settings, facts),
    addresses: [
      { type: 'InternalIP', address: settings.address },
      { type: 'Hostname', address: settings.name },
    ],
    conditions: nodeConditions(inputs),
    daemonEndpoints: { kubeletEndpoint: { Port: settings.port } },
    images: images ?? [],
    nodeInfo: {
      machineID: facts.machineID,
      systemUUID: facts.machineID,
      bootID: facts.bootID,
      kernelVersion: facts.kernelVersion,
      osImage: facts.osImage,
      containerRuntimeVersion: runtimeVersion,
      kubeletVersion: kubernetesVersion,
      // Deprecated upstream and empty there too since 1.33.
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: facts.architecture,
    },
  };
}

function nodeConditions({ health, previous, now }: NodeStatusInputs): NodeCondition[] {
  const problems = [health.runtime, health.network].filter((text): text is string => text !== undefined);
  const ready =
    problems.length === 0
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`,
        };
  const wanted = [
    {
      type: 'MemoryPressure',
      status: 'False',
      reason: 'KubeletHasSufficientMemory',
      message: 'kubelet has sufficient memory available',
    },
    {
      type: 'DiskPressure',
      status: 'False',
      reason: 'KubeletHasNoDiskPressure',
      message: 'kubelet has no disk pressure',
    },
    {
      type: 'PIDPressure',
      status: 'False',
      reason: 'KubeletHasSufficientPID',
      message: 'kubelet has sufficient PID available',
    },
    ready,
  ];
  const conditions = wanted.map((condition) => {
    const old = previous?.conditions?.find(({ type }) => type === condition.type);
    const same = old?.status === condition.status && old.lastTransitionTime !== undefined;
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime: same ? old.lastTransitionTime! : now };
  });
  const others = (previous?.conditions ?? []).filter(({ type }) => !wanted.some((one) => one.type === type));
  return [...conditions, ...others];
}

/** The object that a kubelet introduces itself with. */
export function initialNode(settings: NodeSettings, facts: MachineFacts, status: NodeStatus): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: settings.name,
      labels: nodeLabels(settings, facts),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: settings.taints.length > 0 ? { taints: [...settings.taints] } : {},
    status,
  };
}

/** The status without what every heartbeat changes: two of these differ when something really happened. */
export function withoutHeartbeats(status: NodeStatus | undefined): NodeStatus {
  return {
    ...status,
    conditions: (status?.conditions ?? []).map(({ lastHeartbeatTime: _time, ...condition }) => condition),
  };
}
