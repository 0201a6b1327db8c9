import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectProxy, parseAuthority, startConnectProxy } from '../../src/usernet/connect-proxy.ts';
import { buildDefaultNetwork, buildPreload, createLab, type TestLab } from './lab.ts';

const run = promisify(execFile);

let folder: string;
let lab: TestLab;
let proxy: ConnectProxy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'usernet-preload-'));
  lab = createLab(await buildPreload(folder));
  buildDefaultNetwork(lab.network);
  const server = lab.start(
    'controller-0',
    `import http from 'node:http';
     http.createServer((request, response) => {
       let size = 0;
       request.on('data', (chunk) => (size += chunk.length));
       request.on('end', () => response.end(request.headers.host + ' ' + request.url + ' ' + size + ' ' + request.socket.remoteAddress));
     }).listen(80, () => console.log('up'));`,
  );
  await server.line();
  proxy = await startConnectProxy({
    identity: { runtimeDir: lab.runtimeDir, namespace: 'jumpbox', machine: 'jumpbox', mounts: [] },
    host: '127.0.0.1',
    port: 0,
  });
});
afterAll(async () => {
  await proxy?.close();
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

const curl = async (...args: string[]) => {
  const env = { ...process.env, NO_PROXY: '', no_proxy: '' };
  return run('curl', ['-sS', '--max-time', '10', '--proxy', `http://127.0.0.1:${proxy.port}`, ...args], {
    env,
  }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );
};

describe('the CONNECT proxy', () => {
  it('passes plain http on, by address and by machine name', async () => {
    expect(await curl('http://10.240.0.10/healthz?x=1')).toBe('10.240.0.10 /healthz?x=1 0 10.240.0.1');
    expect(await curl('http://controller-0/healthz')).toBe('controller-0 /healthz 0 10.240.0.1');
  });

  it('tunnels with CONNECT', async () => {
    expect(await curl('--proxytunnel', 'http://10.240.0.10/a')).toBe('10.240.0.10 /a 0 10.240.0.1');
  });

  it('carries large bodies', async () => {
    const body = 'x'.repeat(100_000);
    expect(await curl('--proxytunnel', '-d', body, 'http://10.240.0.10/')).toBe(
      '10.240.0.10 / 100000 10.240.0.1',
    );
    expect(await curl('-d', body, 'http://10.240.0.10/')).toBe('10.240.0.10 / 100000 10.240.0.1');
  });

  it('is no way out of the lab', async () => {
    expect(await curl('http://192.0.2.1/')).toContain('192.0.2.1 is not in the lab');
    expect(await curl('http://127.0.0.1:1/')).toContain('127.0.0.1 is not in the lab');
    expect(await curl('--proxytunnel', 'http://192.0.2.1/')).toContain('403');
  });

  it('says why it could not connect', async () => {
    expect(await curl('http://10.240.0.10:81/')).toBe('k8s-lab: connection refused by 10.240.0.10:81\n');
    expect(await curl('http://10.200.1.5/')).toBe('k8s-lab: no route to host 10.200.1.5\n');
    expect(await curl('--proxytunnel', 'http://10.200.1.5/')).toContain('502');
  });

  it('reads CONNECT targets', () => {
    expect(parseAuthority('10.240.0.40:6443')).toEqual({ host: '10.240.0.40', port: 6443 });
    expect(parseAuthority('10.240.0.40')).toBeUndefined();
    expect(parseAuthority('a b:1')).toBeUndefined();
  });
});
