import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceRule } from '../../src/usernet/index.ts';
import { buildDefaultNetwork, buildPreload, createLab, type TestLab } from './lab.ts';

let preload: string;
let folder: string;
let lab: TestLab;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usernet-preload-'));
  preload = await buildPreload(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  lab = createLab(preload);
  buildDefaultNetwork(lab.network);
});
afterEach(() => lab.close());

/** Answers each connection with the four ends as the server sees them, after reading "hi". */
const whoServer = (listen: string) => `
import net from 'node:net';
const server = net.createServer((socket) => {
  socket.once('data', (data) => socket.end(JSON.stringify({ data: String(data),
    remote: socket.remoteAddress, remotePort: socket.remotePort, local: socket.localAddress, localPort: socket.localPort })));
});
server.on('error', (error) => { console.log(error.message); process.exit(0); });
server.listen(${listen}, () => console.log(JSON.stringify(server.address())));
process.stdin.on('data', () => { server.close(); process.exit(0); });
`;

const ask = (host: string, port: number, options = '') => `
import net from 'node:net';
const socket = net.connect({ host: '${host}', port: ${port}, ${options} });
socket.write('hi');
let text = '';
socket.on('data', (data) => (text += data));
socket.on('timeout', () => { console.log('timeout', socket.connecting); socket.destroy(); });
socket.on('error', (error) => console.log(error.message, error.code, error.syscall, error.address, error.port, error.errno));
let ends;
socket.on('connect', () => { ends = { ...socket.address(), remote: socket.remoteAddress, remotePort: socket.remotePort, localPort: socket.localPort }; });
socket.on('end', () => console.log(JSON.stringify({ server: JSON.parse(text), client: ends })));
`;

describe('TCP between namespaces', () => {
  it('connects two machines and shows both ends the true addresses', async () => {
    const server = lab.start('worker-0', whoServer(`8080`));
    expect(JSON.parse(await server.line())).toEqual({ address: '0.0.0.0', family: 'IPv4', port: 8080 });
    const { server: seen, client } = JSON.parse(await lab.run('controller-0', ask('10.240.0.20', 8080)));
    expect(seen).toMatchObject({ data: 'hi', remote: '10.240.0.10', local: '10.240.0.20', localPort: 8080 });
    expect(client).toMatchObject({
      address: '10.240.0.10',
      family: 'IPv4',
      remote: '10.240.0.20',
      remotePort: 8080,
    });
    expect(client.localPort).toBe(seen.remotePort);
  });

  it('keeps loopback inside the namespace', async () => {
    const server = lab.start('worker-0', whoServer(`10250, '127.0.0.1'`));
    await server.line();
    expect(JSON.parse(await lab.run('worker-0', ask('localhost', 10250))).server).toMatchObject({
      remote: '127.0.0.1',
      local: '127.0.0.1',
    });
    expect(await lab.run('worker-1', ask('127.0.0.1', 10250))).toBe(
      'connect ECONNREFUSED 127.0.0.1:10250 ECONNREFUSED connect 127.0.0.1 10250 -111',
    );
    expect(await lab.run('controller-0', ask('10.240.0.20', 10250))).toContain('ECONNREFUSED');
  });

  it('has no way into the host network: an unknown address is unreachable', async () => {
    expect(await lab.run('worker-0', ask('192.0.2.1', 80))).toBe(
      'connect ENETUNREACH 192.0.2.1:80 ENETUNREACH connect 192.0.2.1 80 -101',
    );
  });

  it('needs a route from worker to worker for pods', async () => {
    const server = lab.start('pod-1', whoServer(`{ port: 80, host: '10.200.1.5' }`));
    await server.line();
    expect(await lab.run('pod-0', ask('10.200.1.5', 80))).toContain('connect EHOSTUNREACH 10.200.1.5:80');
    lab.network.routes('worker-0').add({ to: '10.200.1.0/24', via: '10.240.0.21' });
    lab.network.routes('worker-1').add({ to: '10.200.0.0/24', via: '10.240.0.20' });
    expect(JSON.parse(await lab.run('pod-0', ask('10.200.1.5', 80))).server.remote).toBe('10.200.0.5');
    lab.network.addMasquerade('worker-0', { source: '10.200.0.0/24', except: '10.200.0.0/24' });
    expect(JSON.parse(await lab.run('pod-0', ask('10.200.1.5', 80))).server.remote).toBe('10.240.0.20');
  });

  it('lets a program wait while the link is cut, and connects when it is back', async () => {
    const server = lab.start('worker-0', whoServer(`80`));
    await server.line();
    lab.network.setLink('worker-0', { up: false });
    expect(await lab.run('controller-0', ask('10.240.0.20', 80, 'timeout: 50'))).toBe('timeout true');
    const client = lab.start('controller-0', `${ask('10.240.0.20', 80)}; console.log('waiting');`);
    expect(await client.line()).toBe('waiting');
    lab.network.setLink('worker-0', { up: true });
    expect(JSON.parse(await client.line()).server.data).toBe('hi');
    lab.network.setPower('worker-0', { on: false });
    expect(await lab.run('controller-0', ask('10.240.0.20', 80))).toContain('EHOSTUNREACH');
  });

  it('refuses a taken port, and frees it when its process is killed', async () => {
    const first = lab.start('worker-0', whoServer(`8080`));
    await first.line();
    const second = lab.start('worker-0', whoServer(`8080, '10.240.0.20'`));
    expect(await second.line()).toBe('listen EADDRINUSE: address already in use 10.240.0.20:8080');
    await first.kill('SIGKILL');
    expect(await lab.run('controller-0', ask('10.240.0.20', 8080))).toContain('ECONNREFUSED');
    const third = lab.start('worker-0', whoServer(`8080`));
    expect(JSON.parse(await third.line()).port).toBe(8080);
    third.stdin.write('stop');
    await third.exited;
    const fourth = lab.start('worker-0', whoServer(`0, '10.240.0.10'`));
    expect(await fourth.line()).toBe('listen EADDRNOTAVAIL 10.240.0.10:0');
    const fifth = lab.start('worker-0', whoServer(`0`));
    expect(JSON.parse(await fifth.line()).port).toBeGreaterThan(32000);
  });

  it('carries service rules: cluster IP, node port, none ready', async () => {
    const server = lab.start('pod-0', whoServer(`8080`));
    await server.line();
    const endpoints = [{ address: '10.200.0.5', port: 8080 }];
    lab.network.setServiceRules('worker-0', [
      { name: 'default/web', protocol: 'TCP', address: '10.32.0.7', port: 80, endpoints },
      { name: 'default/web', protocol: 'TCP', address: '*', port: 30080, endpoints },
      { name: 'default/none', protocol: 'TCP', address: '10.32.0.8', port: 80, endpoints: [] },
    ]);
    const { server: seen, client } = JSON.parse(await lab.run('worker-0', ask('10.32.0.7', 80)));
    expect(seen).toMatchObject({ local: '10.200.0.5', localPort: 8080, remote: '10.200.0.1' });
    expect(client).toMatchObject({ remote: '10.32.0.7', remotePort: 80 });
    expect(await lab.run('worker-0', ask('10.32.0.8', 80))).toContain('connect ECONNREFUSED 10.32.0.8:80');
    expect(JSON.parse(await lab.run('jumpbox', ask('worker-0', 30080))).server.remote).toBe('10.200.0.1');
  });

  it('keeps a client at one endpoint with session affinity, whichever process asks', async () => {
    const ports = [8081, 8082, 8083, 8084];
    const server = lab.start(
      'pod-0',
      `import net from 'node:net';
       await Promise.all(${JSON.stringify(ports)}.map((port) => new Promise((done) =>
         net.createServer((socket) => socket.end(String(socket.localPort))).listen(port, done))));
       console.log('up');`,
    );
    await server.line();
    const rule: ServiceRule = {
      name: 'web',
      protocol: 'TCP',
      address: '10.32.0.7',
      port: 80,
      endpoints: ports.map((port) => ({ address: '10.200.0.5', port })),
    };
    const many = `import net from 'node:net'; const seen = new Set();
      for (let i = 0; i < 40; i++) for await (const data of net.connect(80, '10.32.0.7')) seen.add(String(data));
      console.log([...seen].sort().join());`;
    lab.network.setServiceRules('worker-0', [rule]);
    expect((await lab.run('worker-0', many)).split(',').length).toBeGreaterThan(1);
    lab.network.setServiceRules('worker-0', [{ ...rule, sessionAffinity: { timeoutSeconds: 10800 } }]);
    const first = await lab.run('worker-0', many);
    expect(ports.map(String)).toContain(first);
    expect(await lab.run('worker-0', many)).toBe(first);
  });

  it('stalls an established connection while the link is cut', async () => {
    const server = lab.start(
      'worker-0',
      `import net from 'node:net';
       net.createServer((socket) => socket.pipe(socket)).listen(7, () => console.log('up'));`,
    );
    await server.line();
    const client = lab.start(
      'controller-0',
      `import net from 'node:net';
       const socket = net.connect(7, '10.240.0.20', () => socket.write('one'));
       socket.on('data', (data) => console.log(String(data)));
       process.stdin.on('data', (data) => socket.write(data));`,
    );
    expect(await client.line()).toBe('one');
    lab.network.setLink('worker-0', { up: false });
    // A second program proves that the first has had its turn to see the cut.
    expect(await lab.run('controller-0', ask('10.240.0.20', 7, 'timeout: 20'))).toBe('timeout true');
    client.stdin.write('two');
    let early = false;
    const next = client.line().then((line) => {
      early = true;
      return line;
    });
    expect(await lab.run('controller-0', ask('10.240.0.20', 7, 'timeout: 20'))).toBe('timeout true');
    expect(early).toBe(false);
    lab.network.setLink('worker-0', { up: true });
    expect(await next).toBe('two');
  });

  it('lets two workspaces run side by side', async () => {
    const other = createLab(preload);
    try {
      buildDefaultNetwork(other.network);
      await lab.start('worker-0', whoServer('80')).line();
      expect(await other.run('controller-0', ask('10.240.0.20', 80))).toContain('ECONNREFUSED');
      await other.start('worker-0', whoServer('80')).line();
      expect(await other.run('controller-0', ask('10.240.0.20', 80))).toContain('"data":"hi"');
    } finally {
      await other.close();
    }
  });
});
