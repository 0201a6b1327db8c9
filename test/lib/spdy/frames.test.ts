import { describe, expect, test } from 'vitest';
import { dictionary } from '../../../src/lib/spdy/dictionary.ts';
import { encodeFrame, type Frame, FrameDecoder } from '../../../src/lib/spdy/frames.ts';
import {
  decodePairs,
  encodePairs,
  HeaderCompressor,
  HeaderDecompressor,
} from '../../../src/lib/spdy/headers.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function adler32(bytes: Buffer): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

describe('frames', () => {
  // Laid out by hand from the draft: control bit and version, type, flags, length, then the fields.
  const golden: [Frame, string][] = [
    [
      { type: 'syn-stream', streamId: 1, priority: 0, fin: false, block: hex('abcd') },
      '80030001 0000000c 00000001 00000000 0000 abcd',
    ],
    [
      { type: 'syn-stream', streamId: 3, priority: 7, fin: true, block: hex('') },
      '80030001 0100000a 00000003 00000000 e000',
    ],
    [{ type: 'syn-reply', streamId: 1, fin: false, block: hex('ff') }, '80030002 00000005 00000001 ff'],
    [{ type: 'rst-stream', streamId: 5, status: 5 }, '80030003 00000008 00000005 00000005'],
    [{ type: 'settings' }, '80030004 00000004 00000000'],
    [{ type: 'ping', id: 1 }, '80030006 00000004 00000001'],
    [{ type: 'goaway', lastStreamId: 9, status: 0 }, '80030007 00000008 00000009 00000000'],
    [{ type: 'headers', streamId: 7, fin: true, block: hex('01') }, '80030008 01000005 00000007 01'],
    [{ type: 'window-update', streamId: 1, delta: 65_536 }, '80030009 00000008 00000001 00010000'],
    [{ type: 'data', streamId: 7, fin: true, data: Buffer.from('hi') }, '00000007 01000002 6869'],
    [{ type: 'data', streamId: 7, fin: false, data: Buffer.alloc(0) }, '00000007 00000000'],
  ];

  test.each(golden)('%j', (frame, bytes) => {
    expect(encodeFrame(frame).toString('hex')).toBe(hex(bytes).toString('hex'));
    expect(new FrameDecoder().push(hex(bytes))).toEqual([frame]);
  });

  test('frames come in any pieces', () => {
    const all = Buffer.concat(golden.map(([frame]) => encodeFrame(frame)));
    const decoder = new FrameDecoder();
    const frames = [...all].flatMap((byte) => decoder.push(Buffer.from([byte])));
    expect(frames).toEqual(golden.map(([frame]) => frame));
  });

  test('unknown control frames are skipped, other versions refused', () => {
    expect(new FrameDecoder().push(hex('8003000b 00000002 0000 00000001 00000000'))).toHaveLength(1);
    expect(() => new FrameDecoder().push(hex('80020001 00000000'))).toThrow('unsupported version 2');
    expect(() => new FrameDecoder().push(hex('80030003 00000002 0000'))).toThrow('too short');
  });
});

describe('header blocks', () => {
  test('the dictionary is the one of the draft', () => {
    expect(dictionary).toHaveLength(1423);
    expect(adler32(dictionary).toString(16)).toBe('e3c6a7c2');
  });

  test('pairs, with and without values', () => {
    expect(encodePairs({ A: 'b' }).toString('hex')).toBe('00000001000000016100000001' + '62');
    expect(decodePairs(encodePairs({ port: '80', streamType: 'data' }))).toEqual({
      port: '80',
      streamtype: 'data',
    });
    expect(() => decodePairs(hex('00000001 00000009 61'))).toThrow('header block ends early');
  });

  test('blocks that another zlib made are read, the second from the memory of the first', async () => {
    const decompressor = new HeaderDecompressor();
    const first =
      '78bbe3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45a024cc64610024398b209198094adc8c0600000000ffff';
    expect(await decompressor.decode(hex(first))).toEqual({
      streamtype: 'error',
      port: '80',
      requestid: '0',
    });
    expect(await decompressor.decode(hex('c2aa15540a2512d209000000ffff'))).toEqual({
      streamtype: 'data',
      port: '80',
      requestid: '0',
    });
    decompressor.close();
  });

  test('both directions agree over many blocks', async () => {
    const compressor = new HeaderCompressor();
    const decompressor = new HeaderDecompressor();
    for (let id = 0; id < 50; id++) {
      const headers = { streamtype: id % 2 === 0 ? 'error' : 'data', requestid: String(id), empty: '' };
      expect(await decompressor.decode(await compressor.encode(headers))).toEqual(headers);
    }
    await expect(decompressor.decode(hex('ffffffff'))).rejects.toThrow('spdy: ');
    compressor.close();
    decompressor.close();
  });
});
