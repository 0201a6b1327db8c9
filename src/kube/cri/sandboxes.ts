import {
  bool,
  enumeration,
  type InitOf,
  int64,
  list,
  type MessageOf,
  message,
  nested,
  string,
  stringMap,
} from '../../lib/protobuf/codec.ts';
import { NamespaceOption, PodSandboxConfig, PodSandboxMetadata } from './common.ts';
import { ContainerStatus } from './containers.ts';

/** Messages about pod sandboxes: the network namespace and the frame that the containers of one pod share. */

const sandboxId = { podSandboxId: string(1) };

export const RunPodSandboxRequest = message('runtime.v1.RunPodSandboxRequest', {
  config: nested(1, () => PodSandboxConfig),
  runtimeHandler: string(2),
});
export const RunPodSandboxResponse = message('runtime.v1.RunPodSandboxResponse', sandboxId);
export const StopPodSandboxRequest = message('runtime.v1.StopPodSandboxRequest', sandboxId);
export const RemovePodSandboxRequest = message('runtime.v1.RemovePodSandboxRequest', sandboxId);

export const PodSandboxStatusRequest = message('runtime.v1.PodSandboxStatusRequest', {
  ...sandboxId,
  verbose: bool(2),
});
export const PodIP = message('runtime.v1.PodIP', { ip: string(1) });
export const PodSandboxNetworkStatus = message('runtime.v1.PodSandboxNetworkStatus', {
  ip: string(1),
  additionalIps: list(2, () => PodIP),
});
export const Namespace = message('runtime.v1.Namespace', { options: nested(2, () => NamespaceOption) });
export const LinuxPodSandboxStatus = message('runtime.v1.LinuxPodSandboxStatus', {
  namespaces: nested(1, () => Namespace),
});
export const PodSandboxStatus = message('runtime.v1.PodSandboxStatus', {
  id: string(1),
  metadata: nested(2, () => PodSandboxMetadata),
  state: enumeration(3),
  createdAt: int64(4),
  network: nested(5, () => PodSandboxNetworkStatus),
  linux: nested(6, () => LinuxPodSandboxStatus),
  labels: stringMap(7),
  annotations: stringMap(8),
  runtimeHandler: string(9),
});
export type PodSandboxStatus = MessageOf<typeof PodSandboxStatus>;
export type PodSandboxStatusInit = InitOf<typeof PodSandboxStatus>;
export const PodSandboxStatusResponse = message('runtime.v1.PodSandboxStatusResponse', {
  status: nested(1, () => PodSandboxStatus),
  info: stringMap(2),
  containersStatuses: list(3, () => ContainerStatus),
  timestamp: int64(4),
});

export const PodSandboxStateValue = message('runtime.v1.PodSandboxStateValue', { state: enumeration(1) });
export const PodSandboxFilter = message('runtime.v1.PodSandboxFilter', {
  id: string(1),
  state: nested(2, () => PodSandboxStateValue),
  labelSelector: stringMap(3),
});
export type PodSandboxFilter = MessageOf<typeof PodSandboxFilter>;
export const ListPodSandboxRequest = message('runtime.v1.ListPodSandboxRequest', {
  filter: nested(1, () => PodSandboxFilter),
});
export const PodSandbox = message('runtime.v1.PodSandbox', {
  id: string(1),
  metadata: nested(2, () => PodSandboxMetadata),
  state: enumeration(3),
  createdAt: int64(4),
  labels: stringMap(5),
  annotations: stringMap(6),
  runtimeHandler: string(7),
});
export type PodSandbox = MessageOf<typeof PodSandbox>;
export const ListPodSandboxResponse = message('runtime.v1.ListPodSandboxResponse', {
  items: list(1, () => PodSandbox),
});

export const ContainerEventResponse = message('runtime.v1.ContainerEventResponse', {
  containerId: string(1),
  containerEventType: enumeration(2),
  createdAt: int64(3),
  podSandboxStatus: nested(4, () => PodSandboxStatus),
  containersStatuses: list(5, () => ContainerStatus),
});
export type ContainerEventResponse = MessageOf<typeof ContainerEventResponse>;
export type ContainerEventInit = InitOf<typeof ContainerEventResponse>;
