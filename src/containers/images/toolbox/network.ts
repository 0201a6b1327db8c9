import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { errorCode } from '../../../lib/errors.ts';
import type { Applet } from './applet.ts';
import { ownAddresses } from './basic.ts';
import { reasonOf } from './network-errors.ts';

/**
 * There are no ICMP packets in usernet, and none are made up: ping asks TCP port 7 and judges by the answer. A refusal
 * comes from the host itself, so it proves that the host is there, as a reply would.
 */
export const ping: Applet = async ({ args, err, out, signal }) => {
  const options = pingOptions(args);
  if (typeof options === 'string') {
    err(`ping: ${options}\nUsage: ping [-c COUNT] [-W SECONDS] HOST\n`);
    return 1;
  }
  const { host, count, timeoutMs } = options;
  let address: string;
  try {
    address = isIP(host) === 0 ? (await lookup(host, { family: 4 })).address : host;
  } catch {
    err(`ping: bad address '${host}'\n`);
    return 1;
  }
  out(`PING ${host} (${address}): over TCP, since this network carries no ICMP\n`);
  let received = 0;
  let sent = 0;
  for (; sent < count && !signal.aborted; sent++) {
    if (sent > 0) await new Promise((done) => setTimeout(done, 1000));
    const before = performance.now();
    const failure = await probe(address, timeoutMs);
    if (failure === undefined) {
      received++;
      out(`reply from ${address}: seq=${sent} time=${(performance.now() - before).toFixed(3)} ms\n`);
    } else if (failure !== 'timeout') err(`ping: sendto: ${failure}\n`);
  }
  const loss = sent === 0 ? 0 : Math.round(((sent - received) / sent) * 100);
  out(
    `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${received} packets received, ${loss}% packet loss\n`,
  );
  return received > 0 ? 0 : 1;
};

interface PingOptions {
  readonly host: string;
  readonly count: number;
  readonly timeoutMs: number;
}

/** The options, or what is wrong with them. */
function pingOptions(args: readonly string[]): PingOptions | string {
  let count = Number.POSITIVE_INFINITY;
  let timeoutMs = 1000;
  let host: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const option = /^-([cW])(.*)$/.exec(arg);
    if (option !== null) {
      const value = option[2] || (args[++index] ?? '');
      if (!/^[1-9]\d*$/.test(value)) return `invalid number '${value}'`;
      if (option[1] === 'c') count = Number(value);
      else timeoutMs = Number(value) * 1000;
    } else if (arg === '-4' || arg === '-n') continue;
    else if (arg.startsWith('-')) return `unrecognized option '${arg}'`;
    else host = arg;
  }
  return host === undefined ? 'no host is named' : { host, count, timeoutMs };
}

/** Undefined when the host answered, whatever it said. */
function probe(address: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect({ host: address, port: 7 });
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      done('timeout');
    });
    socket.once('connect', () => {
      socket.destroy();
      done(undefined);
    });
    socket.once('error', (error) => done(errorCode(error) === 'ECONNREFUSED' ? undefined : reasonOf(error)));
  });
}

export const ip: Applet = ({ args, err, out }) => {
  const object = args.find((arg) => !arg.startsWith('-')) ?? '';
  const addresses = ownAddresses();
  if ('address'.startsWith(object) && object !== '') {
    const lines = ['1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536', '    inet 127.0.0.1/8 scope host lo'];
    for (const [index, { address, prefixLength, device }] of addresses.entries()) {
      lines.push(
        `${index + 2}: ${device}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500`,
        `    inet ${address}/${prefixLength} scope global ${device}`,
      );
    }
    out(`${lines.join('\n')}\n`);
    return 0;
  }
  if ('route'.startsWith(object) && object !== '') {
    // What the bridge plugin gives a pod: everything by way of the first address of its network.
    for (const { address, prefixLength, device } of addresses) {
      const network = address.split('.').slice(0, 3).join('.');
      if (prefixLength === 24)
        out(
          `default via ${network}.1 dev ${device}\n${network}.0/24 dev ${device} scope link src ${address}\n`,
        );
    }
    return 0;
  }
  err(`ip: the toolbox's ip knows address and route, not ${JSON.stringify(object)}\n`);
  return 1;
};
