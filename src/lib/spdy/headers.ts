import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { dictionary } from './dictionary.ts';
import { SpdyError } from './frames.ts';

/** Lower-case names; several values of one name are joined by NUL on the wire. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** A header block before compression: the number of pairs, then each name and value with its length. Pure. */
export function encodePairs(headers: SpdyHeaders): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'utf8');
    return [number(bytes.length), bytes];
  };
  const entries = Object.entries(headers);
  return Buffer.concat([
    number(entries.length),
    ...entries.flatMap(([name, value]) => [...text(name.toLowerCase()), ...text(value)]),
  ]);
}

export function decodePairs(block: Buffer): SpdyHeaders {
  let at = 0;
  const number = () => {
    if (at + 4 > block.length) throw new SpdyError('header block ends early');
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    if (at + length > block.length) throw new SpdyError('header block ends early');
    at += length;
    return block.toString('utf8', at - length, at);
  };
  const headers: Record<string, string> = {};
  for (let left = number(); left > 0; left--) {
    const name = text();
    headers[name.toLowerCase()] = text();
  }
  return headers;
}

/** Compresses header blocks of one direction: one zlib stream for the life of the session, flushed at each block. */
export class HeaderCompressor {
  readonly #deflate: Deflate = createDeflate({ dictionary });
  #chunks: Buffer[] = [];

  constructor() {
    this.#deflate.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.#deflate.on('error', () => undefined);
  }

  /** Rejects with SpdyError when the session is closed meanwhile. One call at a time. */
  encode(headers: SpdyHeaders): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new SpdyError('the session is closed'));
      if (this.#deflate.destroyed) return fail();
      this.#deflate.once('close', fail);
      this.#deflate.write(encodePairs(headers));
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
        this.#deflate.off('close', fail);
        resolve(Buffer.concat(this.#chunks));
        this.#chunks = [];
      });
    });
  }

  close(): void {
    this.#deflate.close();
  }
}

export class HeaderDecompressor {
  readonly #inflate: Inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  #chunks: Buffer[] = [];

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  /** Rejects with SpdyError when the block is damaged. */
  decode(block: Buffer): Promise<SpdyHeaders> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(new SpdyError(error.message));
      this.#inflate.once('error', fail);
      this.#inflate.write(block, () => {
        this.#inflate.off('error', fail);
        try {
          resolve(decodePairs(Buffer.concat(this.#chunks)));
        } catch (error) {
          reject(error);
        }
        this.#chunks = [];
      });
    });
  }

  close(): void {
    this.#inflate.close();
  }
}
