import {
  type InitOf,
  int64,
  list,
  type MessageOf,
  message,
  nested,
  string,
  stringMap,
} from '../../lib/protobuf/codec.ts';
import { ContainerMetadata, UInt64Value } from './common.ts';

/** Messages about what containers and images use. */

const amount = (number: number) => nested(number, () => UInt64Value);

export const FilesystemIdentifier = message('runtime.v1.FilesystemIdentifier', { mountpoint: string(1) });
export const FilesystemUsage = message('runtime.v1.FilesystemUsage', {
  timestamp: int64(1),
  fsId: nested(2, () => FilesystemIdentifier),
  usedBytes: amount(3),
  inodesUsed: amount(4),
});
export const ContainerAttributes = message('runtime.v1.ContainerAttributes', {
  id: string(1),
  metadata: nested(2, () => ContainerMetadata),
  labels: stringMap(3),
  annotations: stringMap(4),
});
export const CpuUsage = message('runtime.v1.CpuUsage', {
  timestamp: int64(1),
  usageCoreNanoSeconds: amount(2),
  usageNanoCores: amount(3),
});
export const MemoryUsage = message('runtime.v1.MemoryUsage', {
  timestamp: int64(1),
  workingSetBytes: amount(2),
  availableBytes: amount(3),
  usageBytes: amount(4),
  rssBytes: amount(5),
  pageFaults: amount(6),
  majorPageFaults: amount(7),
});
export const ContainerStats = message('runtime.v1.ContainerStats', {
  attributes: nested(1, () => ContainerAttributes),
  cpu: nested(2, () => CpuUsage),
  memory: nested(3, () => MemoryUsage),
  writableLayer: nested(4, () => FilesystemUsage),
});
export type ContainerStats = MessageOf<typeof ContainerStats>;
export type ContainerStatsInit = InitOf<typeof ContainerStats>;
export const ContainerStatsFilter = message('runtime.v1.ContainerStatsFilter', {
  id: string(1),
  podSandboxId: string(2),
  labelSelector: stringMap(3),
});
export const ContainerStatsRequest = message('runtime.v1.ContainerStatsRequest', { containerId: string(1) });
export const ContainerStatsResponse = message('runtime.v1.ContainerStatsResponse', {
  stats: nested(1, () => ContainerStats),
});
export const ListContainerStatsRequest = message('runtime.v1.ListContainerStatsRequest', {
  filter: nested(1, () => ContainerStatsFilter),
});
export const ListContainerStatsResponse = message('runtime.v1.ListContainerStatsResponse', {
  stats: list(1, () => ContainerStats),
});
export const ImageFsInfoResponse = message('runtime.v1.ImageFsInfoResponse', {
  imageFilesystems: list(1, () => FilesystemUsage),
  containerFilesystems: list(2, () => FilesystemUsage),
});
