import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../../lib/errors.ts';
import { formatAddress, networkOf, parseAddress } from '../../../lib/ipv4.ts';
import { type CniArguments, CniError, type CniResult, type IpamRange, type PluginConfig } from '../types.ts';

/**
 * IPAM from ranges in the configuration; a lease is a file `DATADIR/NETWORK/ADDRESS` with the container's id and the
 * interface (Models containernetworking/plugins plugins/ipam/host-local).
 */
const defaultDataDir = '/var/lib/cni/networks';

interface Range {
  readonly subnet: string;
  readonly prefixLength: number;
  readonly first: number;
  readonly last: number;
  readonly gateway: string;
}

function parseRange(range: IpamRange): Range {
  const [base, bits] = range.subnet?.split('/') ?? [];
  const address = parseAddress(base ?? '');
  const prefixLength = Number(bits);
  if (address === undefined || !/^\d+$/.test(bits ?? '') || prefixLength < 1 || prefixLength > 30) {
    throw new CniError(`invalid range set 0: invalid CIDR address: ${range.subnet ?? ''}`, 7);
  }
  const network = parseAddress(networkOf(base!, prefixLength).split('/')[0]!)!;
  const broadcast = network + 2 ** (32 - prefixLength) - 1;
  const inside = (text: string | undefined, what: string, fallback: number): number => {
    if (text === undefined) return fallback;
    const value = parseAddress(text);
    if (value === undefined || value <= network || value >= broadcast) {
      throw new CniError(`invalid range set 0: ${what} ${text} not in network ${range.subnet}`, 7);
    }
    return value;
  };
  return {
    subnet: `${formatAddress(network)}/${prefixLength}`,
    prefixLength,
    first: inside(range.rangeStart, 'RangeStart', network + 1),
    last: inside(range.rangeEnd, 'RangeEnd', broadcast - 1),
    gateway: formatAddress(inside(range.gateway, 'Gateway', network + 1)),
  };
}

/** The range sets of a configuration; each gives one address. */
export function rangeSets(config: PluginConfig): Range[][] {
  const { ipam } = config;
  if (ipam === undefined) throw new CniError('IPAM config missing "ipam" key', 7);
  const sets = ipam.ranges ?? (ipam.subnet === undefined ? [] : [[ipam as IpamRange]]);
  if (sets.length === 0) throw new CniError('no IP ranges specified', 7);
  return sets.map((set) => set.map(parseRange));
}

/**
 * The next free address after the last one that was given, so that an address rests before it is used again.
 * Undefined when the set is used up. Pure.
 */
export function nextAddress(
  ranges: readonly Range[],
  taken: ReadonlySet<string>,
  lastReserved: string | undefined,
): { readonly address: string; readonly range: Range } | undefined {
  const all = ranges.flatMap((range) =>
    Array.from({ length: range.last - range.first + 1 }, (_, index) => ({
      address: formatAddress(range.first + index),
      range,
    })),
  );
  const start = all.findIndex(({ address }) => address === lastReserved) + 1;
  for (let step = 0; step < all.length; step++) {
    const candidate = all[(start + step) % all.length]!;
    if (candidate.address !== candidate.range.gateway && !taken.has(candidate.address)) return candidate;
  }
  return undefined;
}

export function hostLocal(config: PluginConfig, call: CniArguments): CniResult {
  const folder = join(config.ipam?.dataDir ?? defaultDataDir, config.name);
  mkdirSync(folder, { recursive: true });
  const owner = `${call.containerId}\r\n${call.ifName}`;
  const leases = readdirSync(folder).filter((name) => parseAddress(name) !== undefined);
  const mine = leases.filter((name) => readFileSync(join(folder, name), 'utf8').trim() === owner);
  switch (call.command) {
    case 'DEL':
      for (const name of mine) rmSync(join(folder, name), { force: true });
      return { cniVersion: config.cniVersion };
    case 'CHECK':
      if (mine.length === 0)
        throw new CniError(`host-local: Failed to find address added by container ${call.containerId}`);
      return { cniVersion: config.cniVersion };
    case 'ADD': {
      const taken = new Set(leases);
      const ips = rangeSets(config).map((ranges, set) => {
        const found = reserve(folder, ranges, taken, set, owner);
        return { address: `${found.address}/${found.range.prefixLength}`, gateway: found.range.gateway };
      });
      return { cniVersion: config.cniVersion, ips, routes: config.ipam?.routes ?? [], dns: {} };
    }
  }
}

function reserve(folder: string, ranges: readonly Range[], taken: Set<string>, set: number, owner: string) {
  const lastFile = join(folder, `last_reserved_ip.${set}`);
  for (;;) {
    const found = nextAddress(ranges, taken, readText(lastFile));
    if (found === undefined) {
      const spans = ranges
        .map(({ first, last }) => `${formatAddress(first)}-${formatAddress(last)}`)
        .join(',');
      throw new CniError(
        `failed to allocate for range ${set}: no IP addresses available in range set: ${spans}`,
      );
    }
    taken.add(found.address);
    try {
      writeFileSync(join(folder, found.address), owner, { flag: 'wx' });
    } catch (error) {
      // Another plugin process was faster.
      if (errorCode(error) === 'EEXIST') continue;
      throw error;
    }
    writeFileSync(lastFile, found.address);
    return found;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
