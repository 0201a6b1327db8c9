import {
  ContainerConfig,
  type ContainerStatusInit,
  NamespaceMode,
  PodSandboxConfig,
  PodSandboxState,
  type PodSandboxStatusInit,
} from '../../kube/cri/index.ts';
import type { Mount } from '../../usernet/identity.ts';

/** What the runtime knows about sandboxes and containers, and how the CRI tells it. Times: nanoseconds since 1970. */

export interface SandboxRecord {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly runtimeHandler: string;
  readonly createdAt: number;
  readonly ready: boolean;
  /** The usernet namespace; the machine's own for hostNetwork. */
  readonly namespace: string;
  readonly hostNetwork: boolean;
  /** '' for hostNetwork, as containerd answers. */
  readonly ip: string;
}

export interface ContainerRecord {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly imageId: string;
  readonly imageRef: string;
  /** The log file as a path on the machine; '' for none. */
  readonly logPath: string;
  /** What the container sees where, in paths of the host. */
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly cwd: string;
  /** One of ContainerState. */
  readonly state: number;
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
}

export const isHostNetwork = (config: PodSandboxConfig) =>
  config.linux?.securityContext?.namespaceOptions?.network === NamespaceMode.NODE;

export function sandboxStatus(record: SandboxRecord): PodSandboxStatusInit {
  return {
    id: record.id,
    metadata: record.config.metadata,
    state: record.ready ? PodSandboxState.READY : PodSandboxState.NOTREADY,
    createdAt: record.createdAt,
    network: { ip: record.ready ? record.ip : '' },
    linux: { namespaces: { options: record.config.linux?.securityContext?.namespaceOptions ?? {} } },
    labels: record.config.labels,
    annotations: record.config.annotations,
    runtimeHandler: record.runtimeHandler,
  };
}

export function containerStatus(record: ContainerRecord): ContainerStatusInit {
  const { config } = record;
  const resources = config.linux?.resources;
  return {
    id: record.id,
    metadata: config.metadata,
    state: record.state,
    createdAt: record.createdAt,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    exitCode: record.exitCode,
    image: { image: config.image?.userSpecifiedImage || (config.image?.image ?? '') },
    imageRef: record.imageRef,
    imageId: record.imageId,
    reason: record.reason,
    message: record.message,
    labels: config.labels,
    annotations: config.annotations,
    mounts: config.mounts,
    logPath: record.logPath,
    ...(resources === undefined ? {} : { resources: { linux: resources } }),
  };
}

/** Records on disk are JSON with the CRI's own messages inside as base64. */
export const serializeSandbox = (record: SandboxRecord) =>
  JSON.stringify({ ...record, config: PodSandboxConfig.encode(record.config).toString('base64') });

export function parseSandbox(text: string): SandboxRecord {
  const parsed = JSON.parse(text) as SandboxRecord & { config: unknown };
  return { ...parsed, config: PodSandboxConfig.decode(Buffer.from(String(parsed.config), 'base64')) };
}

export const serializeContainer = (record: ContainerRecord) =>
  JSON.stringify({ ...record, config: ContainerConfig.encode(record.config).toString('base64') });

export function parseContainer(text: string): ContainerRecord {
  const parsed = JSON.parse(text) as ContainerRecord & { config: unknown };
  return { ...parsed, config: ContainerConfig.decode(Buffer.from(String(parsed.config), 'base64')) };
}

export const matchesLabels = (
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>> | undefined,
) => Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
