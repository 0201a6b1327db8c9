/** One element of a DER encoding: enough of ASN.1 to look into the extensions of a certificate of any algorithm. */
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
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;
