import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPod, buildDefaultNetwork, buildPreload, createLab, type TestLab } from './lab.ts';

let folder: string;
let lab: TestLab;

const echo = (bind: string, name: string) => `
import dgram from 'node:dgram';
const socket = dgram.createSocket('udp4');
socket.on('message', (m, r) => socket.send('${name} ' + m + ' ' + r.address + ' ' + r.family + ' ' + r.size, r.port, r.address));
socket.on('error', (e) => { console.log(e.message); process.exit(0); });
socket.bind(${bind}, () => console.log(JSON.stringify(socket.address())));`;

const ask = (host: string, port: number) => `
import dgram from 'node:dgram';
const socket = dgram.createSocket('udp4');
socket.on('message', (m, r) => { console.log(String(m), 'from', r.address, r.port); socket.close(); });
socket.send('hi', ${port}, '${host}', (e) => { if (e) { console.log(e.message); socket.close(); } });`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usernet-preload-'));
  lab = createLab(await buildPreload(folder));
  buildDefaultNetwork(lab.network);
  addPod(lab.network, 'pod-dns', 0, 6);
  expect(await lab.start('pod-0', echo('53', 'zero')).line()).toBe(
    '{"address":"0.0.0.0","family":"IPv4","port":53}',
  );
  lab.network.setServiceRules('worker-0', [
    {
      name: 'kube-system/kube-dns:dns',
      protocol: 'UDP',
      address: '10.32.0.10',
      port: 53,
      endpoints: [{ address: '10.200.0.5', port: 53 }],
    },
    { name: 'none', protocol: 'UDP', address: '10.32.0.11', port: 53, endpoints: [] },
  ]);
});
afterAll(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('UDP between namespaces', () => {
  it('carries datagrams and their true source, and answers reach an unbound sender', async () => {
    expect(await lab.run('pod-dns', ask('10.200.0.5', 53))).toBe(
      'zero hi 10.200.0.6 IPv4 2 from 10.200.0.5 53',
    );
  });

  it('answers from the address of the service', async () => {
    expect(await lab.run('pod-dns', ask('10.32.0.10', 53))).toBe(
      'zero hi 10.200.0.6 IPv4 2 from 10.32.0.10 53',
    );
    expect(await lab.run('pod-0', ask('10.32.0.10', 53))).toBe(
      'zero hi 10.200.0.1 IPv4 2 from 10.32.0.10 53',
    );
  });

  it('refuses a taken port and foreign addresses', async () => {
    expect(await lab.run('pod-0', echo(`53, '10.200.0.5'`, 'x'))).toBe('bind EADDRINUSE 10.200.0.5:53');
    expect(await lab.run('pod-0', echo(`53, '10.200.0.9'`, 'x'))).toBe('bind EADDRNOTAVAIL 10.200.0.9:53');
  });

  it('tells a connected socket that nobody listens, and any that there is no route', async () => {
    const connected = (port: number, host: string) => `import dgram from 'node:dgram';
const socket = dgram.createSocket('udp4'); socket.on('error', (e) => { console.log(e.message, e.code); socket.close(); });
socket.connect(${port}, '${host}', () => { console.log(JSON.stringify(socket.remoteAddress())); socket.send('x'); });`;
    const refused = 'recvmsg ECONNREFUSED ECONNREFUSED';
    expect(await lab.run('pod-dns', connected(54, '10.200.0.5'))).toContain(refused);
    expect(await lab.run('pod-dns', connected(53, '10.32.0.11'))).toContain(refused);
    expect(await lab.run('pod-dns', ask('10.200.1.5', 53))).toBe('send EHOSTUNREACH 10.200.1.5:53');
  });

  it('keeps the borders of many datagrams, offsets and lists', async () => {
    const out = await lab.run(
      'worker-0',
      `import dgram from 'node:dgram'; import { once } from 'node:events';
const a = dgram.createSocket('udp4'), b = dgram.createSocket('udp4'); b.bind(7, '127.0.0.1'); await once(b, 'listening');
const sizes = []; b.on('message', (m, r) => { sizes.push(r.address === '127.0.0.1' ? m.length : -1); if (sizes.length === 5) { console.log(sizes.join()); a.close(); b.close(); } });
const buffer = Buffer.alloc(9000); a.send(buffer, 7); a.send(buffer, 10, 20, 7, 'localhost'); a.send([Buffer.from('ab'), 'c'], 7, '127.0.0.1'); a.send('', 7); a.send(Buffer.alloc(60000), 7, '127.0.0.1');`,
    );
    expect(out.split(',').sort()).toEqual(['0', '20', '3', '60000', '9000'].sort());
  });
});

describe('names', () => {
  it('resolves by /etc/hosts, then by the name servers of /etc/resolv.conf with search paths', async () => {
    const root = join(lab.folder, 'root');
    mkdirSync(join(root, 'etc'), { recursive: true });
    writeFileSync(
      join(root, 'etc/hosts'),
      '127.0.0.1 localhost\n10.240.0.21 worker-1.local worker-1 # next\n',
    );
    writeFileSync(
      join(root, 'etc/resolv.conf'),
      'nameserver 10.32.0.53\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1\n',
    );
    const packet = JSON.stringify(join(process.cwd(), 'node_modules/dns-packet'));
    const server = lab.start(
      'pod-0',
      `import dgram from 'node:dgram'; import { createRequire } from 'node:module';
const packet = createRequire(import.meta.url)(${packet});
const socket = dgram.createSocket('udp4');
socket.on('message', (m, r) => { const q = packet.decode(m); const name = q.questions[0].name;
  const known = name === 'kubernetes.default.svc.cluster.local';
  socket.send(packet.encode({ type: 'response', id: q.id, flags: known ? 0 : 3, questions: q.questions, answers: known ? [{ type: 'A', name, ttl: 5, data: '10.32.0.1' }] : [] }), r.port, r.address); });
socket.bind(5353, () => console.log('up'));`,
    );
    await server.line();
    lab.network.setServiceRules('worker-0', [
      {
        name: 'dns',
        protocol: 'UDP',
        address: '10.32.0.53',
        port: 53,
        endpoints: [{ address: '10.200.0.5', port: 5353 }],
      },
    ]);
    const out = await lab.run(
      'pod-dns',
      `import dns, { lookup } from 'node:dns'; import { promisify } from 'node:util';
const attempt = async (name, options) => { try { return JSON.stringify(await dns.promises.lookup(name, options)); } catch (e) { return e.message; } };
console.log(await attempt('worker-1'), await attempt('kubernetes'), await attempt('kubernetes.default', { all: true }), await attempt('nobody'), await attempt('localhost'), JSON.stringify(await promisify(lookup)('10.1.2.3')));`,
      { mounts: [{ at: '/', from: root }] },
    );
    expect(out).toBe(
      '{"address":"10.240.0.21","family":4} {"address":"10.32.0.1","family":4} [{"address":"10.32.0.1","family":4}] getaddrinfo ENOTFOUND nobody {"address":"127.0.0.1","family":4} {"address":"10.1.2.3","family":4}',
    );
    expect(
      await lab.run(
        'controller-0',
        `import dns from 'node:dns'; dns.lookup('nobody', (e) => console.log(e.code));`,
      ),
    ).toBe('ENOTFOUND');
    expect(
      await lab.run(
        'jumpbox',
        `import dns from 'node:dns'; dns.lookup('worker-0', (e, a) => console.log(a));`,
      ),
    ).toBe('10.240.0.20');
  });
});
