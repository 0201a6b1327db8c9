/** One element of a DER encoding: enough of ASN.1 to look into certificates of any algorithm, and to write simple ones. */
export interface DerElement {
  /** The identifier octet: class, constructed bit and tag number in one. */
  readonly tag: number;
  readonly content: Buffer;
  /** The whole element: identifier, length and content. */
  readonly raw: Buffer;
}

/** Splits DER into the elements that follow one another in it. Throws RangeError when it is cut off. */
export function readDer(data: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < data.length) {
    const start = at;
    const tag = data.readUInt8(at++);
    let length = data.readUInt8(at++);
    if (length & 0x80) {
      const bytes = length & 0x7f;
      length = data.readUIntBE(at, bytes);
      at += bytes;
    }
    if (at + length > data.length) throw new RangeError('DER element is longer than its data');
    const content = data.subarray(at, at + length);
    at += length;
    elements.push({ tag, content, raw: data.subarray(start, at) });
  }
  return elements;
}

export const children = (element: DerElement | undefined): DerElement[] =>
  element === undefined ? [] : readDer(element.content);

/** `2.5.29.17` from the content of an OBJECT IDENTIFIER. */
export function readObjectIdentifier(content: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - first * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[0]` and `[3]` around whole elements. */
  context0: 0xa0,
  context3: 0xa3,
} as const;

/** The encoding of one element, its content joined from parts. */
export function writeDer(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

/** `2.5.29.17` as a whole OBJECT IDENTIFIER. */
export function writeObjectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return writeDer(derTag.objectIdentifier, Buffer.from(bytes));
}
