import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import dnsPacket from 'dns-packet';
import type { Directive } from '../corefile.ts';
import { type DnsResponse, emptyResponse, type ResponseCode } from '../message.ts';
import type { Plugin } from '../plugin.ts';
import { directiveError } from './arguments.ts';

const timeoutMs = 2000;

interface Upstream {
  readonly host: string;
  readonly port: number;
}

function parseUpstream(directive: Directive, text: string): Upstream[] {
  if (text.startsWith('/')) {
    const lines = readFileSync(text, 'utf8').split('\n');
    return lines.flatMap((line) => {
      const match = /^\s*nameserver\s+(\S+)/.exec(line);
      return match === null ? [] : [{ host: match[1]!, port: 53 }];
    });
  }
  const match = /^(?:dns:\/\/)?([\d.]+)(?::(\d+))?$/.exec(text);
  if (match === null || isIP(match[1]!) === 0)
    throw directiveError(directive, `not an IP address or file: "${text}"`);
  return [{ host: match[1]!, port: Number(match[2] ?? 53) }];
}

/** `forward . 10.0.0.1 /etc/resolv.conf`: asks the upstreams in turn, the next when one does not answer. */
export function forwardPlugin(directive: Directive): Plugin {
  const [from, ...to] = directive.args;
  if (from === undefined || to.length === 0)
    throw directiveError(directive, 'wrong argument count: forward FROM TO…');
  if (directive.block.length > 0)
    throw directiveError(directive, `unknown property '${directive.block[0]![0]}'`);
  const zone = from.endsWith('.') ? from.toLowerCase() : `${from.toLowerCase()}.`;
  const upstreams = to.flatMap((text) => parseUpstream(directive, text));
  let turn = 0;
  return {
    name: 'forward',
    async handle(request, next) {
      const name = `${request.question.name.toLowerCase()}.`;
      if (zone !== '.' && name !== zone && !name.endsWith(`.${zone}`)) return next(request);
      const query = dnsPacket.encode({
        type: 'query',
        id: request.id,
        flags: dnsPacket.RECURSION_DESIRED,
        questions: [
          { name: request.question.name, type: request.question.type as dnsPacket.RecordType, class: 'IN' },
        ],
      });
      const first = turn++;
      let failure = new Error('no nameservers');
      for (let offset = 0; offset < upstreams.length; offset++) {
        try {
          return await exchange(query, request.id, upstreams[(first + offset) % upstreams.length]!);
        } catch (error) {
          failure = error instanceof Error ? error : new Error(String(error));
        }
      }
      throw failure;
    },
  };
}

function exchange(query: Buffer, id: number, upstream: Upstream): Promise<DnsResponse> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    const finish = (act: () => void) => {
      clearTimeout(timer);
      socket.close();
      act();
    };
    const timer = setTimeout(
      () => finish(() => reject(new Error(`read udp ${upstream.host}:${upstream.port}: i/o timeout`))),
      timeoutMs,
    );
    socket.once('error', (error) => finish(() => reject(error)));
    socket.on('message', (bytes) => {
      const packet = dnsPacket.decode(bytes);
      if (packet.id === id) finish(() => resolve(fromPacket(packet)));
    });
    socket.send(query, upstream.port, upstream.host);
  });
}

function fromPacket(packet: dnsPacket.DecodedPacket): DnsResponse {
  const code = (packet as { rcode?: string }).rcode ?? 'NOERROR';
  return {
    ...emptyResponse(code as ResponseCode),
    answers: packet.answers ?? [],
    authorities: packet.authorities ?? [],
    additionals: (packet.additionals ?? []).filter((record) => record.type !== 'OPT'),
  };
}
