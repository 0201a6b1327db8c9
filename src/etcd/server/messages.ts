import {
  bool,
  bytes,
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
} from '../proto/codec.ts';
import { CompactionRequest, DeleteRangeRequest, PutRequest, TxnRequest } from '../proto/kv.ts';
import {
  AlarmMember,
  AlarmRequest,
  LeaseGrantRequest,
  LeaseRevokeRequest,
  Member,
} from '../proto/services.ts';

/** What members tell each other through the log and through snapshots. */

const ClusterMemberAttrSetRequest = message('membershippb.ClusterMemberAttrSetRequest', {
  memberId: uid(1),
  attributes: nested(2, () =>
    message('membershippb.Attributes', { name: string(1), clientUrls: repeated(string(2)) }),
  ),
});

/** The data of a normal log entry: one request. Models api/etcdserverpb/raft_internal.proto. */
export const InternalRaftRequest = message('etcdserverpb.InternalRaftRequest', {
  id: uid(1),
  put: nested(4, () => PutRequest),
  deleteRange: nested(5, () => DeleteRangeRequest),
  txn: nested(6, () => TxnRequest),
  compaction: nested(7, () => CompactionRequest),
  leaseGrant: nested(8, () => LeaseGrantRequest),
  leaseRevoke: nested(9, () => LeaseRevokeRequest),
  alarm: nested(10, () => AlarmRequest),
  clusterMemberAttrSet: nested(1301, () => ClusterMemberAttrSetRequest),
});
export type InternalRaftRequest = MessageOf<typeof InternalRaftRequest>;
export type InternalRaftRequestInit = InitOf<typeof InternalRaftRequest>;

const RecordMessage = message('k8slab.etcd.Record', {
  key: bytes(1),
  createRevision: int64(2),
  modRevision: int64(3),
  version: int64(4),
  value: bytes(5),
  lease: id(6),
  sub: int64(7),
  deleted: bool(8),
});

/** The whole replicated state at one index: the content of a snapshot file, and of MsgSnap. */
export const StateSnapshot = message('k8slab.etcd.StateSnapshot', {
  revision: int64(1),
  compactRevision: int64(2),
  records: list(3, () => RecordMessage),
  leases: list(4, () => LeaseGrantRequest),
  members: list(5, () => Member),
  removedMembers: repeated(uid(6)),
  alarms: list(7, () => AlarmMember),
});
export type StateSnapshot = MessageOf<typeof StateSnapshot>;
