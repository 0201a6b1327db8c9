import * as dgram from 'node:dgram';
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import { decode, encode } from 'dns-packet';
import { translate } from '../mounts.ts';
import { parseHosts, parseResolvConf, type ResolvConf, searchNames } from '../resolver.ts';
import type { View } from './view.ts';

type Found = { address: string; family: number };
type Callback = (error: NodeJS.ErrnoException | null, address?: string | Found[], family?: number) => void;
interface Options {
  family?: number | 'IPv4' | 'IPv6';
  all?: boolean;
}

/** As getaddrinfo(3) on a machine: IP literals, localhost, /etc/hosts, then the name servers of /etc/resolv.conf. */
export function patchLookup(view: View): void {
  const realLookup = dns.lookup as unknown as (host: string, options: unknown, callback: Callback) => void;

  function lookup(host: string, ...rest: [unknown, Callback] | [Callback]): void {
    const callback = rest.at(-1) as Callback;
    const given = rest.length === 2 ? rest[0] : {};
    const options: Options =
      typeof given === 'number' ? { family: given } : ((given as Options | null) ?? {});
    const real = () => realLookup(host, given, callback);
    const answer = (addresses: readonly string[]) => {
      const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
      if (options.all) callback(null, found);
      else callback(null, found[0]!.address, found[0]!.family);
    };
    // Arguments of the wrong type get Node's own errors.
    if (typeof callback !== 'function' || !host || net.isIP(host) !== 0) {
      real();
      return;
    }
    if (view.isJumpbox) {
      const address = view.hostAddress(host);
      if (address === undefined) real();
      else process.nextTick(answer, [address]);
      return;
    }
    const wantsIpv6 = options.family === 6 || options.family === 'IPv6';
    const resolved = wantsIpv6 ? Promise.resolve([]) : resolve(view, host);
    resolved.then(
      (addresses) => (addresses.length > 0 ? answer(addresses) : callback(lookupError('ENOTFOUND', host))),
      (error: unknown) => callback(error as NodeJS.ErrnoException),
    );
  }
  Object.defineProperty(lookup, promisify.custom, {
    value: (host: string, options: Options = {}) =>
      new Promise((done, fail) => {
        lookup(host, options, (error, address, family) => {
          if (error !== null) fail(error);
          else done({ address, family });
        });
      }),
  });
  dns.lookup = lookup as unknown as typeof dns.lookup;
  dns.promises.lookup = ((host: string, options: Options | number = {}) =>
    new Promise<unknown>((done, fail) => {
      const all = typeof options === 'object' && options.all === true;
      lookup(host, options, (error, address, family) => {
        if (error !== null) fail(error);
        else done(all ? address : { address, family });
      });
    })) as unknown as typeof dns.promises.lookup;
}

function lookupError(code: 'ENOTFOUND' | 'EAI_AGAIN', hostname: string): NodeJS.ErrnoException {
  // libuv's numbers for getaddrinfo's own failures.
  const errno = code === 'ENOTFOUND' ? -3008 : -3001;
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), {
    errno,
    code,
    syscall: 'getaddrinfo',
    hostname,
  });
}

async function resolve(view: View, host: string): Promise<string[]> {
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1'];
  const inHosts = parseHosts(readOwn(view, '/etc/hosts')).get(host.toLowerCase());
  if (inHosts !== undefined) return inHosts;
  if (host.toLowerCase() === view.identity.machine && view.identity.namespace === view.identity.machine) {
    const own = view.namespace?.addresses[0]?.address;
    if (own !== undefined) return [own];
  }
  const configuration = parseResolvConf(readOwn(view, '/etc/resolv.conf'));
  if (configuration.nameservers.length === 0) return [];
  let silent = false;
  for (const name of searchNames(host, configuration)) {
    const answer = await ask(configuration, name);
    if (answer === undefined) silent = true;
    else if (answer.length > 0) return answer;
  }
  if (silent) throw lookupError('EAI_AGAIN', host);
  return [];
}

/** A file of the machine or pod; without a root of its own a process has none. */
function readOwn(view: View, path: string): string {
  const host = translate(view.identity.mounts, path);
  if (host === path && view.identity.mounts.length === 0) return '';
  try {
    return readFileSync(host, 'utf8');
  } catch {
    return '';
  }
}

/** The A records of a name; undefined when no server answered. */
async function ask(configuration: ResolvConf, name: string): Promise<string[] | undefined> {
  for (let attempt = 0; attempt < configuration.attempts; attempt++) {
    for (const server of configuration.nameservers) {
      const answer = await query(server, name, configuration.timeoutMs);
      if (answer !== undefined) return answer;
    }
  }
  return undefined;
}

function query(server: string, name: string, timeoutMs: number): Promise<string[] | undefined> {
  return new Promise((done) => {
    const id = Math.floor(Math.random() * 65536);
    const socket = dgram.createSocket('udp4');
    const finish = (result: string[] | undefined) => {
      clearTimeout(timer);
      socket.close();
      done(result);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    socket.once('error', () => finish(undefined));
    socket.on('message', (message) => {
      const packet = decode(message);
      if (packet.id !== id) return;
      const rcode = (packet as { rcode?: string }).rcode;
      // A server that cannot answer is no proof that the name is missing.
      if (rcode !== undefined && rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return finish(undefined);
      finish((packet.answers ?? []).flatMap((record) => (record.type === 'A' ? [record.data] : [])));
    });
    socket.connect(53, server, () => {
      const packet = encode({ type: 'query', id, flags: 0x100, questions: [{ type: 'A', name }] });
      socket.send(packet);
    });
  });
}

/** c-ares (dns.resolve…) has sockets of its own that would reach the host's network: there it finds no server. */
export function patchResolvers(view: View): void {
  if (view.isJumpbox) return;
  const refuse = (syscall: string, hostname: string) =>
    Object.assign(new Error(`${syscall} ECONNREFUSED ${hostname}`), {
      errno: -constants.errno.ECONNREFUSED,
      code: 'ECONNREFUSED',
      syscall,
      hostname,
    });
  const names = Object.keys(dns).filter((name) => name.startsWith('resolve') || name === 'reverse');
  const callbacks = dns as unknown as Record<string, unknown>;
  const promises = dns.promises as unknown as Record<string, unknown>;
  for (const name of names) {
    callbacks[name] = (host: string, ...rest: unknown[]) => {
      const callback = rest.at(-1) as Callback;
      process.nextTick(callback, refuse(name, host));
    };
    promises[name] = (host: string) => Promise.reject(refuse(name, host));
  }
}
