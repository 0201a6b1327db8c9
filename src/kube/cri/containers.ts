import {
  bool,
  bytes,
  enumeration,
  type InitOf,
  int64,
  list,
  type MessageOf,
  message,
  nested,
  repeated,
  string,
  stringMap,
} from '../../lib/protobuf/codec.ts';
import {
  ContainerMetadata,
  ImageSpec,
  Int64Value,
  KeyValue,
  LinuxContainerResources,
  Mount,
  NamespaceOption,
  PodSandboxConfig,
  SecurityProfile,
} from './common.ts';

/** Messages about containers, and about running commands in them. */

const containerId = { containerId: string(1) };
const int32 = int64;

export const Capability = message('runtime.v1.Capability', {
  addCapabilities: repeated(string(1)),
  dropCapabilities: repeated(string(2)),
  addAmbientCapabilities: repeated(string(3)),
});
export const LinuxContainerSecurityContext = message('runtime.v1.LinuxContainerSecurityContext', {
  capabilities: nested(1, () => Capability),
  privileged: bool(2),
  namespaceOptions: nested(3, () => NamespaceOption),
  runAsUser: nested(5, () => Int64Value),
  runAsUsername: string(6),
  readonlyRootfs: bool(7),
  supplementalGroups: repeated(int64(8)),
  noNewPrivs: bool(11),
  runAsGroup: nested(12, () => Int64Value),
  maskedPaths: repeated(string(13)),
  readonlyPaths: repeated(string(14)),
  seccomp: nested(15, () => SecurityProfile),
  apparmor: nested(16, () => SecurityProfile),
});
export const LinuxContainerConfig = message('runtime.v1.LinuxContainerConfig', {
  resources: nested(1, () => LinuxContainerResources),
  securityContext: nested(2, () => LinuxContainerSecurityContext),
});
export const Device = message('runtime.v1.Device', {
  containerPath: string(1),
  hostPath: string(2),
  permissions: string(3),
});
export const ContainerConfig = message('runtime.v1.ContainerConfig', {
  metadata: nested(1, () => ContainerMetadata),
  image: nested(2, () => ImageSpec),
  command: repeated(string(3)),
  args: repeated(string(4)),
  workingDir: string(5),
  envs: list(6, () => KeyValue),
  mounts: list(7, () => Mount),
  devices: list(8, () => Device),
  labels: stringMap(9),
  annotations: stringMap(10),
  logPath: string(11),
  stdin: bool(12),
  stdinOnce: bool(13),
  tty: bool(14),
  linux: nested(15, () => LinuxContainerConfig),
  stopSignal: enumeration(18),
});
export type ContainerConfig = MessageOf<typeof ContainerConfig>;
export type ContainerConfigInit = InitOf<typeof ContainerConfig>;

export const CreateContainerRequest = message('runtime.v1.CreateContainerRequest', {
  podSandboxId: string(1),
  config: nested(2, () => ContainerConfig),
  sandboxConfig: nested(3, () => PodSandboxConfig),
});
export const CreateContainerResponse = message('runtime.v1.CreateContainerResponse', containerId);
export const StartContainerRequest = message('runtime.v1.StartContainerRequest', containerId);
/** `timeout` in seconds: how long after SIGTERM the container is killed; 0 kills at once. */
export const StopContainerRequest = message('runtime.v1.StopContainerRequest', {
  ...containerId,
  timeout: int64(2),
});
export const RemoveContainerRequest = message('runtime.v1.RemoveContainerRequest', containerId);
export const ReopenContainerLogRequest = message('runtime.v1.ReopenContainerLogRequest', containerId);
export const UpdateContainerResourcesRequest = message('runtime.v1.UpdateContainerResourcesRequest', {
  ...containerId,
  linux: nested(2, () => LinuxContainerResources),
  annotations: stringMap(4),
});

export const ContainerStateValue = message('runtime.v1.ContainerStateValue', { state: enumeration(1) });
export const ContainerFilter = message('runtime.v1.ContainerFilter', {
  id: string(1),
  state: nested(2, () => ContainerStateValue),
  podSandboxId: string(3),
  labelSelector: stringMap(4),
});
export type ContainerFilter = MessageOf<typeof ContainerFilter>;
export const ListContainersRequest = message('runtime.v1.ListContainersRequest', {
  filter: nested(1, () => ContainerFilter),
});
export const Container = message('runtime.v1.Container', {
  id: string(1),
  podSandboxId: string(2),
  metadata: nested(3, () => ContainerMetadata),
  image: nested(4, () => ImageSpec),
  imageRef: string(5),
  state: enumeration(6),
  createdAt: int64(7),
  labels: stringMap(8),
  annotations: stringMap(9),
  imageId: string(10),
});
export type Container = MessageOf<typeof Container>;
export const ListContainersResponse = message('runtime.v1.ListContainersResponse', {
  containers: list(1, () => Container),
});

export const ContainerStatusRequest = message('runtime.v1.ContainerStatusRequest', {
  ...containerId,
  verbose: bool(2),
});
export const ContainerResources = message('runtime.v1.ContainerResources', {
  linux: nested(1, () => LinuxContainerResources),
});
export const ContainerStatus = message('runtime.v1.ContainerStatus', {
  id: string(1),
  metadata: nested(2, () => ContainerMetadata),
  state: enumeration(3),
  createdAt: int64(4),
  startedAt: int64(5),
  finishedAt: int64(6),
  exitCode: int32(7),
  image: nested(8, () => ImageSpec),
  imageRef: string(9),
  reason: string(10),
  message: string(11),
  labels: stringMap(12),
  annotations: stringMap(13),
  mounts: list(14, () => Mount),
  logPath: string(15),
  resources: nested(16, () => ContainerResources),
  imageId: string(17),
});
export type ContainerStatus = MessageOf<typeof ContainerStatus>;
export type ContainerStatusInit = InitOf<typeof ContainerStatus>;
export const ContainerStatusResponse = message('runtime.v1.ContainerStatusResponse', {
  status: nested(1, () => ContainerStatus),
  info: stringMap(2),
});

/** `timeout` in seconds; 0 waits for ever. */
export const ExecSyncRequest = message('runtime.v1.ExecSyncRequest', {
  ...containerId,
  cmd: repeated(string(2)),
  timeout: int64(3),
});
export const ExecSyncResponse = message('runtime.v1.ExecSyncResponse', {
  stdout: bytes(1),
  stderr: bytes(2),
  exitCode: int32(3),
});
export const ExecRequest = message('runtime.v1.ExecRequest', {
  ...containerId,
  cmd: repeated(string(2)),
  tty: bool(3),
  stdin: bool(4),
  stdout: bool(5),
  stderr: bool(6),
});
export type ExecRequest = MessageOf<typeof ExecRequest>;
export const AttachRequest = message('runtime.v1.AttachRequest', {
  ...containerId,
  stdin: bool(2),
  tty: bool(3),
  stdout: bool(4),
  stderr: bool(5),
});
export type AttachRequest = MessageOf<typeof AttachRequest>;
export const PortForwardRequest = message('runtime.v1.PortForwardRequest', {
  podSandboxId: string(1),
  port: repeated(int32(2)),
});
/** Where the streaming server of the runtime takes the connection: `http://127.0.0.1:PORT/exec/TOKEN`. */
export const StreamingUrlResponse = message('runtime.v1.StreamingUrlResponse', { url: string(1) });
