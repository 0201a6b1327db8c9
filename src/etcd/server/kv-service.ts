import { applyRange, applyTxn, isReadOnly, isSerializable } from '../mvcc/apply-kv.ts';
import { checkDeleteRange, checkPut, checkRange, checkTxn } from '../mvcc/check-request.ts';
import { etcdError } from '../proto/errors.ts';
import { methods } from '../proto/methods.ts';
import type { RpcTable } from './rpc.ts';
import type { EtcdServer } from './server.ts';

/** The KV service. Models server/etcdserver/v3_server.go. */
export function addKvService(rpc: RpcTable, server: EtcdServer): void {
  const { store, lessor } = server.state;
  const { maxTxnOps, maxRequestBytes } = server.config;

  rpc.add(methods.range, async (request) => {
    checkRange(request);
    if (!request.serializable) await server.readIndex();
    const response = applyRange(store, request);
    return { ...response, header: server.header(response.header!.revision) };
  });

  rpc.add(methods.put, async (request) => {
    checkPut(request);
    if (request.key.length + request.value.length > maxRequestBytes) throw etcdError('RequestTooLarge');
    const { put } = await server.propose({ put: request });
    return { ...put, header: server.header(put!.header!.revision) };
  });

  rpc.add(methods.deleteRange, async (request) => {
    checkDeleteRange(request);
    const { deleteRange } = await server.propose({ deleteRange: request });
    return { ...deleteRange, header: server.header(deleteRange!.header!.revision) };
  });

  rpc.add(methods.txn, async (request) => {
    checkTxn(request, maxTxnOps);
    if (isReadOnly(request)) {
      if (!isSerializable(request)) await server.readIndex();
      const view = store.write();
      const response = applyTxn(view, request, (id) => lessor.has(id));
      return { ...response, header: server.header(response.header!.revision) };
    }
    const { txn } = await server.propose({ txn: request });
    return { ...txn!, header: server.header(txn!.header!.revision) };
  });

  rpc.add(methods.compact, async (request) => {
    const { compaction } = await server.propose({ compaction: request });
    return { header: server.header(compaction!.header!.revision) };
  });
}
