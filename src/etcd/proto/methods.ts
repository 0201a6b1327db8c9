import type { Codec } from './codec.ts';
import * as kv from './kv.ts';
import * as pb from './services.ts';

/** A remote procedure: its path on the wire and the codecs of its two messages. */
export interface Method<Req, ReqInit, Res, ResInit> {
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
  ): Method<Req, ReqInit, Res, ResInit> => ({ path: `/${service}/${name}`, request, response });

const kvMethod = method('etcdserverpb.KV');
const leaseMethod = method('etcdserverpb.Lease');
const clusterMethod = method('etcdserverpb.Cluster');
const maintenanceMethod = method('etcdserverpb.Maintenance');

/** What this implementation speaks; every other path is answered Unimplemented. */
export const methods = {
  range: kvMethod('Range', kv.RangeRequest, kv.RangeResponse),
  put: kvMethod('Put', kv.PutRequest, kv.PutResponse),
  deleteRange: kvMethod('DeleteRange', kv.DeleteRangeRequest, kv.DeleteRangeResponse),
  txn: kvMethod('Txn', kv.TxnRequest, kv.TxnResponse),
  compact: kvMethod('Compact', kv.CompactionRequest, kv.CompactionResponse),
  watch: method('etcdserverpb.Watch')('Watch', pb.WatchRequest, pb.WatchResponse),
  leaseGrant: leaseMethod('LeaseGrant', pb.LeaseGrantRequest, pb.LeaseGrantResponse),
  leaseRevoke: leaseMethod('LeaseRevoke', pb.LeaseRevokeRequest, pb.LeaseRevokeResponse),
  leaseKeepAlive: leaseMethod('LeaseKeepAlive', pb.LeaseKeepAliveRequest, pb.LeaseKeepAliveResponse),
  leaseTimeToLive: leaseMethod('LeaseTimeToLive', pb.LeaseTimeToLiveRequest, pb.LeaseTimeToLiveResponse),
  leaseLeases: leaseMethod('LeaseLeases', pb.LeaseLeasesRequest, pb.LeaseLeasesResponse),
  memberAdd: clusterMethod('MemberAdd', pb.MemberAddRequest, pb.MemberAddResponse),
  memberRemove: clusterMethod('MemberRemove', pb.MemberRemoveRequest, pb.MemberRemoveResponse),
  memberUpdate: clusterMethod('MemberUpdate', pb.MemberUpdateRequest, pb.MemberUpdateResponse),
  memberList: clusterMethod('MemberList', pb.MemberListRequest, pb.MemberListResponse),
  memberPromote: clusterMethod('MemberPromote', pb.MemberPromoteRequest, pb.MemberPromoteResponse),
  alarm: maintenanceMethod('Alarm', pb.AlarmRequest, pb.AlarmResponse),
  status: maintenanceMethod('Status', pb.StatusRequest, pb.StatusResponse),
  defragment: maintenanceMethod('Defragment', pb.DefragmentRequest, pb.DefragmentResponse),
  hash: maintenanceMethod('Hash', pb.HashRequest, pb.HashResponse),
  hashKv: maintenanceMethod('HashKV', pb.HashKVRequest, pb.HashKVResponse),
  moveLeader: maintenanceMethod('MoveLeader', pb.MoveLeaderRequest, pb.MoveLeaderResponse),
  healthCheck: method('grpc.health.v1.Health')('Check', pb.HealthCheckRequest, pb.HealthCheckResponse),
} as const;
