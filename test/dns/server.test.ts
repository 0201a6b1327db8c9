import dgram from 'node:dgram';
import net, { type AddressInfo } from 'node:net';
import dnsPacket from 'dns-packet';
import { afterEach, expect, test } from 'vitest';
import { assembleServer, routeByZone } from '../../src/dns/assemble.ts';
import { parseCorefile } from '../../src/dns/corefile.ts';
import { emptyResponse, type ResourceRecord } from '../../src/dns/message.ts';
import type { NextHandler } from '../../src/dns/plugin.ts';
import { type DnsServer, serveDns } from '../../src/dns/server.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/log.ts';

const servers: DnsServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function serve(handler: NextHandler): Promise<number> {
  const port = await freePort();
  servers.push(await serveDns(port, '127.0.0.1', handler));
  return port;
}

const query = (name: string) =>
  dnsPacket.encode({
    type: 'query',
    id: 7,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name, type: 'A' }],
  });

function askUdp(port: number, name: string): Promise<dnsPacket.DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', reject);
    socket.once('message', (bytes) => {
      socket.close();
      resolve(dnsPacket.decode(bytes));
    });
    socket.send(query(name), port, '127.0.0.1');
  });
}

function askTcp(port: number, name: string): Promise<dnsPacket.DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.write(dnsPacket.streamEncode({ type: 'query', id: 7, questions: [{ name, type: 'A' }] })),
    );
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      socket.destroy();
      resolve(dnsPacket.decode(received.subarray(2)));
    });
  });
}

const many: ResourceRecord[] = Array.from({ length: 60 }, (_, index) => ({
  name: 'many.cluster.local',
  type: 'A',
  ttl: 5,
  data: `10.200.0.${index}`,
}));

test('an answer too long for UDP comes truncated there, and whole over TCP', async () => {
  const port = await serve(async () => ({ ...emptyResponse('NOERROR'), authoritative: true, answers: many }));
  const short = await askUdp(port, 'many.cluster.local');
  expect([short.flag_tc, short.answers?.length]).toEqual([true, 0]);
  const whole = await askTcp(port, 'many.cluster.local');
  expect([whole.flag_tc, whole.answers?.length]).toEqual([false, 60]);
});

test('bytes that are no query get no answer and do no harm', async () => {
  const port = await serve(async () => emptyResponse('NXDOMAIN'));
  const socket = dgram.createSocket('udp4');
  await new Promise((resolve) => socket.send(Buffer.from('not dns at all'), port, '127.0.0.1', resolve));
  socket.close();
  expect((await askUdp(port, 'x.cluster.local')) as { rcode?: string }).toMatchObject({ rcode: 'NXDOMAIN' });
});

const context = (lines: string[] = []) => ({
  clock: systemClock,
  random: () => 0,
  write: (line: string) => lines.push(line),
  logger: createLogger({ format: 'klog', caller: 'test', write: () => {} }),
  signal: new AbortController().signal,
});

const assemble = (text: string, lines: string[] = []) =>
  parseCorefile(text, 'Corefile').map((block) => assembleServer(block, context(lines)));

test('forward asks the upstream, and a dead one becomes SERVFAIL with a line of the errors plugin', async () => {
  const upstream = await serve(async () => ({
    ...emptyResponse('NOERROR'),
    answers: [{ name: 'example.org', type: 'A', ttl: 60, data: '192.0.2.1' }],
  }));
  const port = await serve(routeByZone(assemble(`. {\n forward . 127.0.0.1:${upstream}\n}`)));
  expect((await askUdp(port, 'example.org')).answers).toMatchObject([{ data: '192.0.2.1' }]);

  const lines: string[] = [];
  const failing = await serve(
    routeByZone(assemble(`. {\n errors\n log\n forward . 127.0.0.1:${await freePort()}\n}`, lines)),
  );
  expect((await askUdp(failing, 'example.org')) as { rcode?: string }).toMatchObject({ rcode: 'SERVFAIL' });
  expect(lines.some((line) => line.startsWith('[ERROR] plugin/errors: 2 example.org. A:'))).toBe(true);
});

test('of several blocks on a port the longest zone answers; no zone at all is refused', async () => {
  const inner = await serve(async () => ({
    ...emptyResponse('NOERROR'),
    answers: [{ name: 'a.inner.org', type: 'A', ttl: 60, data: '192.0.2.7' }],
  }));
  const servers = assemble(`org {\n errors\n}\ninner.org {\n forward . 127.0.0.1:${inner}\n}`);
  const port = await serve(routeByZone(servers));
  expect((await askUdp(port, 'a.inner.org')).answers).toMatchObject([{ data: '192.0.2.7' }]);
  expect((await askUdp(port, 'a.other.net')) as { rcode?: string }).toMatchObject({ rcode: 'REFUSED' });
});

test('a name that no plugin of its block answers is a failure, and the errors plugin says so', async () => {
  const lines: string[] = [];
  const port = await serve(routeByZone(assemble('. {\n errors\n cache\n}', lines)));
  expect((await askUdp(port, 'a.other.net')) as { rcode?: string }).toMatchObject({ rcode: 'SERVFAIL' });
  expect(lines).toContain('[ERROR] plugin/errors: 2 a.other.net. A: plugin/cache: no next plugin found');
  const empty = await serve(routeByZone(assemble('. {\n}')));
  expect((await askUdp(empty, 'a.other.net')) as { rcode?: string }).toMatchObject({ rcode: 'REFUSED' });
});

test.each([
  ['. {\n kubernets cluster.local\n}', "Unknown directive 'kubernets'"],
  ['. {\n errors\n errors\n}', "'errors' stands twice in a block"],
  ['. {\n errors now\n}', "unexpected argument 'now'"],
  ['. {\n forward .\n}', 'wrong argument count'],
  ['. {\n cache often\n}', 'ttl must be in range'],
])('%j is refused by name', (text, message) => {
  expect(() => assemble(text)).toThrow(message);
});
