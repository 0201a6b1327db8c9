import { LabError } from '../../../lib/errors.ts';
import { parseAddress } from '../../../lib/ipv4.ts';
import { openNetwork, type RouteTable } from '../../../usernet/network.ts';
import { bestRoute, formatRoute } from '../../../usernet/routes.ts';
import type { Route } from '../../../usernet/state.ts';
import { command, fail, ok, type ShellMachine } from '../command.ts';
import type { Command, ExecResult } from '../just-bash.ts';
import { listeningPorts } from './ports.ts';

/** How `ip` prints: a line an address (-o), a line a device (-br), or in full. */
type Layout = 'oneline' | 'brief' | 'full';

/** `ip` and `ss`, with the words of iproute2, over the network that usernet keeps. */
export const networkCommands = (machine: ShellMachine): Command[] => [
  command('ip', (args) => {
    let layout: Layout = 'full';
    let at = 0;
    for (; args[at]?.startsWith('-'); at++) {
      const option = args[at]!.replace(/^--/, '-');
      if (is(option, '-oneline', 2)) layout = 'oneline';
      else if (is(option, '-brief', 3)) layout = 'brief';
      // No machine of the lab has an address of version 6.
      else if (option === '-6') return ok();
      else if (option !== '-4' && !/^-c(olor)?(=\w+)?$/.test(option))
        return fail(`Option "${option}" is unknown, try "ip -help".\n`, 255);
    }
    try {
      return ip(machine, args.slice(at), layout);
    } catch (error) {
      if (error instanceof LabError) return fail(`${error.message}\n`, error.exitCode);
      throw error;
    }
  }),
  command('ss', async (args) => {
    const letters = args.join('').replace(/[^a-z]/g, '');
    const unknown = args.find((arg) => !/^-[tulnpa4]+$/.test(arg));
    if (unknown !== undefined)
      return fail(`ss: unsupported argument: ${unknown} (of the lab's ss: -t -u -l -n -p -a)\n`);
    const head = `${'State'.padEnd(8)}${'Recv-Q'.padEnd(8)}${'Send-Q'.padEnd(8)}${'Local Address:Port'.padEnd(24)}${'Peer Address:Port'.padEnd(20)}${letters.includes('p') ? 'Process' : ''}`;
    const both = letters.includes('t') === letters.includes('u');
    const rows = listeningPorts(machine.identity.runtimeDir, machine.name)
      .filter((port) => both || (port.protocol === 'TCP') === letters.includes('t'))
      .map((port) => {
        const users =
          letters.includes('p') && port.pid !== undefined
            ? `users:(("${port.program}",pid=${port.pid}))`
            : '';
        const state = port.protocol === 'TCP' ? 'LISTEN' : 'UNCONN';
        return `${state.padEnd(8)}${'0'.padEnd(8)}${'0'.padEnd(8)}${`${port.address}:${port.port}`.padEnd(24)}${'0.0.0.0:*'.padEnd(20)}${users}`.trimEnd();
      });
    return ok([head.trimEnd(), ...rows, ''].join('\n'));
  }),
  ...['iptables', 'iptables-save', 'nft', 'ipset', 'ipvsadm'].map((name) =>
    command(name, () =>
      fail(
        `${name}: the lab's own network has no packet filter; kube-proxy tells it the services directly (journalctl -u kube-proxy)\n`,
        4,
      ),
    ),
  ),
];

const is = (word: string | undefined, full: string, least: number) =>
  word !== undefined && word.length >= least && full.startsWith(word);

function ip(machine: ShellMachine, words: readonly string[], layout: Layout): ExecResult {
  const [object, verb = 'show', ...rest] = words;
  if (is(object, 'route', 1)) {
    const table = openNetwork(machine.identity.runtimeDir).routes(machine.name);
    return verb === 'get' ? routeTo(machine, table, rest) : route(table, verb, rest);
  }
  if (is(object, 'address', 1) || object === 'addr') return addresses(machine, verb, rest, layout);
  if (is(object, 'link', 1)) return links(machine, verb, rest);
  if (object === undefined)
    return fail('Usage: ip [ OPTIONS ] { address | link | route } { COMMAND | help }\n', 255);
  return fail(`Object "${object}" is unknown, try "ip help".\n`);
}

function parseRoute(words: readonly string[]): Route | string {
  const route: { to?: string; via?: string; device?: string } = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === 'via') route.via = words[++index] ?? '';
    else if (word === 'dev') route.device = words[++index] ?? '';
    else if (['proto', 'scope', 'src', 'metric', 'table', 'onlink'].includes(word)) return word;
    else if (route.to === undefined) route.to = word === 'to' ? words[++index]! : word;
    else return word;
  }
  return route.to === undefined ? '' : (route as Route);
}

function route(table: RouteTable, verb: string, rest: readonly string[]): ExecResult {
  if (is(verb, 'show', 1) || is(verb, 'list', 1)) {
    const wanted = rest.filter((word) => !['to', 'match', 'exact', 'dev'].includes(word))[0];
    const rows = table
      .list()
      .filter((entry) => wanted === undefined || entry.to === wanted || entry.device === wanted);
    return ok(rows.map((entry) => `${formatRoute(entry)} \n`).join(''));
  }
  const parsed = parseRoute(rest);
  if (typeof parsed === 'string') {
    return parsed === ''
      ? fail('Error: either "to" is duplicate, or "" is a garbage.\n', 255)
      : fail(`Error: either "to" is duplicate, or "${parsed}" is a garbage.\n`, 255);
  }
  if (is(verb, 'add', 1)) table.add(parsed);
  else if (is(verb, 'replace', 2) || is(verb, 'change', 2)) table.replace(parsed);
  else if (is(verb, 'delete', 1)) table.delete(parsed);
  else return fail(`Command "${verb}" is unknown, try "ip route help".\n`, 255);
  return ok();
}

/** `ip route get ADDRESS`: which way a packet would go. */
function routeTo(
  machine: ShellMachine,
  table: RouteTable,
  [address = '', extra]: readonly string[],
): ExecResult {
  if (parseAddress(address) === undefined)
    return fail(`Error: any valid prefix is expected rather than "${address}".\n`);
  if (extra !== undefined) return fail(`Error: argument "${extra}" is not supported in the lab.\n`, 255);
  if ([...devices(machine).values()].flat().some((own) => own.split('/')[0] === address))
    return ok(`local ${address} dev lo src ${address} uid 0 \n    cache <local> \n`);
  const entry = bestRoute(table.list(), address);
  if (entry === undefined) return fail('RTNETLINK answers: Network is unreachable\n', 2);
  const via = entry.via === undefined ? '' : ` via ${entry.via}`;
  return ok(`${address}${via} dev ${entry.device} src ${entry.source} uid 0 \n    cache \n`);
}

/** Devices of the machine, loopback first, each with its addresses. */
function devices(machine: ShellMachine): Map<string, string[]> {
  const network = openNetwork(machine.identity.runtimeDir);
  const found = new Map<string, string[]>([['lo', ['127.0.0.1/8']]]);
  for (const entry of network.namespace(machine.name)?.addresses ?? []) {
    const list = found.get(entry.device) ?? [];
    list.push(`${entry.address}/${entry.prefixLength}`);
    found.set(entry.device, list);
  }
  return found;
}

function linkLine(machine: ShellMachine, name: string, index: number): string {
  const up = name === 'lo' || openNetwork(machine.identity.runtimeDir).namespace(machine.name)?.up !== false;
  if (name === 'lo') return `${index}: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN`;
  return `${index}: ${name}: <${up ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'NO-CARRIER,BROADCAST,MULTICAST,UP'}> mtu 1500 qdisc noqueue state ${up ? 'UP' : 'DOWN'}`;
}

function addresses(machine: ShellMachine, verb: string, rest: readonly string[], layout: Layout): ExecResult {
  if (!is(verb, 'show', 1) && !is(verb, 'list', 1)) {
    return fail(
      `ip address ${verb}: not supported in the lab: a machine's addresses come from its topology\n`,
      255,
    );
  }
  const wanted = rest.filter((word) => word !== 'dev')[0];
  const all = [...devices(machine)];
  const chosen = all.filter(([name]) => wanted === undefined || name === wanted);
  if (chosen.length === 0) return fail(`Device "${wanted}" does not exist.\n`);
  const text = chosen.map(([name, list]) => {
    const index = all.findIndex(([other]) => other === name) + 1;
    const scope = name === 'lo' ? 'host' : 'global';
    if (layout === 'oneline')
      return list.map((address) => `${index}: ${name}    inet ${address} scope ${scope} ${name}\n`).join('');
    if (layout === 'brief')
      return `${name.padEnd(16)} ${(name === 'lo' ? 'UNKNOWN' : 'UP').padEnd(14)} ${list.join(' ')} \n`;
    const head = linkLine(machine, name, index);
    const lines = list.map((address) => `    inet ${address} scope ${scope} ${name}\n`);
    return `${head}\n${lines.join('')}`;
  });
  return ok(text.join(''));
}

function links(machine: ShellMachine, verb: string, rest: readonly string[]): ExecResult {
  const all = [...devices(machine).keys()];
  if (is(verb, 'show', 1) || is(verb, 'list', 1)) {
    const wanted = rest.filter((word) => word !== 'dev')[0];
    const rows = all.filter((name) => wanted === undefined || name === wanted);
    if (rows.length === 0) return fail(`Device "${wanted}" does not exist.\n`);
    return ok(rows.map((name) => `${linkLine(machine, name, all.indexOf(name) + 1)}\n`).join(''));
  }
  return fail(`ip link ${verb}: not supported in the lab: cut a machine's cable with "k8s-lab"\n`, 255);
}
