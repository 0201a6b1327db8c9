import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type DecodedPacket, decode, encode, type RecordType } from 'dns-packet';
import { parseResolvConf, searchNames } from '../../../usernet/resolver.ts';
import type { Applet } from './applet.ts';

const tries = 3;
const patienceMs = 3000;

function resolvConf(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return '';
  }
}

/** One question over UDP; undefined when no answer came. */
function ask(
  server: string,
  port: number,
  name: string,
  type: RecordType,
): Promise<DecodedPacket | undefined> {
  return new Promise((done) => {
    const id = Math.floor(Math.random() * 65_536);
    const socket = createSocket('udp4');
    const finish = (packet: DecodedPacket | undefined) => {
      clearTimeout(timer);
      socket.close();
      done(packet);
    };
    const timer = setTimeout(() => finish(undefined), patienceMs);
    socket.once('error', () => finish(undefined));
    socket.on('message', (message) => {
      const packet = decode(message);
      if (packet.id === id) finish(packet);
    });
    const question = encode({ type: 'query', id, flags: 0x100, questions: [{ type, name }] });
    socket.connect(port, server, () => socket.send(question));
  });
}

async function askPatiently(servers: readonly string[], name: string, type: RecordType) {
  for (let round = 0; round < tries; round++) {
    for (const server of servers) {
      const packet = await ask(server, 53, name, type);
      if (packet !== undefined) return { server, packet };
    }
  }
  return undefined;
}

const reverseName = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;

function describe(packet: DecodedPacket, name: string): string[] {
  const lines: string[] = [];
  for (const record of packet.answers ?? []) {
    if (record.type === 'A' || record.type === 'AAAA')
      lines.push(`Name:\t${record.name}`, `Address: ${record.data}`);
    else if (record.type === 'CNAME') lines.push(`${record.name}\tcanonical name = ${record.data}.`);
    else if (record.type === 'PTR') lines.push(`${record.name}\tname = ${record.data}.`);
    else if (record.type === 'SRV') {
      const { priority = 0, weight = 0, port, target } = record.data;
      lines.push(`${record.name}\tservice = ${priority} ${weight} ${port} ${target}.`);
    } else if (record.type === 'TXT') lines.push(`${record.name}\ttext = ${String(record.data)}`);
  }
  return lines.length > 0 ? lines : [`*** Can't find ${name}: No answer`];
}

/** As BIND's nslookup prints it, without its interactive mode. The search path of resolv.conf applies. */
export const nslookup: Applet = async ({ args, err, out }) => {
  const options = args.filter((arg) => arg.startsWith('-'));
  const [name, chosen] = args.filter((arg) => !arg.startsWith('-'));
  let type: RecordType = 'A';
  for (const option of options) {
    const match = /^-(?:query|type|q)=([A-Za-z]+)$/.exec(option);
    const wanted = match?.[1]?.toUpperCase();
    if (wanted === undefined || !['A', 'AAAA', 'SRV', 'PTR', 'CNAME', 'TXT'].includes(wanted)) {
      err(`nslookup: unsupported option ${option}; it knows -type=A, AAAA, SRV, PTR, CNAME and TXT\n`);
      return 1;
    }
    type = wanted as RecordType;
  }
  if (name === undefined) {
    err('Usage: nslookup [-type=TYPE] HOST [SERVER]\n');
    return 1;
  }
  const configuration = parseResolvConf(resolvConf());
  const servers = chosen === undefined ? configuration.nameservers : [chosen];
  if (servers.length === 0) {
    err(';; no servers could be reached: /etc/resolv.conf names none\n');
    return 1;
  }
  const isAddress = isIP(name) === 4;
  const names = isAddress ? [reverseName(name)] : searchNames(name, configuration);
  let header = false;
  for (const candidate of names) {
    const answer = await askPatiently(servers, candidate, isAddress ? 'PTR' : type);
    if (answer === undefined) {
      out(';; connection timed out; no servers could be reached\n\n');
      return 1;
    }
    if (!header) out(`Server:\t\t${answer.server}\nAddress:\t${answer.server}#53\n\n`);
    header = true;
    const { rcode } = answer.packet as DecodedPacket & { rcode?: string };
    if (rcode === 'NXDOMAIN') continue;
    if (rcode !== 'NOERROR') {
      out(`** server can't find ${candidate}: ${rcode}\n\n`);
      return 1;
    }
    out(`${describe(answer.packet, candidate).join('\n')}\n\n`);
    return (answer.packet.answers?.length ?? 0) > 0 ? 0 : 1;
  }
  out(`** server can't find ${names.length > 1 ? name : names[0]}: NXDOMAIN\n\n`);
  return 1;
};
