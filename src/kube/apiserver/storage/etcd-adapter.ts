import {
  CompareResult,
  CompareTarget,
  EtcdClient,
  type EtcdClientOptions,
  EventType,
  isEtcdError,
  type KeyValue,
  type RequestOpInit,
} from '../../../etcd/client/index.ts';
import {
  EtcdCompactedError,
  type EtcdKeyValue,
  type EtcdOperation,
  type EtcdPort,
  type EtcdTransaction,
} from './etcd-port.ts';

const bytes = (value: string) => Buffer.from(value);

function toKeyValue(kv: KeyValue): EtcdKeyValue {
  return {
    key: Buffer.from(kv.key).toString('utf8'),
    value: Buffer.from(kv.value.buffer, kv.value.byteOffset, kv.value.byteLength),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
    version: kv.version,
  };
}

function toRequestOp(operation: EtcdOperation): RequestOpInit {
  if ('put' in operation) {
    const { key, value, lease } = operation.put;
    return { requestPut: { key: bytes(key), value, ...(lease === undefined ? {} : { lease }) } };
  }
  if ('delete' in operation) return { requestDeleteRange: { key: bytes(operation.delete.key) } };
  return { requestRange: { key: bytes(operation.get.key) } };
}

const asCompacted = (error: unknown): unknown =>
  isEtcdError(error, 'Compacted') ? new EtcdCompactedError() : error;

/** The etcd client behind the port, and how to close it. */
export function connectEtcd(options: EtcdClientOptions): { etcd: EtcdPort; close: () => void } {
  const client = new EtcdClient(options);
  const etcd: EtcdPort = {
    async range(key, { end, limit, revision, countOnly } = {}) {
      try {
        const answer = await client.range({
          key: bytes(key),
          ...(end === undefined ? {} : { rangeEnd: bytes(end) }),
          ...(limit === undefined ? {} : { limit }),
          ...(revision === undefined ? {} : { revision }),
          ...(countOnly === undefined ? {} : { countOnly }),
        });
        return {
          revision: answer.header!.revision,
          kvs: answer.kvs.map(toKeyValue),
          more: answer.more,
          count: answer.count,
        };
      } catch (error) {
        throw asCompacted(error);
      }
    },

    async txn({ compare, success, failure }: EtcdTransaction) {
      const answer = await client.txn({
        compare: compare.map(({ key, modRevision }) => ({
          key: bytes(key),
          target: CompareTarget.MOD,
          result: CompareResult.EQUAL,
          modRevision,
        })),
        success: success.map(toRequestOp),
        failure: failure.map(toRequestOp),
      });
      return {
        succeeded: answer.succeeded,
        revision: answer.header!.revision,
        found: answer.responses
          .filter(({ responseRange }) => responseRange !== undefined)
          .map(({ responseRange }) => {
            const kv = responseRange!.kvs[0];
            return kv === undefined ? undefined : toKeyValue(kv);
          }),
      };
    },

    watch(key, end, startRevision, { onEvents, onEnd }) {
      const handle = client.watch(
        { key: bytes(key), rangeEnd: bytes(end), startRevision },
        {
          onEvents: (events) =>
            onEvents(
              events.map(({ type, kv }) => ({
                type: type === EventType.DELETE ? ('delete' as const) : ('put' as const),
                kv: toKeyValue(kv!),
              })),
            ),
          onError: (error) =>
            onEnd(error.compactRevision > 0 ? new EtcdCompactedError(error.message) : error),
        },
      );
      return () => handle.cancel();
    },

    leaseGrant: async (ttlSeconds) => (await client.leaseGrant(ttlSeconds)).id,

    async compact(revision) {
      try {
        await client.compact(revision);
      } catch (error) {
        throw asCompacted(error);
      }
    },
  };
  return { etcd, close: () => client.close() };
}
