import {
  bool,
  bytes,
  type Codec,
  enumeration,
  type InitOf,
  id,
  int64,
  list,
  type MessageOf,
  message,
  nested,
  uid,
  uint64,
} from './codec.ts';

/** Messages of the KV service (Models api/mvccpb/kv.proto and api/etcdserverpb/rpc.proto). */

export const ResponseHeader = message('etcdserverpb.ResponseHeader', {
  clusterId: uid(1),
  memberId: uid(2),
  revision: int64(3),
  raftTerm: uint64(4),
});
export type ResponseHeader = MessageOf<typeof ResponseHeader>;
const header = nested(1, () => ResponseHeader);

export const KeyValue = message('mvccpb.KeyValue', {
  key: bytes(1),
  createRevision: int64(2),
  modRevision: int64(3),
  version: int64(4),
  value: bytes(5),
  lease: id(6),
});
export type KeyValue = MessageOf<typeof KeyValue>;

export const EventType = { PUT: 0, DELETE: 1 } as const;

export const Event = message('mvccpb.Event', {
  type: enumeration(1),
  kv: nested(2, () => KeyValue),
  prevKv: nested(3, () => KeyValue),
});
export type Event = MessageOf<typeof Event>;

export const SortOrder = { NONE: 0, ASCEND: 1, DESCEND: 2 } as const;
export const SortTarget = { KEY: 0, VERSION: 1, CREATE: 2, MOD: 3, VALUE: 4 } as const;

export const RangeRequest = message('etcdserverpb.RangeRequest', {
  key: bytes(1),
  rangeEnd: bytes(2),
  limit: int64(3),
  revision: int64(4),
  sortOrder: enumeration(5),
  sortTarget: enumeration(6),
  serializable: bool(7),
  keysOnly: bool(8),
  countOnly: bool(9),
  minModRevision: int64(10),
  maxModRevision: int64(11),
  minCreateRevision: int64(12),
  maxCreateRevision: int64(13),
});
export type RangeRequest = MessageOf<typeof RangeRequest>;
export type RangeRequestInit = InitOf<typeof RangeRequest>;

export const RangeResponse = message('etcdserverpb.RangeResponse', {
  header,
  kvs: list(2, () => KeyValue),
  more: bool(3),
  count: int64(4),
});
export type RangeResponse = MessageOf<typeof RangeResponse>;

export const PutRequest = message('etcdserverpb.PutRequest', {
  key: bytes(1),
  value: bytes(2),
  lease: id(3),
  prevKv: bool(4),
  ignoreValue: bool(5),
  ignoreLease: bool(6),
});
export type PutRequest = MessageOf<typeof PutRequest>;
export type PutRequestInit = InitOf<typeof PutRequest>;

export const PutResponse = message('etcdserverpb.PutResponse', { header, prevKv: nested(2, () => KeyValue) });
export type PutResponse = MessageOf<typeof PutResponse>;

export const DeleteRangeRequest = message('etcdserverpb.DeleteRangeRequest', {
  key: bytes(1),
  rangeEnd: bytes(2),
  prevKv: bool(3),
});
export type DeleteRangeRequest = MessageOf<typeof DeleteRangeRequest>;
export type DeleteRangeRequestInit = InitOf<typeof DeleteRangeRequest>;

export const DeleteRangeResponse = message('etcdserverpb.DeleteRangeResponse', {
  header,
  deleted: int64(2),
  prevKvs: list(3, () => KeyValue),
});
export type DeleteRangeResponse = MessageOf<typeof DeleteRangeResponse>;

export const CompareResult = { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 } as const;
export const CompareTarget = { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } as const;

/** Of the five values, the one that `target` names counts; an absent one is its zero. */
export const Compare = message('etcdserverpb.Compare', {
  result: enumeration(1),
  target: enumeration(2),
  key: bytes(3),
  version: int64(4),
  createRevision: int64(5),
  modRevision: int64(6),
  value: bytes(7),
  lease: id(8),
  rangeEnd: bytes(64),
});
export type Compare = MessageOf<typeof Compare>;
export type CompareInit = InitOf<typeof Compare>;

/** Exactly one of the four is there. Written out because a transaction may hold transactions. */
export interface RequestOp {
  requestRange?: RangeRequest | undefined;
  requestPut?: PutRequest | undefined;
  requestDeleteRange?: DeleteRangeRequest | undefined;
  requestTxn?: TxnRequest | undefined;
}
export interface RequestOpInit {
  readonly requestRange?: RangeRequestInit | undefined;
  readonly requestPut?: PutRequestInit | undefined;
  readonly requestDeleteRange?: DeleteRangeRequestInit | undefined;
  readonly requestTxn?: TxnRequestInit | undefined;
}
export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}
export interface TxnRequestInit {
  readonly compare?: readonly CompareInit[] | undefined;
  readonly success?: readonly RequestOpInit[] | undefined;
  readonly failure?: readonly RequestOpInit[] | undefined;
}
export interface ResponseOp {
  responseRange?: RangeResponse | undefined;
  responsePut?: PutResponse | undefined;
  responseDeleteRange?: DeleteRangeResponse | undefined;
  responseTxn?: TxnResponse | undefined;
}
export interface TxnResponse {
  header?: ResponseHeader | undefined;
  succeeded: boolean;
  responses: ResponseOp[];
}

export const RequestOp: Codec<RequestOp, RequestOpInit> = message('etcdserverpb.RequestOp', {
  requestRange: nested(1, () => RangeRequest),
  requestPut: nested(2, () => PutRequest),
  requestDeleteRange: nested(3, () => DeleteRangeRequest),
  requestTxn: nested(4, (): Codec<TxnRequest, TxnRequestInit> => TxnRequest),
});
export const TxnRequest: Codec<TxnRequest, TxnRequestInit> = message('etcdserverpb.TxnRequest', {
  compare: list(1, () => Compare),
  success: list(2, () => RequestOp),
  failure: list(3, () => RequestOp),
});
export const ResponseOp: Codec<ResponseOp> = message('etcdserverpb.ResponseOp', {
  responseRange: nested(1, () => RangeResponse),
  responsePut: nested(2, () => PutResponse),
  responseDeleteRange: nested(3, () => DeleteRangeResponse),
  responseTxn: nested(4, (): Codec<TxnResponse> => TxnResponse),
});
export const TxnResponse: Codec<TxnResponse> = message('etcdserverpb.TxnResponse', {
  header,
  succeeded: bool(2),
  responses: list(3, () => ResponseOp),
});

export const CompactionRequest = message('etcdserverpb.CompactionRequest', {
  revision: int64(1),
  physical: bool(2),
});
export type CompactionRequest = MessageOf<typeof CompactionRequest>;
export const CompactionResponse = message('etcdserverpb.CompactionResponse', { header });
export type CompactionResponse = MessageOf<typeof CompactionResponse>;
