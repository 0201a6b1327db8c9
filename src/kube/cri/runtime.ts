import {
  bool,
  enumeration,
  list,
  type MessageOf,
  message,
  nested,
  repeated,
  string,
  stringMap,
  uint64,
} from '../../lib/protobuf/codec.ts';
import { ImageSpec, Int64Value, PodSandboxConfig } from './common.ts';

/** Messages about the runtime itself and its images. */

export const Empty = message('runtime.v1.Empty', {});

export const VersionRequest = message('runtime.v1.VersionRequest', { version: string(1) });
export const VersionResponse = message('runtime.v1.VersionResponse', {
  version: string(1),
  runtimeName: string(2),
  runtimeVersion: string(3),
  runtimeApiVersion: string(4),
});

export const StatusRequest = message('runtime.v1.StatusRequest', { verbose: bool(1) });
export const RuntimeCondition = message('runtime.v1.RuntimeCondition', {
  type: string(1),
  status: bool(2),
  reason: string(3),
  message: string(4),
});
export type RuntimeCondition = MessageOf<typeof RuntimeCondition>;
export const RuntimeStatus = message('runtime.v1.RuntimeStatus', {
  conditions: list(1, () => RuntimeCondition),
});
export const RuntimeHandlerFeatures = message('runtime.v1.RuntimeHandlerFeatures', {
  recursiveReadOnlyMounts: bool(1),
  userNamespaces: bool(2),
});
export const RuntimeHandler = message('runtime.v1.RuntimeHandler', {
  name: string(1),
  features: nested(2, () => RuntimeHandlerFeatures),
});
export const RuntimeFeatures = message('runtime.v1.RuntimeFeatures', { supplementalGroupsPolicy: bool(1) });
/** The conditions are `RuntimeReady` and `NetworkReady`. */
export const StatusResponse = message('runtime.v1.StatusResponse', {
  status: nested(1, () => RuntimeStatus),
  info: stringMap(2),
  runtimeHandlers: list(3, () => RuntimeHandler),
  features: nested(4, () => RuntimeFeatures),
});

export const NetworkConfig = message('runtime.v1.NetworkConfig', { podCidr: string(1) });
export const RuntimeConfig = message('runtime.v1.RuntimeConfig', {
  networkConfig: nested(1, () => NetworkConfig),
});
export const UpdateRuntimeConfigRequest = message('runtime.v1.UpdateRuntimeConfigRequest', {
  runtimeConfig: nested(1, () => RuntimeConfig),
});
export const LinuxRuntimeConfiguration = message('runtime.v1.LinuxRuntimeConfiguration', {
  cgroupDriver: enumeration(1),
});
export const RuntimeConfigResponse = message('runtime.v1.RuntimeConfigResponse', {
  linux: nested(1, () => LinuxRuntimeConfiguration),
});

export const ImageFilter = message('runtime.v1.ImageFilter', { image: nested(1, () => ImageSpec) });
export const ListImagesRequest = message('runtime.v1.ListImagesRequest', {
  filter: nested(1, () => ImageFilter),
});
export const Image = message('runtime.v1.Image', {
  id: string(1),
  repoTags: repeated(string(2)),
  repoDigests: repeated(string(3)),
  size: uint64(4),
  uid: nested(5, () => Int64Value),
  username: string(6),
  spec: nested(7, () => ImageSpec),
  pinned: bool(8),
});
export type Image = MessageOf<typeof Image>;
export const ListImagesResponse = message('runtime.v1.ListImagesResponse', { images: list(1, () => Image) });
export const ImageStatusRequest = message('runtime.v1.ImageStatusRequest', {
  image: nested(1, () => ImageSpec),
  verbose: bool(2),
});
/** Without `image` when there is no such image on the node: that is no error. */
export const ImageStatusResponse = message('runtime.v1.ImageStatusResponse', {
  image: nested(1, () => Image),
  info: stringMap(2),
});
export const AuthConfig = message('runtime.v1.AuthConfig', {
  username: string(1),
  password: string(2),
  auth: string(3),
  serverAddress: string(4),
  identityToken: string(5),
  registryToken: string(6),
});
export const PullImageRequest = message('runtime.v1.PullImageRequest', {
  image: nested(1, () => ImageSpec),
  auth: nested(2, () => AuthConfig),
  sandboxConfig: nested(3, () => PodSandboxConfig),
});
export const PullImageResponse = message('runtime.v1.PullImageResponse', { imageRef: string(1) });
export const RemoveImageRequest = message('runtime.v1.RemoveImageRequest', {
  image: nested(1, () => ImageSpec),
});
