/**
 * Protobuf → JSON. A body of a typed client is `k8s\0`, then runtime.Unknown with the kind and the object's own bytes
 * (staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf). What comes out is what the same client would have sent
 * as JSON, less the empty structs that Go writes and nobody reads.
 */
import { type Field, type Message, messageOf, messageOfKind, type WireType } from './messages.ts';
import { decodeTime, formatGoDuration } from './time.ts';
import { ProtobufError, Reader, VARINT } from './wire.ts';

const PREFIX = Buffer.from('k8s\0', 'latin1');

export type JsonObject = Record<string, unknown>;

export function isProtobuf(body: Buffer): boolean {
  return body.subarray(0, 4).equals(PREFIX);
}

/** The object in an envelope, with apiVersion and kind first. Throws ProtobufError. */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!isProtobuf(body)) {
    throw new ProtobufError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  const envelope = decodeMessage(unknownMessage, body.subarray(PREFIX.length)) as {
    apiVersion?: string;
    kind?: string;
    raw?: string;
    contentType?: string;
  };
  const { apiVersion = '', kind = '' } = envelope;
  const raw = Buffer.from(envelope.raw ?? '', 'base64');
  if (envelope.contentType === 'application/json') return JSON.parse(raw.toString('utf8')) as JsonObject;
  const message = messageOfKind(apiVersion, kind);
  if (message === undefined)
    throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  return { apiVersion, kind, ...decodeMessage(message, raw) };
}

/** The bytes of one message, without an envelope. */
export function decodeMessage(message: Message, bytes: Buffer): JsonObject {
  const result: JsonObject = {};
  const reader = new Reader(bytes);
  while (!reader.done) {
    const { number, wire } = reader.tag();
    const field = message.byNumber.get(number);
    if (field === undefined) reader.skip(wire);
    else readField(field, reader, wire, result);
  }
  return result;
}

/** runtime.Unknown and its TypeMeta, which have no Go tags of a group. */
const typeMeta: Message = table('runtime.TypeMeta', [scalar('apiVersion', 1), scalar('kind', 2)]);
const unknownMessage: Message = table('runtime.Unknown', [
  { ...scalar('typeMeta', 1), type: { kind: 'message', id: typeMeta.id }, inline: true },
  scalar('raw', 2, 'bytes'),
  scalar('contentEncoding', 3),
  scalar('contentType', 4),
]);

function scalar(name: string, number: number, word = 'string'): Field {
  return { name, number, type: { kind: 'scalar', word }, pointer: false, keepZero: false, inline: false };
}

function table(id: string, fields: Field[]): Message {
  return { id, fields, byNumber: new Map(fields.map((f) => [f.number, f])) };
}

function readField(field: Field, reader: Reader, wire: number, result: JsonObject): void {
  const { type } = field;
  if (type.kind === 'list') {
    result[field.name] ??= [];
    const list = result[field.name] as unknown[];
    // A packed list is one delimited field of many varints.
    if (wire !== VARINT && isVarint(type.item)) {
      const packed = new Reader(reader.delimited());
      while (!packed.done) list.push(readValue(type.item, packed));
    } else list.push(readValue(type.item, reader));
    return;
  }
  if (type.kind === 'map') {
    result[field.name] ??= {};
    const map = result[field.name] as JsonObject;
    const [key, value] = readEntry(type.item, reader.delimited());
    // An assignment to a key named __proto__ would set the prototype.
    Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
    return;
  }
  const value = readValue(type, reader);
  if (field.inline) {
    Object.assign(result, value);
    return;
  }
  if (!field.pointer && isZero(type, value)) {
    if (!field.keepZero) return;
    if (value === undefined) {
      result[field.name] = null;
      return;
    }
  }
  if (value !== undefined) result[field.name] = value;
}

function isVarint(type: WireType): boolean {
  return type.kind === 'scalar' && /^(u?int\d+|bool)$/.test(type.word);
}

function isZero(type: WireType, value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === false) return true;
  if (type.kind === 'message') return Object.keys(value as JsonObject).length === 0;
  return false;
}

function readEntry(type: WireType, bytes: Buffer): [string, unknown] {
  const reader = new Reader(bytes);
  let key = '';
  let value: unknown;
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (number === 1) key = reader.delimited().toString('utf8');
    else if (number === 2) value = readValue(type, reader);
    else reader.skip(wire);
  }
  return [key, value ?? readValue(type, new Reader(Buffer.from([0])))];
}

function readValue(type: WireType, reader: Reader): unknown {
  if (type.kind === 'message') {
    const message = type.id === typeMeta.id ? typeMeta : messageOf(type.id);
    return decodeMessage(message, reader.delimited());
  }
  if (type.kind !== 'scalar') throw new ProtobufError('a list stands in a list');
  return readScalar(type.word, reader);
}

function readScalar(word: string, reader: Reader): unknown {
  switch (word) {
    case 'string':
      return reader.delimited().toString('utf8');
    case 'bool':
      return reader.varint() !== 0n;
    case 'int32':
    case 'int64':
    case 'uint8':
      return reader.signed();
    case 'double':
      return reader.double();
    case 'bytes':
      return reader.delimited().toString('base64');
    case 'time':
      return decodeTime(reader.delimited(), false);
    case 'microtime':
      return decodeTime(reader.delimited(), true);
    case 'duration':
      return formatGoDuration(BigInt(readFields(reader.delimited()).numbers.get(1) ?? 0));
    case 'quantity':
      return readFields(reader.delimited()).texts.get(1)?.toString('utf8') ?? '0';
    case 'int-or-string': {
      const { numbers, texts } = readFields(reader.delimited());
      return numbers.get(1) === 1 ? (texts.get(3)?.toString('utf8') ?? '') : (numbers.get(2) ?? 0);
    }
    case 'string-list':
      return readFields(reader.delimited()).lists.map((b) => b.toString('utf8'));
    case 'raw-extension':
    case 'fields-v1':
    case 'json': {
      const raw = readFields(reader.delimited()).texts.get(1);
      if (raw === undefined || raw.length === 0) return undefined;
      return isProtobuf(raw) ? decodeProtobuf(raw) : (JSON.parse(raw.toString('utf8')) as unknown);
    }
    default:
      throw new ProtobufError(`unsupported protobuf type ${word}`);
  }
}

/** The fields of the small messages that JSON writes as one value. */
function readFields(bytes: Buffer): {
  numbers: Map<number, number>;
  texts: Map<number, Buffer>;
  lists: Buffer[];
} {
  const numbers = new Map<number, number>();
  const texts = new Map<number, Buffer>();
  const lists: Buffer[] = [];
  const reader = new Reader(bytes);
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (wire === VARINT) numbers.set(number, reader.signed());
    else if (wire === 2) {
      const text = reader.delimited();
      texts.set(number, text);
      if (number === 1) lists.push(text);
    } else reader.skip(wire);
  }
  return { numbers, texts, lists };
}
