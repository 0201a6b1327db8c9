import { formatAddress, parseAddress, parseCidr as parseNetwork } from '../../../lib/ipv4.ts';

/** A range that addresses are given out from. */
export interface Cidr {
  readonly text: string;
  /** The first address, as an unsigned 32-bit number. */
  readonly base: number;
  /** The length of the prefix. */
  readonly bits: number;
  readonly size: number;
}

/** `10.32.0.0/24`; undefined when it is none. Bits below the mask are dropped, as Go does. */
export function parseCidr(text: string): Cidr | undefined {
  const network = text.includes('/') ? parseNetwork(text) : undefined;
  if (network === undefined) return undefined;
  const bits = network.prefixLength;
  const size = 2 ** (32 - bits);
  const base = Math.floor(network.base / size) * size;
  return { text: `${formatAddress(base)}/${bits}`, base, bits, size };
}

/** The address at a place in the network. */
export const addressAt = (cidr: Cidr, index: number): string => formatAddress(cidr.base + index);

/** The place of an address in the network, undefined when it lies outside. */
export function indexOf(cidr: Cidr, address: string): number | undefined {
  const value = parseAddress(address);
  if (value === undefined || value < cidr.base || value >= cidr.base + cidr.size) return undefined;
  return value - cidr.base;
}
