import { formatAddress, parseAddress } from '../../lib/ipv4.ts';

/** What a connecting process tells the listening one before the first byte of the program: who is calling whom. */
export interface Preamble {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  /** The listener's own address: after service rules. */
  readonly address: string;
  readonly port: number;
}

export const preambleLength = 16;
const magic = 0x6b38736c;

/** 16 bytes: magic, source address and port, destination address and port. */
export function encodePreamble(preamble: Preamble): Buffer {
  const bytes = Buffer.allocUnsafe(preambleLength);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt32BE(parseAddress(preamble.sourceAddress) ?? 0, 4);
  bytes.writeUInt16BE(preamble.sourcePort, 8);
  bytes.writeUInt32BE(parseAddress(preamble.address) ?? 0, 10);
  bytes.writeUInt16BE(preamble.port, 14);
  return bytes;
}

/** Undefined when the bytes were not sent by a lab process. */
export function decodePreamble(bytes: Buffer): Preamble | undefined {
  if (bytes.length !== preambleLength || bytes.readUInt32BE(0) !== magic) return undefined;
  return {
    sourceAddress: formatAddress(bytes.readUInt32BE(4)),
    sourcePort: bytes.readUInt16BE(8),
    address: formatAddress(bytes.readUInt32BE(10)),
    port: bytes.readUInt16BE(14),
  };
}
