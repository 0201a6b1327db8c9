/**
 * The tar format (POSIX ustar), as much as cp needs of it: a header block of 512 bytes an entry, then its bytes, padded
 * to whole blocks. Names that are too long for a header stand in an entry of their own before it, as GNU tar does it; a
 * reader also knows the pax spelling of that. Pure: bytes in, bytes out.
 */
export type TarType = 'file' | 'directory' | 'symlink' | 'other';

export interface TarEntry {
  readonly name: string;
  readonly type: TarType;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly linkName: string;
}

const blockBytes = 512;
const flags: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '2': 'symlink',
  '5': 'directory',
};
const flagOf: Readonly<Record<TarType, string>> = { file: '0', symlink: '2', directory: '5', other: '0' };

class TarError extends Error {
  constructor(message: string) {
    super(`archive/tar: ${message}`);
    this.name = 'TarError';
  }
}

export const padding = (size: number) => Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
export const endOfArchive = () => Buffer.alloc(2 * blockBytes);

function checksum(block: Buffer): number {
  // The field itself counts as spaces.
  let sum = 8 * 32;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += block[at]!;
  return sum;
}

function headerBlock(
  name: string,
  flag: string,
  entry: Pick<TarEntry, 'mode' | 'size' | 'mtime'>,
  link = '',
): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  block.write(name, 0, 100, 'utf8');
  octal(entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.size, 124, 12);
  octal(entry.mtime, 136, 12);
  block.write(flag, 156, 'latin1');
  block.write(link, 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** GNU's way to say a name (L) or a link's target (K) of more than 100 bytes. */
function longField(text: string, flag: 'L' | 'K'): Buffer {
  const bytes = Buffer.from(`${text}\0`, 'utf8');
  const head = headerBlock('././@LongLink', flag, { mode: 0o644, size: bytes.length, mtime: 0 });
  return Buffer.concat([head, bytes, padding(bytes.length)]);
}

/** The header of an entry; its `size` bytes and their padding are to follow. */
export function encodeHeader(entry: TarEntry): Buffer {
  const isLong = (text: string) => Buffer.byteLength(text) > 100;
  return Buffer.concat([
    ...(isLong(entry.linkName) ? [longField(entry.linkName, 'K')] : []),
    ...(isLong(entry.name) ? [longField(entry.name, 'L')] : []),
    headerBlock(entry.name, flagOf[entry.type], entry, entry.linkName),
  ]);
}

function textAt(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function numberAt(block: Buffer, at: number, length: number): number {
  // GNU writes what does not fit as a big number with the top bit set.
  if ((block[at]! & 0x80) !== 0) return Number(block.readBigUInt64BE(at + length - 8));
  const text = textAt(block, at, length).trim();
  if (!/^[0-7]*$/.test(text)) throw new TarError('invalid tar header');
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function decodeBlock(block: Buffer): TarEntry & { readonly flag: string } {
  if (numberAt(block, 148, 8) !== checksum(block)) throw new TarError('invalid tar header');
  const flag = String.fromCharCode(block[156]!);
  const prefix = textAt(block, 257, 5) === 'ustar' && block[262] === 0 ? textAt(block, 345, 155) : '';
  const name = textAt(block, 0, 100);
  const type = flags[flag] ?? 'other';
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    mode: numberAt(block, 100, 8) & 0o7777,
    size: type === 'symlink' || type === 'directory' ? 0 : numberAt(block, 124, 12),
    mtime: numberAt(block, 136, 12),
    linkName: textAt(block, 157, 100),
    flag,
  };
}

/** `LENGTH key=value\n`, as pax writes it. */
function paxRecords(data: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(32, at);
    const length = Number(data.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) throw new TarError('invalid tar header');
    const record = data.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

export interface ReadEntry extends TarEntry {
  /** The bytes of a file, as they come; what is not read is skipped. */
  readonly data: AsyncIterable<Buffer>;
}

/** The entries of an archive, one after the other. Throws TarError for bytes that are no tar, or end early. */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<ReadEntry> {
  const source = new ByteSource(chunks);
  let long: { name?: string; linkName?: string } = {};
  for (;;) {
    const block = await source.take(blockBytes, true);
    // Two empty blocks end an archive; so does the end of the stream.
    if (block === undefined || block.every((byte) => byte === 0)) return source.drain();
    const { flag, ...entry } = decodeBlock(block);
    if (flag === 'L' || flag === 'K' || flag === 'x' || flag === 'g') {
      const data = (await source.take(entry.size))!;
      await source.take(padding(entry.size).length);
      if (flag === 'L') long = { ...long, name: textAt(data, 0, data.length) };
      else if (flag === 'K') long = { ...long, linkName: textAt(data, 0, data.length) };
      else if (flag === 'x') {
        const { path, linkpath } = paxRecords(data);
        long = { ...long, ...(path && { name: path }), ...(linkpath && { linkName: linkpath }) };
      }
      continue;
    }
    let left = entry.size;
    const data = async function* () {
      while (left > 0) {
        const chunk = await source.some(left);
        left -= chunk.length;
        yield chunk;
      }
    };
    yield { ...entry, ...long, data: data() };
    long = {};
    while (left > 0) left -= (await source.some(left)).length;
    await source.take(padding(entry.size).length);
  }
}

/** Bytes by number out of chunks of any size. */
class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#pending = this.#pending.length === 0 ? value : Buffer.concat([this.#pending, value]);
    return true;
  }

  /** Exactly so many; undefined at a clean end where that is allowed. */
  async take(length: number, mayEnd = false): Promise<Buffer | undefined> {
    while (this.#pending.length < length)
      if (!(await this.#more())) {
        if (mayEnd && this.#pending.length === 0) return undefined;
        throw new TarError('unexpected EOF');
      }
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return taken;
  }

  /** At least one byte, at most so many. */
  async some(atMost: number): Promise<Buffer> {
    while (this.#pending.length === 0) if (!(await this.#more())) throw new TarError('unexpected EOF');
    return (await this.take(Math.min(atMost, this.#pending.length)))!;
  }

  /** What comes behind the end is padding. */
  async drain(): Promise<void> {
    this.#pending = Buffer.alloc(0);
    while (await this.#more()) this.#pending = Buffer.alloc(0);
  }
}
