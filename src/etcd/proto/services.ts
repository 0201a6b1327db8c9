import {
  bool,
  bytes,
  enumeration,
  type InitOf,
  id,
  int64,
  list,
  type MessageOf,
  message,
  nested,
  repeated,
  string,
  uid,
  uint32,
  uint64,
} from './codec.ts';
import { Event, ResponseHeader } from './kv.ts';

/** Messages of the Watch, Lease, Cluster and Maintenance services (Models api/etcdserverpb/rpc.proto). */

const header = nested(1, () => ResponseHeader);

export const FilterType = { NOPUT: 0, NODELETE: 1 } as const;
export const WatchCreateRequest = message('etcdserverpb.WatchCreateRequest', {
  key: bytes(1),
  rangeEnd: bytes(2),
  startRevision: int64(3),
  progressNotify: bool(4),
  filters: repeated(enumeration(5)),
  prevKv: bool(6),
  watchId: int64(7),
  fragment: bool(8),
});
export type WatchCreateRequest = MessageOf<typeof WatchCreateRequest>;
export type WatchCreateRequestInit = InitOf<typeof WatchCreateRequest>;
export const WatchCancelRequest = message('etcdserverpb.WatchCancelRequest', { watchId: int64(1) });
export const WatchProgressRequest = message('etcdserverpb.WatchProgressRequest', {});
export const WatchRequest = message('etcdserverpb.WatchRequest', {
  createRequest: nested(1, () => WatchCreateRequest),
  cancelRequest: nested(2, () => WatchCancelRequest),
  progressRequest: nested(3, () => WatchProgressRequest),
});
export type WatchRequest = MessageOf<typeof WatchRequest>;
export const WatchResponse = message('etcdserverpb.WatchResponse', {
  header,
  watchId: int64(2),
  created: bool(3),
  canceled: bool(4),
  compactRevision: int64(5),
  cancelReason: string(6),
  fragment: bool(7),
  events: list(11, () => Event),
});
export type WatchResponse = MessageOf<typeof WatchResponse>;

export const LeaseGrantRequest = message('etcdserverpb.LeaseGrantRequest', { ttl: int64(1), id: id(2) });
export type LeaseGrantRequest = MessageOf<typeof LeaseGrantRequest>;
export const LeaseGrantResponse = message('etcdserverpb.LeaseGrantResponse', {
  header,
  id: id(2),
  ttl: int64(3),
  error: string(4),
});
export type LeaseGrantResponse = MessageOf<typeof LeaseGrantResponse>;
export const LeaseRevokeRequest = message('etcdserverpb.LeaseRevokeRequest', { id: id(1) });
export const LeaseRevokeResponse = message('etcdserverpb.LeaseRevokeResponse', { header });
export type LeaseRevokeResponse = MessageOf<typeof LeaseRevokeResponse>;
export const LeaseKeepAliveRequest = message('etcdserverpb.LeaseKeepAliveRequest', { id: id(1) });
export const LeaseKeepAliveResponse = message('etcdserverpb.LeaseKeepAliveResponse', {
  header,
  id: id(2),
  ttl: int64(3),
});
export type LeaseKeepAliveResponse = MessageOf<typeof LeaseKeepAliveResponse>;
export const LeaseTimeToLiveRequest = message('etcdserverpb.LeaseTimeToLiveRequest', {
  id: id(1),
  keys: bool(2),
});
export const LeaseTimeToLiveResponse = message('etcdserverpb.LeaseTimeToLiveResponse', {
  header,
  id: id(2),
  ttl: int64(3),
  grantedTtl: int64(4),
  keys: repeated(bytes(5)),
});
export type LeaseTimeToLiveResponse = MessageOf<typeof LeaseTimeToLiveResponse>;
export const LeaseLeasesRequest = message('etcdserverpb.LeaseLeasesRequest', {});
export const LeaseStatus = message('etcdserverpb.LeaseStatus', { id: id(1) });
export const LeaseLeasesResponse = message('etcdserverpb.LeaseLeasesResponse', {
  header,
  leases: list(2, () => LeaseStatus),
});
export type LeaseLeasesResponse = MessageOf<typeof LeaseLeasesResponse>;

export const Member = message('etcdserverpb.Member', {
  id: uid(1),
  name: string(2),
  peerUrls: repeated(string(3)),
  clientUrls: repeated(string(4)),
  isLearner: bool(5),
});
export type Member = MessageOf<typeof Member>;
const members = (number: number) => list(number, () => Member);
export const MemberAddRequest = message('etcdserverpb.MemberAddRequest', {
  peerUrls: repeated(string(1)),
  isLearner: bool(2),
});
export const MemberAddResponse = message('etcdserverpb.MemberAddResponse', {
  header,
  member: nested(2, () => Member),
  members: members(3),
});
export type MemberAddResponse = MessageOf<typeof MemberAddResponse>;
export const MemberRemoveRequest = message('etcdserverpb.MemberRemoveRequest', { id: uid(1) });
export const MemberRemoveResponse = message('etcdserverpb.MemberRemoveResponse', {
  header,
  members: members(2),
});
export const MemberUpdateRequest = message('etcdserverpb.MemberUpdateRequest', {
  id: uid(1),
  peerUrls: repeated(string(2)),
});
export const MemberUpdateResponse = message('etcdserverpb.MemberUpdateResponse', {
  header,
  members: members(2),
});
export const MemberListRequest = message('etcdserverpb.MemberListRequest', { linearizable: bool(1) });
export const MemberListResponse = message('etcdserverpb.MemberListResponse', { header, members: members(2) });
export type MemberListResponse = MessageOf<typeof MemberListResponse>;
export const MemberPromoteRequest = message('etcdserverpb.MemberPromoteRequest', { id: uid(1) });
export const MemberPromoteResponse = message('etcdserverpb.MemberPromoteResponse', {
  header,
  members: members(2),
});

export const AlarmType = { NONE: 0, NOSPACE: 1, CORRUPT: 2 } as const;
export const AlarmAction = { GET: 0, ACTIVATE: 1, DEACTIVATE: 2 } as const;
export const AlarmRequest = message('etcdserverpb.AlarmRequest', {
  action: enumeration(1),
  memberId: uid(2),
  alarm: enumeration(3),
});
export type AlarmRequest = MessageOf<typeof AlarmRequest>;
export const AlarmMember = message('etcdserverpb.AlarmMember', { memberId: uid(1), alarm: enumeration(2) });
export type AlarmMember = MessageOf<typeof AlarmMember>;
export const AlarmResponse = message('etcdserverpb.AlarmResponse', {
  header,
  alarms: list(2, () => AlarmMember),
});
export type AlarmResponse = MessageOf<typeof AlarmResponse>;
export const StatusRequest = message('etcdserverpb.StatusRequest', {});
export const StatusResponse = message('etcdserverpb.StatusResponse', {
  header,
  version: string(2),
  dbSize: int64(3),
  leader: uid(4),
  raftIndex: uint64(5),
  raftTerm: uint64(6),
  raftAppliedIndex: uint64(7),
  errors: repeated(string(8)),
  dbSizeInUse: int64(9),
  isLearner: bool(10),
});
export type StatusResponse = MessageOf<typeof StatusResponse>;
export const DefragmentRequest = message('etcdserverpb.DefragmentRequest', {});
export const DefragmentResponse = message('etcdserverpb.DefragmentResponse', { header });
export type DefragmentResponse = MessageOf<typeof DefragmentResponse>;
export const HashRequest = message('etcdserverpb.HashRequest', {});
export const HashResponse = message('etcdserverpb.HashResponse', { header, hash: uint32(2) });
export const HashKVRequest = message('etcdserverpb.HashKVRequest', { revision: int64(1) });
export const HashKVResponse = message('etcdserverpb.HashKVResponse', {
  header,
  hash: uint32(2),
  compactRevision: int64(3),
});
export type HashKVResponse = MessageOf<typeof HashKVResponse>;
export const MoveLeaderRequest = message('etcdserverpb.MoveLeaderRequest', { targetId: uid(1) });
export const MoveLeaderResponse = message('etcdserverpb.MoveLeaderResponse', { header });
export type MoveLeaderResponse = MessageOf<typeof MoveLeaderResponse>;

export const ServingStatus = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;
export const HealthCheckRequest = message('grpc.health.v1.HealthCheckRequest', { service: string(1) });
export const HealthCheckResponse = message('grpc.health.v1.HealthCheckResponse', { status: enumeration(1) });
