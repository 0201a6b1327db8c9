import { isIPv4 } from 'node:net';

/** An IPv4 network; numbers are unsigned 32-bit addresses. */
export interface Cidr {
  readonly text: string;
  readonly base: number;
  readonly bits: number;
  readonly size: number;
}

function parseIpv4(text: string): number | undefined {
  if (!isIPv4(text)) return undefined;
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

const formatIpv4 = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** `10.32.0.0/24`; undefined when it is none. Bits below the mask are dropped, as Go does. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const address = parseIpv4(match[1]!);
  const bits = Number(match[2]);
  if (address === undefined || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const base = Math.floor(address / size) * size;
  return { text: `${formatIpv4(base)}/${bits}`, base, bits, size };
}

/** The address at a place in the network. */
export const addressAt = (cidr: Cidr, index: number): string => formatIpv4(cidr.base + index);

/** The place of an address in the network, undefined when it lies outside. */
export function indexOf(cidr: Cidr, address: string): number | undefined {
  const value = parseIpv4(address);
  if (value === undefined || value < cidr.base || value >= cidr.base + cidr.size) return undefined;
  return value - cidr.base;
}
