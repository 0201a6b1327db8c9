/** What a typed client does before it sends: JSON → protobuf, byte for byte as Go writes it: fields in order of their numbers, map keys sorted, values that are no pointers always. */
import type { JsonObject } from '../../../src/kube/api/protobuf/decode.ts';
import {
  type Field,
  type Message,
  messageOf,
  messageOfKind,
  type WireType,
} from '../../../src/kube/api/protobuf/messages.ts';
import { encodeTime, parseGoDuration } from '../../../src/kube/api/protobuf/time.ts';
import { ProtobufError, Writer } from '../../../src/kube/api/protobuf/wire.ts';

/** An object as `application/vnd.kubernetes.protobuf`; undefined when its kind has no message (Table, custom kinds). */
export function encodeProtobuf(object: JsonObject): Buffer | undefined {
  const apiVersion = String(object.apiVersion ?? '');
  const kind = String(object.kind ?? '');
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined) return undefined;
  const typeMeta = new Writer();
  typeMeta.stringField(1, apiVersion);
  typeMeta.stringField(2, kind);
  const unknown = new Writer();
  unknown.bytesField(1, typeMeta.finish());
  unknown.bytesField(2, encodeMessage(message, object));
  unknown.stringField(3, '');
  unknown.stringField(4, '');
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), unknown.finish()]);
}

export function encodeMessage(message: Message, object: JsonObject): Buffer {
  const writer = new Writer();
  for (const field of message.fields) {
    if (field.inline) {
      if (field.type.kind === 'message') {
        const inner = messageOf(field.type.id);
        const present = inner.fields.some((f) => object[f.name] !== undefined);
        if (present || !field.pointer) writer.bytesField(field.number, encodeMessage(inner, object));
      }
    } else writeField(writer, field, object[field.name]);
  }
  return writer.finish();
}

function writeField(writer: Writer, field: Field, value: unknown): void {
  const { type, number } = field;
  if (type.kind === 'list') {
    for (const item of (value as unknown[] | null | undefined) ?? [])
      writeValue(writer, number, type.item, item);
    return;
  }
  if (type.kind === 'map') {
    const map = (value ?? {}) as JsonObject;
    for (const key of Object.keys(map).sort(byBytes)) {
      const entry = new Writer();
      entry.stringField(1, key);
      writeValue(entry, 2, type.item, map[key]);
      writer.bytesField(number, entry.finish());
    }
    return;
  }
  if (value !== undefined && value !== null) writeValue(writer, number, type, value);
  else if (!field.pointer) writeZero(writer, number, type);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function writeZero(writer: Writer, number: number, type: WireType): void {
  if (type.kind === 'message') writer.bytesField(number, encodeMessage(messageOf(type.id), {}));
  else if (type.kind === 'scalar') {
    if (type.word === 'string') writer.stringField(number, '');
    else if (/^(u?int\d+|bool)$/.test(type.word)) writer.varintField(number, 0);
    else if (type.word === 'double') writer.doubleField(number, 0);
    else if (type.word === 'int-or-string') writeValue(writer, number, type, 0);
    else if (type.word === 'duration') writeValue(writer, number, type, '0s');
    else if (type.word === 'quantity') writeValue(writer, number, type, '0');
    else if (type.word !== 'bytes' && type.word !== 'string-list') writer.bytesField(number, Buffer.alloc(0));
  }
}

function writeValue(writer: Writer, number: number, type: WireType, value: unknown): void {
  if (type.kind === 'message') {
    writer.bytesField(number, encodeMessage(messageOf(type.id), (value ?? {}) as JsonObject));
    return;
  }
  if (type.kind !== 'scalar') throw new ProtobufError('a list stands in a list');
  const inner = new Writer();
  switch (type.word) {
    case 'string':
      writer.stringField(number, String(value));
      return;
    case 'bool':
      writer.varintField(number, value === true);
      return;
    case 'int32':
    case 'int64':
    case 'uint8':
      writer.varintField(number, BigInt(Math.trunc(Number(value))));
      return;
    case 'double':
      writer.doubleField(number, Number(value));
      return;
    case 'bytes':
      writer.bytesField(number, Buffer.from(String(value), 'base64'));
      return;
    case 'time':
      writer.bytesField(number, value === null ? Buffer.alloc(0) : encodeTime(String(value), false));
      return;
    case 'microtime':
      writer.bytesField(number, value === null ? Buffer.alloc(0) : encodeTime(String(value), true));
      return;
    case 'duration':
      inner.varintField(1, parseGoDuration(String(value)) ?? 0n);
      break;
    case 'quantity':
      inner.stringField(1, String(value));
      break;
    case 'int-or-string':
      inner.varintField(1, typeof value === 'string');
      inner.varintField(2, typeof value === 'number' ? value : 0);
      inner.stringField(3, typeof value === 'string' ? value : '');
      break;
    case 'string-list':
      for (const item of value as string[]) inner.stringField(1, item);
      break;
    case 'raw-extension':
    case 'fields-v1':
    case 'json':
      inner.bytesField(1, Buffer.from(JSON.stringify(value), 'utf8'));
      break;
    default:
      throw new ProtobufError(`unsupported protobuf type ${type.word}`);
  }
  writer.bytesField(number, inner.finish());
}
