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
  uint32,
  uint64,
} from '../../lib/protobuf/codec.ts';

/**
 * Messages that several calls of the CRI share. Times are nanoseconds since 1970, as numbers: a double keeps them exact
 * to 256 ns. What only Windows nodes know is left out.
 */

const int32 = int64;

export const Int64Value = message('runtime.v1.Int64Value', { value: int64(1) });
export const UInt64Value = message('runtime.v1.UInt64Value', { value: uint64(1) });

export const ImageSpec = message('runtime.v1.ImageSpec', {
  image: string(1),
  annotations: stringMap(2),
  userSpecifiedImage: string(18),
  runtimeHandler: string(19),
  imageRef: string(20),
});
export type ImageSpec = MessageOf<typeof ImageSpec>;

export const KeyValue = message('runtime.v1.KeyValue', { key: string(1), value: bytes(2) });

export const DNSConfig = message('runtime.v1.DNSConfig', {
  servers: repeated(string(1)),
  searches: repeated(string(2)),
  options: repeated(string(3)),
});
export type DNSConfig = MessageOf<typeof DNSConfig>;

export const PortMapping = message('runtime.v1.PortMapping', {
  protocol: enumeration(1),
  containerPort: int32(2),
  hostPort: int32(3),
  hostIp: string(4),
});
export type PortMapping = MessageOf<typeof PortMapping>;

export const Mount = message('runtime.v1.Mount', {
  containerPath: string(1),
  hostPath: string(2),
  readonly: bool(3),
  selinuxRelabel: bool(4),
  propagation: enumeration(5),
  recursiveReadOnly: bool(8),
  image: nested(9, () => ImageSpec),
  imageSubPath: string(10),
});
export type Mount = MessageOf<typeof Mount>;

export const NamespaceOption = message('runtime.v1.NamespaceOption', {
  network: enumeration(1),
  pid: enumeration(2),
  ipc: enumeration(3),
  targetId: string(4),
});
export const SecurityProfile = message('runtime.v1.SecurityProfile', {
  profileType: enumeration(1),
  localhostRef: string(2),
});
export const LinuxSandboxSecurityContext = message('runtime.v1.LinuxSandboxSecurityContext', {
  namespaceOptions: nested(1, () => NamespaceOption),
  runAsUser: nested(3, () => Int64Value),
  readonlyRootfs: bool(4),
  supplementalGroups: repeated(int64(5)),
  privileged: bool(6),
  runAsGroup: nested(8, () => Int64Value),
  seccomp: nested(9, () => SecurityProfile),
  apparmor: nested(10, () => SecurityProfile),
});
export const LinuxContainerResources = message('runtime.v1.LinuxContainerResources', {
  cpuPeriod: int64(1),
  cpuQuota: int64(2),
  cpuShares: int64(3),
  memoryLimitInBytes: int64(4),
  oomScoreAdj: int64(5),
  cpusetCpus: string(6),
  cpusetMems: string(7),
  unified: stringMap(9),
  memorySwapLimitInBytes: int64(10),
});
export const LinuxPodSandboxConfig = message('runtime.v1.LinuxPodSandboxConfig', {
  cgroupParent: string(1),
  securityContext: nested(2, () => LinuxSandboxSecurityContext),
  sysctls: stringMap(3),
  overhead: nested(4, () => LinuxContainerResources),
  resources: nested(5, () => LinuxContainerResources),
});

export const PodSandboxMetadata = message('runtime.v1.PodSandboxMetadata', {
  name: string(1),
  uid: string(2),
  namespace: string(3),
  attempt: uint32(4),
});
export type PodSandboxMetadata = MessageOf<typeof PodSandboxMetadata>;
export const PodSandboxConfig = message('runtime.v1.PodSandboxConfig', {
  metadata: nested(1, () => PodSandboxMetadata),
  hostname: string(2),
  logDirectory: string(3),
  dnsConfig: nested(4, () => DNSConfig),
  portMappings: list(5, () => PortMapping),
  labels: stringMap(6),
  annotations: stringMap(7),
  linux: nested(8, () => LinuxPodSandboxConfig),
});
export type PodSandboxConfig = MessageOf<typeof PodSandboxConfig>;
export type PodSandboxConfigInit = InitOf<typeof PodSandboxConfig>;

export const ContainerMetadata = message('runtime.v1.ContainerMetadata', {
  name: string(1),
  attempt: uint32(2),
});
export type ContainerMetadata = MessageOf<typeof ContainerMetadata>;
