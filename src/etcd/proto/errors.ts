import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';

/**
 * The errors that clients tell apart by their text (Models api/v3rpc/rpctypes/error.go).
 * Each use makes a fresh error, so that its stack is its own.
 */
const table = {
  EmptyKey: [GrpcCode.InvalidArgument, 'etcdserver: key is not provided'],
  KeyNotFound: [GrpcCode.InvalidArgument, 'etcdserver: key not found'],
  ValueProvided: [GrpcCode.InvalidArgument, 'etcdserver: value is provided'],
  LeaseProvided: [GrpcCode.InvalidArgument, 'etcdserver: lease is provided'],
  TooManyOps: [GrpcCode.InvalidArgument, 'etcdserver: too many operations in txn request'],
  DuplicateKey: [GrpcCode.InvalidArgument, 'etcdserver: duplicate key given in txn request'],
  InvalidSortOption: [GrpcCode.InvalidArgument, 'etcdserver: invalid sort option'],
  Compacted: [GrpcCode.OutOfRange, 'etcdserver: mvcc: required revision has been compacted'],
  FutureRev: [GrpcCode.OutOfRange, 'etcdserver: mvcc: required revision is a future revision'],
  NoSpace: [GrpcCode.ResourceExhausted, 'etcdserver: mvcc: database space exceeded'],
  LeaseNotFound: [GrpcCode.NotFound, 'etcdserver: requested lease not found'],
  LeaseExist: [GrpcCode.FailedPrecondition, 'etcdserver: lease already exists'],
  LeaseTTLTooLarge: [GrpcCode.OutOfRange, 'etcdserver: too large lease TTL'],
  MemberExist: [GrpcCode.FailedPrecondition, 'etcdserver: member ID already exist'],
  PeerURLExist: [GrpcCode.FailedPrecondition, 'etcdserver: Peer URLs already exists'],
  MemberNotEnoughStarted: [
    GrpcCode.FailedPrecondition,
    'etcdserver: re-configuration failed due to not enough started members',
  ],
  MemberBadURLs: [GrpcCode.InvalidArgument, 'etcdserver: given member URLs are invalid'],
  MemberNotFound: [GrpcCode.NotFound, 'etcdserver: member not found'],
  MemberNotLearner: [GrpcCode.FailedPrecondition, 'etcdserver: can only promote a learner member'],
  LearnerNotReady: [
    GrpcCode.FailedPrecondition,
    'etcdserver: can only promote a learner member which is in sync with leader',
  ],
  TooManyLearners: [GrpcCode.FailedPrecondition, 'etcdserver: too many learner members in cluster'],
  RequestTooLarge: [GrpcCode.InvalidArgument, 'etcdserver: request is too large'],
  TooManyRequests: [GrpcCode.ResourceExhausted, 'etcdserver: too many requests'],
  NoLeader: [GrpcCode.Unavailable, 'etcdserver: no leader'],
  NotLeader: [GrpcCode.FailedPrecondition, 'etcdserver: not leader'],
  LeaderChanged: [GrpcCode.Unavailable, 'etcdserver: leader changed'],
  Stopped: [GrpcCode.Unavailable, 'etcdserver: server stopped'],
  Timeout: [GrpcCode.Unavailable, 'etcdserver: request timed out'],
  TimeoutDueToLeaderFail: [
    GrpcCode.Unavailable,
    'etcdserver: request timed out, possibly due to previous leader failure',
  ],
  Unhealthy: [GrpcCode.Unavailable, 'etcdserver: unhealthy cluster'],
  NotSupportedForLearner: [GrpcCode.Unavailable, 'etcdserver: rpc not supported for learner'],
  BadLeaderTransferee: [GrpcCode.FailedPrecondition, 'etcdserver: bad leader transferee'],
} as const satisfies Readonly<Record<string, readonly [GrpcCode, string]>>;

export type EtcdErrorName = keyof typeof table;

export function etcdError(name: EtcdErrorName): GrpcError {
  const [code, text] = table[name];
  return new GrpcError(code, text);
}

/** True for the error of that name, made here or received over the wire. */
export const isEtcdError = (error: unknown, name: EtcdErrorName): error is GrpcError =>
  error instanceof GrpcError && error.code === table[name][0] && error.message === table[name][1];
