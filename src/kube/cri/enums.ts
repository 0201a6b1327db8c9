/** Enumerations of the CRI (Models k8s.io/cri-api pkg/apis/runtime/v1/api.proto), without their prefixes. */

export const Protocol = { TCP: 0, UDP: 1, SCTP: 2 } as const;
export const MountPropagation = { PRIVATE: 0, HOST_TO_CONTAINER: 1, BIDIRECTIONAL: 2 } as const;
export const NamespaceMode = { POD: 0, CONTAINER: 1, NODE: 2, TARGET: 3 } as const;
export const PodSandboxState = { READY: 0, NOTREADY: 1 } as const;
export const ContainerState = { CREATED: 0, RUNNING: 1, EXITED: 2, UNKNOWN: 3 } as const;
export const ContainerEventType = { CREATED: 0, STARTED: 1, STOPPED: 2, DELETED: 3 } as const;
export const CgroupDriver = { SYSTEMD: 0, CGROUPFS: 1 } as const;

/** `CONTAINER_RUNNING` and so on, as crictl and upstream's texts spell a state. */
export function containerStateName(state: number): string {
  const found = Object.entries(ContainerState).find(([, value]) => value === state);
  return `CONTAINER_${found?.[0] ?? 'UNKNOWN'}`;
}
