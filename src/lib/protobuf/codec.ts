import { WireReader, WireWriter } from './wire.ts';

/**
 * Messages as tables. `message('RangeRequest', { key: bytes(1), limit: int64(3) })` gives a codec, and its TypeScript
 * types follow from the table: `MessageOf` is what decoding returns (every scalar there, proto3 defaults filled in),
 * `InitOf` is what encoding takes (everything optional).
 *
 * Numbers: revisions, counts and sizes fit 2^53 and are `number`; identities (cluster, member, lease) use all
 * 64 bits and are `bigint`.
 */
interface KindValues {
  int64: number;
  uint64: number;
  enum: number;
  bool: boolean;
  bytes: Buffer;
  string: string;
  /** int64 as bigint: lease ids. */
  id: bigint;
  /** uint64 as bigint: cluster and member ids. */
  uid: bigint;
}
interface KindInits extends Omit<KindValues, 'bytes'> {
  bytes: Uint8Array;
}
type Kind = keyof KindValues;

export interface ScalarField<K extends Kind = Kind> {
  readonly number: number;
  readonly kind: K;
}
export interface RepeatedScalar<K extends Kind = Kind> {
  readonly number: number;
  readonly repeatedKind: K;
}
export interface MessageField<T = unknown, I = unknown> {
  readonly number: number;
  readonly message: () => Codec<T, I>;
}
export interface RepeatedMessage<T = unknown, I = unknown> {
  readonly number: number;
  readonly repeatedMessage: () => Codec<T, I>;
}
/** map<string, string>. */
export interface StringMapField {
  readonly number: number;
  readonly stringMap: true;
}
// `never` on the encoding side: a table may hold codecs of any message.
type Field =
  | ScalarField
  | RepeatedScalar
  | StringMapField
  | MessageField<unknown, never>
  | RepeatedMessage<unknown, never>;
type Fields = Readonly<Record<string, Field>>;

type Simplify<T> = { [K in keyof T]: T[K] };
type MessageKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends MessageField<unknown, never> ? K : never;
}[keyof F];
export type MessageOfFields<F extends Fields> = Simplify<
  {
    [K in Exclude<keyof F, MessageKeys<F>>]: F[K] extends ScalarField<infer S>
      ? KindValues[S]
      : F[K] extends RepeatedScalar<infer S>
        ? KindValues[S][]
        : F[K] extends StringMapField
          ? Record<string, string>
          : F[K] extends RepeatedMessage<infer T, never>
            ? T[]
            : never;
  } & { [K in MessageKeys<F>]?: F[K] extends MessageField<infer T, never> ? T | undefined : never }
>;
export type InitOfFields<F extends Fields> = Simplify<{
  readonly [K in keyof F]?:
    | (F[K] extends ScalarField<infer S>
        ? KindInits[S]
        : F[K] extends RepeatedScalar<infer S>
          ? readonly KindInits[S][]
          : F[K] extends StringMapField
            ? Readonly<Record<string, string>>
            : F[K] extends MessageField<infer _T, infer I>
              ? I
              : F[K] extends RepeatedMessage<infer _T, infer I>
                ? readonly I[]
                : never)
    | undefined;
}>;

/** T is what decoding gives, I what encoding takes. */
export interface Codec<T, I = T> {
  readonly name: string;
  encode(message: I): Buffer;
  /** Throws RangeError for bytes that are no such message. */
  decode(data: Uint8Array): T;
  write(writer: WireWriter, message: I): void;
  read(reader: WireReader): T;
}
export type MessageOf<C> = C extends Codec<infer T, infer _I> ? T : never;
export type InitOf<C> = C extends Codec<infer _T, infer I> ? I : never;

const scalar =
  <K extends Kind>(kind: K) =>
  (number: number): ScalarField<K> => ({ number, kind });
export const int64 = scalar('int64');
export const uint64 = scalar('uint64');
export const uint32 = scalar('uint64');
export const enumeration = scalar('enum');
export const bool = scalar('bool');
export const bytes = scalar('bytes');
export const string = scalar('string');
export const id = scalar('id');
export const uid = scalar('uid');
export const repeated = <K extends Kind>(field: ScalarField<K>): RepeatedScalar<K> => ({
  number: field.number,
  repeatedKind: field.kind,
});
export const stringMap = (number: number): StringMapField => ({ number, stringMap: true });
/** A function, so that a message may be named before it is defined, and hold itself. */
export const nested = <T, I>(number: number, codec: () => Codec<T, I>): MessageField<T, I> => ({
  number,
  message: codec,
});
export const list = <T, I>(number: number, codec: () => Codec<T, I>): RepeatedMessage<T, I> => ({
  number,
  repeatedMessage: codec,
});

const emptyBytes = Buffer.alloc(0);
const defaults: KindValues = {
  int64: 0,
  uint64: 0,
  enum: 0,
  bool: false,
  bytes: emptyBytes,
  string: '',
  id: 0n,
  uid: 0n,
};
const isLengthDelimited = (kind: Kind) => kind === 'bytes' || kind === 'string';

function writeScalar(writer: WireWriter, kind: Kind, value: KindInits[Kind]): void {
  switch (kind) {
    case 'int64':
    case 'uint64':
    case 'enum': {
      const number = value as number;
      if (number < 0 || number > Number.MAX_SAFE_INTEGER) writer.varintBig(BigInt(number));
      else writer.varint(number);
      return;
    }
    case 'bool':
      writer.varint(value ? 1 : 0);
      return;
    case 'id':
    case 'uid':
      writer.varintBig(value as bigint);
      return;
    case 'bytes':
    case 'string': {
      const before = writer.length;
      if (kind === 'bytes') writer.bytes(value as Uint8Array);
      else writer.string(value as string);
      writer.varint(writer.length - before);
    }
  }
}

function readScalar(reader: WireReader, kind: Kind): KindValues[Kind] {
  switch (kind) {
    case 'int64':
      return reader.int64();
    case 'uint64':
    case 'enum':
      return reader.varint();
    case 'bool':
      return reader.varint() !== 0;
    case 'bytes':
      return reader.bytes();
    case 'string':
      return reader.bytes().toString('utf8');
    case 'id':
      return BigInt.asIntN(64, reader.varintBig());
    case 'uid':
      return reader.varintBig();
  }
}

const isDefault = (kind: Kind, value: KindInits[Kind]) =>
  kind === 'bytes' ? (value as Uint8Array).length === 0 : value === defaults[kind];

const sharedWriter = new WireWriter();

class TableCodec {
  readonly name: string;
  readonly #fields: readonly (readonly [string, Field])[];
  readonly #byNumber: readonly (readonly [string, Field] | undefined)[];
  /** A message with nothing in it. Cloning it is much quicker than setting one field after the other. */
  readonly #empty: Record<string, unknown> = {};
  /** What each message must have of its own. */
  readonly #maps: string[] = [];
  readonly #lists: string[] = [];

  constructor(name: string, fields: Fields) {
    this.name = name;
    // Ascending by number, as other implementations write them; the writer goes backwards through the list.
    this.#fields = Object.entries(fields).sort(([, a], [, b]) => a.number - b.number);
    for (const [name, field] of this.#fields) {
      this.#empty[name] = 'kind' in field ? defaults[field.kind] : undefined;
      if ('stringMap' in field) this.#maps.push(name);
      else if (!('kind' in field) && !('message' in field)) this.#lists.push(name);
    }
    const byNumber: (readonly [string, Field] | undefined)[] = [];
    for (const entry of this.#fields) byNumber[entry[1].number] = entry;
    this.#byNumber = byNumber;
  }

  encode(message: Readonly<Record<string, unknown>>): Buffer {
    this.write(sharedWriter, message);
    return sharedWriter.finish();
  }

  decode(data: Uint8Array): Record<string, unknown> {
    return this.read(new WireReader(data));
  }

  write(writer: WireWriter, message: Readonly<Record<string, unknown>>): void {
    for (let i = this.#fields.length - 1; i >= 0; i--) {
      const [name, field] = this.#fields[i]!;
      const value = message[name];
      if (value === undefined) continue;
      if ('kind' in field) {
        if (isDefault(field.kind, value as KindInits[Kind])) continue;
        writeScalar(writer, field.kind, value as KindInits[Kind]);
        writer.varint(field.number * 8 + (isLengthDelimited(field.kind) ? 2 : 0));
      } else if ('message' in field) {
        writeNested(writer, field.number, field.message(), value);
      } else if ('stringMap' in field) {
        writeStringMap(writer, field.number, value as Readonly<Record<string, string>>);
      } else if ('repeatedMessage' in field) {
        const codec = field.repeatedMessage();
        const items = value as readonly unknown[];
        for (let at = items.length - 1; at >= 0; at--) writeNested(writer, field.number, codec, items[at]);
      } else {
        const items = value as readonly KindInits[Kind][];
        const before = writer.length;
        for (let at = items.length - 1; at >= 0; at--) {
          writeScalar(writer, field.repeatedKind, items[at]!);
          if (isLengthDelimited(field.repeatedKind)) writer.varint(field.number * 8 + 2);
        }
        // Numbers go packed into one field; strings and bytes carry a tag each.
        if (items.length > 0 && !isLengthDelimited(field.repeatedKind)) {
          writer.varint(writer.length - before);
          writer.varint(field.number * 8 + 2);
        }
      }
    }
  }

  read(reader: WireReader): Record<string, unknown> {
    const message = { ...this.#empty };
    for (const name of this.#maps) message[name] = {};
    for (const name of this.#lists) message[name] = [];
    while (!reader.done) {
      const tag = reader.varint();
      const wireType = tag & 7;
      const entry = this.#byNumber[Math.floor(tag / 8)];
      if (entry === undefined) {
        reader.skip(wireType);
        continue;
      }
      const [name, field] = entry;
      if ('kind' in field) message[name] = readScalar(reader, field.kind);
      else if ('message' in field) message[name] = field.message().read(reader.nested());
      else if ('stringMap' in field) {
        const { key, value } = mapEntry.read(reader.nested());
        (message[name] as Record<string, string>)[key] = value;
      } else if ('repeatedMessage' in field)
        (message[name] as unknown[]).push(field.repeatedMessage().read(reader.nested()));
      else if (wireType === 2 && !isLengthDelimited(field.repeatedKind)) {
        const packed = reader.nested();
        while (!packed.done) (message[name] as unknown[]).push(readScalar(packed, field.repeatedKind));
      } else (message[name] as unknown[]).push(readScalar(reader, field.repeatedKind));
    }
    return message;
  }
}

function writeNested(writer: WireWriter, number: number, codec: Codec<unknown, never>, value: unknown): void {
  const before = writer.length;
  codec.write(writer, value as never);
  writer.varint(writer.length - before);
  writer.varint(number * 8 + 2);
}

/** Sorted by key, as Go's deterministic marshalling does; backwards like everything here. */
function writeStringMap(writer: WireWriter, number: number, entries: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(entries).sort(([a], [b]) => (a < b ? 1 : -1))) {
    writeNested(writer, number, mapEntry as Codec<unknown, never>, { key, value });
  }
}

/** The codec of a message; field names become property names. */
export function message<const F extends Fields>(
  name: string,
  fields: F,
): Codec<MessageOfFields<F>, InitOfFields<F>> {
  return new TableCodec(name, fields) as unknown as Codec<MessageOfFields<F>, InitOfFields<F>>;
}

const mapEntry = message('MapEntry', { key: string(1), value: string(2) });
