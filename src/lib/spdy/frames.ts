/**
 * The frames of SPDY/3.1 as bytes: a pure codec. Header blocks stay compressed here, since their compression has a
 * memory that belongs to the session (headers.ts). SETTINGS and HEADERS are read and carry nothing the lab needs.
 */
export type Frame =
  | { readonly type: 'data'; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  | {
      readonly type: 'syn-stream';
      readonly streamId: number;
      readonly priority: number;
      readonly fin: boolean;
      readonly block: Buffer;
    }
  | { readonly type: 'syn-reply'; readonly streamId: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'rst-stream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'settings' }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goaway'; readonly lastStreamId: number; readonly status: number }
  | { readonly type: 'headers'; readonly streamId: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'window-update'; readonly streamId: number; readonly delta: number };

export const ResetStatus = { PROTOCOL_ERROR: 1, INVALID_STREAM: 2, REFUSED_STREAM: 3, CANCEL: 5 } as const;

export class SpdyError extends Error {
  constructor(message: string) {
    super(`spdy: ${message}`);
    this.name = 'SpdyError';
  }
}

const version = 3;
const flagFin = 1;
const maxControlBytes = 1 << 20;
const numbers = {
  'syn-stream': 1,
  'syn-reply': 2,
  'rst-stream': 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  headers: 8,
  'window-update': 9,
} as const;

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

function control(type: keyof typeof numbers, flags: number, payload: Buffer): Buffer {
  const head = words((0x8000 | version) * 0x10000 + numbers[type], flags * 0x1000000 + payload.length);
  return Buffer.concat([head, payload]);
}

export function encodeFrame(frame: Frame): Buffer {
  switch (frame.type) {
    case 'data':
      return Buffer.concat([
        words(frame.streamId, (frame.fin ? flagFin : 0) * 0x1000000 + frame.data.length),
        frame.data,
      ]);
    case 'syn-stream': {
      const head = Buffer.concat([words(frame.streamId, 0), Buffer.from([frame.priority << 5, 0])]);
      return control('syn-stream', frame.fin ? flagFin : 0, Buffer.concat([head, frame.block]));
    }
    case 'syn-reply':
    case 'headers':
      return control(
        frame.type,
        frame.fin ? flagFin : 0,
        Buffer.concat([words(frame.streamId), frame.block]),
      );
    case 'rst-stream':
      return control('rst-stream', 0, words(frame.streamId, frame.status));
    case 'settings':
      return control('settings', 0, words(0));
    case 'ping':
      return control('ping', 0, words(frame.id));
    case 'goaway':
      return control('goaway', 0, words(frame.lastStreamId, frame.status));
    case 'window-update':
      return control('window-update', 0, words(frame.streamId, frame.delta));
  }
}

const streamIdAt = (bytes: Buffer, at: number) => bytes.readUInt32BE(at) & 0x7fffffff;

function decodeControl(type: number, flags: number, payload: Buffer): Frame | undefined {
  const fin = (flags & flagFin) !== 0;
  const need = (length: number) => {
    if (payload.length < length) throw new SpdyError(`control frame of type ${type} is too short`);
  };
  switch (type) {
    case numbers['syn-stream']:
      need(10);
      return {
        type: 'syn-stream',
        streamId: streamIdAt(payload, 0),
        priority: payload[8]! >> 5,
        fin,
        block: payload.subarray(10),
      };
    case numbers['syn-reply']:
      need(4);
      return { type: 'syn-reply', streamId: streamIdAt(payload, 0), fin, block: payload.subarray(4) };
    case numbers['rst-stream']:
      need(8);
      return { type: 'rst-stream', streamId: streamIdAt(payload, 0), status: payload.readUInt32BE(4) };
    case numbers.settings:
      return { type: 'settings' };
    case numbers.ping:
      need(4);
      return { type: 'ping', id: payload.readUInt32BE(0) };
    case numbers.goaway:
      need(8);
      return { type: 'goaway', lastStreamId: streamIdAt(payload, 0), status: payload.readUInt32BE(4) };
    case numbers.headers:
      need(4);
      return { type: 'headers', streamId: streamIdAt(payload, 0), fin, block: payload.subarray(4) };
    case numbers['window-update']:
      need(8);
      return { type: 'window-update', streamId: streamIdAt(payload, 0), delta: streamIdAt(payload, 4) };
    default:
      // Unknown control frames must be ignored (section 2.2.1).
      return undefined;
  }
}

/** Puts chunks together and hands out whole frames. Throws SpdyError for bytes that are no SPDY/3. */
export class FrameDecoder {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Frame[] {
    let data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    while (data.length >= 8) {
      const isControl = (data[0]! & 0x80) !== 0;
      const flags = data[4]!;
      const length = data.readUIntBE(5, 3);
      if (isControl && (data.readUInt16BE(0) & 0x7fff) !== version) {
        throw new SpdyError(`unsupported version ${data.readUInt16BE(0) & 0x7fff}`);
      }
      if (isControl && length > maxControlBytes) throw new SpdyError(`control frame of ${length} bytes`);
      if (data.length < 8 + length) break;
      const payload = data.subarray(8, 8 + length);
      if (isControl) {
        const frame = decodeControl(data.readUInt16BE(2), flags, payload);
        if (frame !== undefined) frames.push(frame);
      } else {
        frames.push({
          type: 'data',
          streamId: streamIdAt(data, 0),
          fin: (flags & flagFin) !== 0,
          data: payload,
        });
      }
      data = data.subarray(8 + length);
    }
    this.#pending = data;
    return frames;
  }
}
