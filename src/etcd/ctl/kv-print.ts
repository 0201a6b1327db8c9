import type {
  DeleteRangeResponse,
  KeyValue,
  PutResponse,
  RangeResponse,
  ResponseHeader,
  ResponseOp,
  TxnResponse,
} from '../proto/kv.ts';
import type { Context } from './context.ts';
import { bytesText, goJson, headerJson, kvJson, omitEmpty, quoted } from './format.ts';

/** Prints what the KV commands got. */

export function printKv(context: Context, kv: KeyValue, valueOnly = false): void {
  const { hex } = context.flags;
  const print = (bytes: Uint8Array) => {
    // A value may be anything (an encrypted secret, protobuf): only --hex makes it readable.
    context.print(hex ? bytesText(bytes, hex) : bytes);
    context.print('\n');
  };
  if (!valueOnly) print(kv.key);
  print(kv.value);
}

export function fieldsHeader(header: ResponseHeader | undefined): string {
  return `"ClusterID" : ${header?.clusterId ?? 0}\n"MemberID" : ${header?.memberId ?? 0}\n"Revision" : ${header?.revision ?? 0}\n"RaftTerm" : ${header?.raftTerm ?? 0}\n`;
}

export function fieldsKv(prefix: string, kv: KeyValue): string {
  return [
    `"${prefix}Key" : ${quoted(kv.key)}`,
    `"${prefix}CreateRevision" : ${kv.createRevision}`,
    `"${prefix}ModRevision" : ${kv.modRevision}`,
    `"${prefix}Version" : ${kv.version}`,
    `"${prefix}Value" : ${quoted(kv.value)}`,
    `"${prefix}Lease" : ${kv.lease}`,
    '',
  ].join('\n');
}

const rangeJson = (response: RangeResponse) => ({
  header: headerJson(response.header),
  ...omitEmpty({ kvs: response.kvs.map(kvJson), more: response.more, count: response.count }),
});
const putJson = (response: PutResponse) => ({
  header: headerJson(response.header),
  prev_kv: kvJson(response.prevKv),
});
const deleteJson = (response: DeleteRangeResponse) => ({
  header: headerJson(response.header),
  ...omitEmpty({ deleted: response.deleted, prev_kvs: response.prevKvs.map(kvJson) }),
});

export function printRange(context: Context, response: RangeResponse, valueOnly: boolean): void {
  switch (context.format) {
    case 'json':
      context.print(`${goJson(rangeJson(response))}\n`);
      return;
    case 'fields':
      context.print(fieldsHeader(response.header));
      for (const kv of response.kvs) context.print(fieldsKv('', kv));
      context.print(`"More" : ${response.more}\n"Count" : ${response.count}\n`);
      return;
    default:
      for (const kv of response.kvs) printKv(context, kv, valueOnly);
  }
}

export function printPut(context: Context, response: PutResponse): void {
  switch (context.format) {
    case 'json':
      context.print(`${goJson(putJson(response))}\n`);
      return;
    case 'fields':
      context.print(fieldsHeader(response.header));
      if (response.prevKv !== undefined) context.print(fieldsKv('Prev', response.prevKv));
      return;
    default:
      context.print('OK\n');
      if (response.prevKv !== undefined) printKv(context, response.prevKv);
  }
}

export function printDelete(context: Context, response: DeleteRangeResponse): void {
  switch (context.format) {
    case 'json':
      context.print(`${goJson(deleteJson(response))}\n`);
      return;
    case 'fields':
      context.print(`${fieldsHeader(response.header)}"Deleted" : ${response.deleted}\n`);
      for (const kv of response.prevKvs) context.print(fieldsKv('Prev', kv));
      return;
    default:
      context.print(`${response.deleted}\n`);
      for (const kv of response.prevKvs) printKv(context, kv);
  }
}

function opJson(op: ResponseOp): unknown {
  if (op.responseRange !== undefined) return { Response: { response_range: rangeJson(op.responseRange) } };
  if (op.responsePut !== undefined) return { Response: { response_put: putJson(op.responsePut) } };
  return { Response: { response_delete_range: deleteJson(op.responseDeleteRange!) } };
}

export function printTxn(context: Context, response: TxnResponse): void {
  if (context.format === 'json') {
    context.print(
      `${goJson({
        header: headerJson(response.header),
        ...omitEmpty({ succeeded: response.succeeded, responses: response.responses.map(opJson) }),
      })}\n`,
    );
    return;
  }
  if (context.format === 'fields') {
    context.print(`${fieldsHeader(response.header)}"Succeeded" : ${response.succeeded}\n`);
  } else context.print(response.succeeded ? 'SUCCESS\n' : 'FAILURE\n');
  for (const op of response.responses) {
    if (context.format !== 'fields') context.print('\n');
    if (op.responseRange !== undefined) printRange(context, op.responseRange, false);
    else if (op.responsePut !== undefined) printPut(context, op.responsePut);
    else if (op.responseDeleteRange !== undefined) printDelete(context, op.responseDeleteRange);
  }
}
