/** The public face of the client: kube-apiserver, etcdctl and the checks import only this. */

export type { ChannelTls } from '../../lib/grpc/channel.ts';
export { GrpcCode, GrpcError, isGrpcError } from '../../lib/grpc/status.ts';
export { type EtcdErrorName, etcdError, isEtcdError } from '../proto/errors.ts';
export * from '../proto/kv.ts';
export { methods } from '../proto/methods.ts';
export * from '../proto/services.ts';
export { type CallOptions, EtcdClient, type EtcdClientOptions } from './client.ts';
export { type Bytes, fromKeyEnd, prefixEnd, toBytes } from './keys.ts';
export { WatchCanceledError, type WatchHandle, type WatchListener } from './watcher.ts';
