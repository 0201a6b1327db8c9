import { asIpv4 } from '../lib/ipv4.ts';

/** The name service files of a machine or pod, read as glibc reads them (hosts(5), resolv.conf(5)). */

/** Name → addresses, in the file's order; IPv6 lines are left out. */
export function parseHosts(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || address.includes(':') || asIpv4(address) === undefined) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      hosts.set(key, [...(hosts.get(key) ?? []), address]);
    }
  }
  return hosts;
}

export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  /** A name with at least so many dots is tried as it is first. */
  readonly ndots: number;
  readonly timeoutMs: number;
  readonly attempts: number;
}

export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  let search: string[] = [];
  const options = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) nameservers.push(values[0]);
    else if (keyword === 'search' || keyword === 'domain') search = values;
    else if (keyword === 'options') {
      for (const value of values) {
        const [name, number] = value.split(':');
        options.set(name!, Number(number ?? 1));
      }
    }
  }
  return {
    // glibc's limits: MAXNS is 3, ndots at most 15.
    nameservers: nameservers.slice(0, 3),
    search,
    ndots: Math.min(options.get('ndots') ?? 1, 15),
    timeoutMs: (options.get('timeout') ?? 5) * 1000,
    attempts: options.get('attempts') ?? 2,
  };
}

/** The names to ask for, in order. */
export function searchNames(host: string, configuration: ResolvConf): string[] {
  if (host.endsWith('.')) return [host.slice(0, -1)];
  const expanded = configuration.search.map((domain) => `${host}.${domain.replace(/\.$/, '')}`);
  const dots = host.split('.').length - 1;
  return dots >= configuration.ndots ? [host, ...expanded] : [...expanded, host];
}
