import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdClient, methods } from '../../src/etcd/client/index.ts';
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
  readonly peerUrl: string;
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
  #extra: readonly string[] = [];

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
    cluster.#extra = extra;
    const ports: [number, number][] = [];
    for (let i = 0; i < size; i++) ports.push([await freePort(), await freePort()]);
    const initial = ports.map(([, peer], i) => `m${i}=https://127.0.0.1:${peer}`).join(',');
    for (const [client, peer] of ports) cluster.#describe(client, peer, initial);
    for (let i = 0; i < size; i++) cluster.startMember(i);
    await cluster.ready();
    return cluster;
  }

  #describe(client: number, peer: number, initialCluster: string, ...more: string[]): MemberProcess {
    const { dir } = this;
    const name = `m${this.members.length}`;
    const tls = (prefix: string) => [
      `--${prefix}cert-file=${dir}/cert.pem`,
      `--${prefix}key-file=${dir}/key.pem`,
      `--${prefix}trusted-ca-file=${dir}/ca.pem`,
      `--${prefix}client-cert-auth`,
    ];
    const member: MemberProcess = {
      name,
      args: [
        `--name=${name}`,
        `--data-dir=${dir}/${name}`,
        `--listen-client-urls=https://127.0.0.1:${client}`,
        `--advertise-client-urls=https://127.0.0.1:${client}`,
        `--listen-peer-urls=https://127.0.0.1:${peer}`,
        `--initial-advertise-peer-urls=https://127.0.0.1:${peer}`,
        `--initial-cluster=${initialCluster}`,
        '--heartbeat-interval=20',
        '--election-timeout=200',
        '--logger=zap',
        ...tls(''),
        ...tls('peer-'),
        ...this.#extra,
        ...more,
      ],
      endpoint: `https://127.0.0.1:${client}`,
      peerUrl: `https://127.0.0.1:${peer}`,
      dataDir: `${dir}/${name}`,
      child: undefined,
      log: '',
    };
    this.members.push(member);
    return member;
  }

  /** Has a new member let in and starts it; resolves to its index. */
  async join(client: EtcdClient): Promise<number> {
    const [clientPort, peerPort] = [await freePort(), await freePort()];
    const peerUrl = `https://127.0.0.1:${peerPort}`;
    const name = `m${this.members.length}`;
    const { members } = await client.call(methods.memberAdd, { peerUrls: [peerUrl] });
    const initial = members.flatMap((each) => each.peerUrls.map((url) => `${each.name || name}=${url}`));
    this.#describe(clientPort, peerPort, initial.join(','), '--initial-cluster-state=existing');
    this.startMember(this.members.length - 1);
    return this.members.length - 1;
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

  /** Resolves to the exit code of a member that ends by itself. */
  async exited(index: number): Promise<number | null> {
    const { child } = this.members[index]!;
    if (child!.exitCode === null) await new Promise((resolve) => child!.once('exit', resolve));
    return child!.exitCode;
  }

  get endpoints(): string[] {
    return this.members.map((member) => member.endpoint);
  }

  client(endpoints = this.endpoints): EtcdClient {
    const client = new EtcdClient({ endpoints, tls: this.tls, timeoutMs: 8000, dialTimeoutMs: 1000 });
    this.#clients.push(client);
    return client;
  }

  /** Waits until each member that runs answers a linearizable read. */
  async ready(): Promise<void> {
    const running = this.members.filter(({ child }) => child?.exitCode === null && child.signalCode === null);
    await Promise.all(
      running.map(async (member) => {
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
