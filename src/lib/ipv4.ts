/** IPv4 addresses as unsigned 32-bit numbers; the lab's networks are IPv4 only, as the Hard Way's are. */

/** The number of a dotted address, or undefined when the text is none (no names, no IPv6, no leading zeros). */
export function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0;
  for (let part = 1; part <= 4; part++) {
    const byte = Number(match[part]);
    if (byte > 255 || (match[part]!.length > 1 && match[part]!.startsWith('0'))) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

export function formatAddress(value: number): string {
  return `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

export interface Cidr {
  readonly base: number;
  readonly prefixLength: number;
}

const mask = (prefixLength: number) => (prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0);

/** `10.200.0.0/24`, `default` (0.0.0.0/0) or a bare address (/32); undefined when it is none of them. */
export function parseCidr(text: string): Cidr | undefined {
  if (text === 'default') return { base: 0, prefixLength: 0 };
  const [address, length, ...rest] = text.split('/');
  const value = parseAddress(address!);
  const prefixLength = length === undefined ? 32 : /^\d{1,2}$/.test(length) ? Number(length) : 33;
  if (value === undefined || prefixLength > 32 || rest.length > 0) return undefined;
  return { base: value, prefixLength };
}

/** `10.200.0.0/16`, as flags and configuration files take it: with its length. */
export const isCidr = (text: string): boolean => text.includes('/') && parseCidr(text) !== undefined;

/** The network of an address: `10.200.0.5`, 24 → `10.200.0.0/24`. */
export function networkOf(address: string, prefixLength: number): string {
  return `${formatAddress(((parseAddress(address) ?? 0) & mask(prefixLength)) >>> 0)}/${prefixLength}`;
}

export function contains(cidr: Cidr, address: number): boolean {
  const bits = mask(cidr.prefixLength);
  return (cidr.base & bits) >>> 0 === (address & bits) >>> 0;
}

/** Whether a dotted address lies in a CIDR; false when either cannot be read. */
export function inCidr(cidr: string, address: string): boolean {
  const network = parseCidr(cidr);
  const value = parseAddress(address);
  return network !== undefined && value !== undefined && contains(network, value);
}

export const isLoopback = (address: string) => address.startsWith('127.');

/**
 * The IPv4 address that an IP literal stands for: itself, the mapped one of `::ffff:1.2.3.4`, 127.0.0.1 for `::1`,
 * 0.0.0.0 for `::`. Undefined for names and for all other IPv6 addresses.
 */
export function asIpv4(host: string): string | undefined {
  if (host === '::1') return '127.0.0.1';
  if (host === '::') return '0.0.0.0';
  const bare = host.toLowerCase().startsWith('::ffff:') ? host.slice('::ffff:'.length) : host;
  return parseAddress(bare) === undefined ? undefined : bare;
}
