import type { Codec } from '../../lib/protobuf/codec.ts';
import * as containers from './containers.ts';
import * as runtime from './runtime.ts';
import * as sandboxes from './sandboxes.ts';
import * as stats from './stats.ts';

/** A remote procedure: its path on the wire and the codecs of its two messages. */
export interface CriMethod<Req, ReqInit, Res, ResInit> {
  readonly path: string;
  readonly request: Codec<Req, ReqInit>;
  readonly response: Codec<Res, ResInit>;
}

const method =
  (service: string) =>
  <Req, ReqInit, Res, ResInit>(
    name: string,
    request: Codec<Req, ReqInit>,
    response: Codec<Res, ResInit>,
  ): CriMethod<Req, ReqInit, Res, ResInit> => ({ path: `/runtime.v1.${service}/${name}`, request, response });

const call = method('RuntimeService');
const imageCall = method('ImageService');
const { Empty } = runtime;

/** One request, one response (Models api.proto, services RuntimeService and ImageService). */
export const unaryMethods = {
  version: call('Version', runtime.VersionRequest, runtime.VersionResponse),
  status: call('Status', runtime.StatusRequest, runtime.StatusResponse),
  runtimeConfig: call('RuntimeConfig', Empty, runtime.RuntimeConfigResponse),
  updateRuntimeConfig: call('UpdateRuntimeConfig', runtime.UpdateRuntimeConfigRequest, Empty),

  runPodSandbox: call('RunPodSandbox', sandboxes.RunPodSandboxRequest, sandboxes.RunPodSandboxResponse),
  stopPodSandbox: call('StopPodSandbox', sandboxes.StopPodSandboxRequest, Empty),
  removePodSandbox: call('RemovePodSandbox', sandboxes.RemovePodSandboxRequest, Empty),
  podSandboxStatus: call(
    'PodSandboxStatus',
    sandboxes.PodSandboxStatusRequest,
    sandboxes.PodSandboxStatusResponse,
  ),
  listPodSandbox: call('ListPodSandbox', sandboxes.ListPodSandboxRequest, sandboxes.ListPodSandboxResponse),

  createContainer: call(
    'CreateContainer',
    containers.CreateContainerRequest,
    containers.CreateContainerResponse,
  ),
  startContainer: call('StartContainer', containers.StartContainerRequest, Empty),
  stopContainer: call('StopContainer', containers.StopContainerRequest, Empty),
  removeContainer: call('RemoveContainer', containers.RemoveContainerRequest, Empty),
  listContainers: call('ListContainers', containers.ListContainersRequest, containers.ListContainersResponse),
  containerStatus: call(
    'ContainerStatus',
    containers.ContainerStatusRequest,
    containers.ContainerStatusResponse,
  ),
  updateContainerResources: call(
    'UpdateContainerResources',
    containers.UpdateContainerResourcesRequest,
    Empty,
  ),
  reopenContainerLog: call('ReopenContainerLog', containers.ReopenContainerLogRequest, Empty),

  execSync: call('ExecSync', containers.ExecSyncRequest, containers.ExecSyncResponse),
  exec: call('Exec', containers.ExecRequest, containers.StreamingUrlResponse),
  attach: call('Attach', containers.AttachRequest, containers.StreamingUrlResponse),
  portForward: call('PortForward', containers.PortForwardRequest, containers.StreamingUrlResponse),

  containerStats: call('ContainerStats', stats.ContainerStatsRequest, stats.ContainerStatsResponse),
  listContainerStats: call(
    'ListContainerStats',
    stats.ListContainerStatsRequest,
    stats.ListContainerStatsResponse,
  ),

  listImages: imageCall('ListImages', runtime.ListImagesRequest, runtime.ListImagesResponse),
  imageStatus: imageCall('ImageStatus', runtime.ImageStatusRequest, runtime.ImageStatusResponse),
  pullImage: imageCall('PullImage', runtime.PullImageRequest, runtime.PullImageResponse),
  removeImage: imageCall('RemoveImage', runtime.RemoveImageRequest, Empty),
  imageFsInfo: imageCall('ImageFsInfo', Empty, stats.ImageFsInfoResponse),
} as const;

/** Server streaming: what happens to containers, from now on. */
export const containerEventsMethod = call('GetContainerEvents', Empty, sandboxes.ContainerEventResponse);

export type UnaryMethods = typeof unaryMethods;
export type UnaryName = keyof UnaryMethods;
type RequestOf<M> = M extends CriMethod<infer Req, infer _I, infer _R, infer _RI> ? Req : never;
type RequestInitOf<M> = M extends CriMethod<infer _Req, infer I, infer _R, infer _RI> ? I : never;
type ResponseOf<M> = M extends CriMethod<infer _Req, infer _I, infer R, infer _RI> ? R : never;
type ResponseInitOf<M> = M extends CriMethod<infer _Req, infer _I, infer _R, infer RI> ? RI : never;
/** What a server gets (`CriRequest`) and a client gives (`CriRequestInit`), and the other way round for responses. */
export type CriRequest<N extends UnaryName> = RequestOf<UnaryMethods[N]>;
export type CriRequestInit<N extends UnaryName> = RequestInitOf<UnaryMethods[N]>;
export type CriResponse<N extends UnaryName> = ResponseOf<UnaryMethods[N]>;
export type CriResponseInit<N extends UnaryName> = ResponseInitOf<UnaryMethods[N]>;
