import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdClient } from '../../src/etcd/client/index.ts';
import { programFile } from '../../src/lib/package-root.ts';

/** Clusters of real etcd processes on 127.0.0.1, ours or the one on the PATH, with mutual TLS, for tests. */

export interface Subject {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export const ours: Subject = { name: 'ours', command: process.execPath, args: [programFile('etcd')] };

export function onPath(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

interface MemberProcess {
  readonly name: string;
  readonly args: readonly string[];
  readonly endpoint: string;
  readonly dataDir: string;
  child: ChildProcess | undefined;
  log: string;
}

export class TestCluster {
  readonly dir: string;
  readonly subject: Subject;
  readonly members: MemberProcess[] = [];
  readonly tls: { ca: Buffer; cert: Buffer; key: Buffer };
  #clients: EtcdClient[] = [];

  private constructor(subject: Subject, dir: string) {
    this.subject = subject;
    this.dir = dir;
    const read = (name: string) => readFileSync(join(dir, name));
    this.tls = { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
  }

  static async start(subject: Subject, size: number, extra: readonly string[] = []): Promise<TestCluster> {
    const dir = mkdtempSync(join(tmpdir(), 'etcd-test-'));
    makeCertificates(dir);
    const cluster = new TestCluster(subject, dir);
    const ports: [number, number][] = [];
    for (let i = 0; i < size; i++) ports.push([await freePort(), await freePort()]);
    const initial = ports.map(([, peer], i) => `m${i}=https://127.0.0.1:${peer}`).join(',');
    for (const [i, [client, peer]] of ports.entries()) {
      const tls = (prefix: string) => [
        `--${prefix}cert-file=${dir}/cert.pem`,
        `--${prefix}key-file=${dir}/key.pem`,
        `--${prefix}trusted-ca-file=${dir}/ca.pem`,
        `--${prefix}client-cert-auth`,
      ];
      const args = [
        `--name=m${i}`,
        `--data-dir=${dir}/m${i}`,
        `--listen-client-urls=https://127.0.0.1:${client}`,
        `--advertise-client-urls=https://127.0.0.1:${client}`,
        `--listen-peer-urls=https://127.0.0.1:${peer}`,
        `--initial-advertise-peer-urls=https://127.0.0.1:${peer}`,
        `--initial-cluster=${initial}`,
        '--heartbeat-interval=20',
        '--election-timeout=200',
        '--logger=zap',
        ...tls(''),
        ...tls('peer-'),
        ...extra,
      ];
      cluster.members.push({
        name: `m${i}`,
        args,
        endpoint: `https://127.0.0.1:${client}`,
        dataDir: `${dir}/m${i}`,
        child: undefined,
        log: '',
      });
    }
    for (let i = 0; i < size; i++) cluster.startMember(i);
    await cluster.ready();
    return cluster;
  }

  startMember(index: number): void {
    const member = this.members[index]!;
    const child = spawn(this.subject.command, [...this.subject.args, ...member.args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      member.log += chunk.toString();
    });
    member.child = child;
  }

  /** Resolves when the process is gone. */
  async kill(index: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this.members[index]!;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  get endpoints(): string[] {
    return this.members.map((member) => member.endpoint);
  }

  client(endpoints = this.endpoints): EtcdClient {
    const client = new EtcdClient({ endpoints, tls: this.tls, timeoutMs: 8000, dialTimeoutMs: 1000 });
    this.#clients.push(client);
    return client;
  }

  /** Waits until each member answers a linearizable read. */
  async ready(): Promise<void> {
    await Promise.all(
      this.members.map(async (member) => {
        const client = this.client([member.endpoint]);
        const deadline = Date.now() + 20_000;
        for (;;) {
          try {
            await client.health({ timeoutMs: 1000 });
            return;
          } catch (error) {
            if (Date.now() > deadline) throw new Error(`${member.name}: ${String(error)}\n${member.log}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      }),
    );
  }

  async leader(): Promise<number> {
    for (;;) {
      for (let i = 0; i < this.members.length; i++) {
        try {
          const status = await this.client([this.endpoints[i]!]).status({ timeoutMs: 1000 });
          if (status.leader === status.header!.memberId) return i;
        } catch {
          // Down, or between two leaders: the next one may know.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.members.map((_, i) => this.kill(i)));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function makeCertificates(dir: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca-key.pem',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test-ca',
    '-days',
    '2',
  );
  openssl('req', ...newKey, '-keyout', 'key.pem', '-out', 'cert.csr', '-subj', '/CN=etcd');
  writeFileSync(
    join(dir, 'san.cnf'),
    'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'cert.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca-key.pem',
    '-CAcreateserial',
    '-out',
    'cert.pem',
    '-days',
    '2',
    '-extfile',
    'san.cnf',
  );
}
