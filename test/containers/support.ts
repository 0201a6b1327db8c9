import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CriClient, createCriClient } from '../../src/kube/cri/index.ts';
import { launchCommand } from '../../src/lib/launch.ts';
import { packageRoot, preloadFile, programFile } from '../../src/lib/package-root.ts';
import { type Identity, identityEnvironment } from '../../src/usernet/identity.ts';
import { type Network, openNetwork } from '../../src/usernet/network.ts';
import { registeredProcesses } from '../../src/usernet/processes.ts';

const needed = ['containerd', 'image-toolbox', 'image-shell', 'image-web', 'image-pause', 'curl', 'kubectl'];

/** Programs run from dist/: those that are missing are built, as `npm test` builds all of them first. */
export function buildPrograms(): void {
  const missing = needed.filter((name) => !existsSync(programFile(name)));
  if (missing.length === 0 && existsSync(preloadFile())) return;
  execFileSync(process.execPath, [join(packageRoot(), 'scripts/build.mjs'), ...needed], { stdio: 'pipe' });
}

export interface TestNode {
  readonly root: string;
  readonly network: Network;
  readonly identity: Identity;
  readonly client: CriClient;
  readonly log: () => string;
  readonly pid: () => number;
  /** Starts containerd, and waits until it serves. */
  start(): Promise<void>;
  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Lab processes of this node that are alive, containerd aside. */
  processes(): { pid: number; program: string; namespace: string }[];
  write(path: string, text: string): void;
  read(path: string): string;
  destroy(): Promise<void>;
}

export const bridgeConf = JSON.stringify({
  cniVersion: '1.1.0',
  name: 'bridge',
  type: 'bridge',
  bridge: 'cnio0',
  isGateway: true,
  ipMasq: true,
  ipam: {
    type: 'host-local',
    ranges: [[{ subnet: '10.200.0.0/24' }]],
    routes: [{ dst: '0.0.0.0/0' }],
  },
});

/** A worker with a root folder and a network of its own, without labd. */
export function createNode(options: { readonly cni?: boolean } = {}): TestNode {
  const dir = mkdtempSync(join(tmpdir(), 'ctr-'));
  const root = join(dir, 'm');
  const runtimeDir = join(dir, 'r');
  mkdirSync(runtimeDir, { recursive: true });
  const network = openNetwork(runtimeDir);
  network.setLabNetworks({ network: '10.240.0.0/24', podCidr: '10.200.0.0/16', serviceCidr: '10.32.0.0/24' });
  network.createNamespace('worker-0', { machine: 'worker-0' });
  network.addAddress('worker-0', { address: '10.240.0.20', prefixLength: 24, device: 'eth0' });
  const through = (path: string, readOnly: boolean) => ({ at: path, from: path, readOnly });
  const identity: Identity = {
    runtimeDir,
    namespace: 'worker-0',
    machine: 'worker-0',
    mounts: [
      { at: '/', from: root },
      through('/dev', false),
      through('/proc', true),
      through(packageRoot(), true),
      through(runtimeDir, false),
    ],
  };
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('etc/hosts', '127.0.0.1 localhost\n');
  write('etc/resolv.conf', '');
  write(
    'etc/containerd/config.toml',
    readFileSync(join(packageRoot(), 'templates/configs/containerd-config.toml'), 'utf8'),
  );
  mkdirSync(join(root, 'tmp'), { recursive: true });
  if (options.cni !== false) {
    for (const plugin of ['bridge', 'host-local', 'loopback']) write(`opt/cni/bin/${plugin}`, '#!/bin/sh\n');
    write('etc/cni/net.d/10-bridge.conf', bridgeConf);
  }
  const client = createCriClient(`unix://${join(root, 'run/containerd/containerd.sock')}`);
  let child: ChildProcess | undefined;
  let text = '';
  const node: TestNode = {
    root,
    network,
    identity,
    client,
    log: () => text,
    pid: () => child?.pid ?? 0,
    async start() {
      const { command, args } = launchCommand('containerd', []);
      const started = spawn(command, args, {
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...identityEnvironment(identity) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      await new Promise<void>((resolve, reject) => {
        const take = (chunk: Buffer) => {
          text += chunk.toString();
          if (text.includes('successfully booted')) resolve();
        };
        started.stdout.on('data', take);
        started.stderr.on('data', take);
        started.once('exit', (code) => reject(new Error(`containerd ended with ${code}\n${text}`)));
      });
      text = text.replace('successfully booted', 'booted');
    },
    async stop(signal) {
      const running = child;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const ended = new Promise((resolve) => running.once('close', resolve));
      running.kill(signal);
      await ended;
    },
    processes: () => registeredProcesses(runtimeDir).filter(({ pid }) => pid !== child?.pid),
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    async destroy() {
      client.close();
      await node.stop('SIGKILL');
      for (const { pid } of registeredProcesses(runtimeDir)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return node;
}

/** Asks again until the answer satisfies; the test's own time limit ends it otherwise. */
export async function until<T>(ask: () => T | Promise<T>, ok: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (ok(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

let count = 0;

export function sandboxConfig(fields: Record<string, unknown> = {}) {
  count++;
  return {
    metadata: { name: `pod-${count}`, uid: `uid-${count}`, namespace: 'default', attempt: 0 },
    hostname: `pod-${count}`,
    logDirectory: `/var/log/pods/default_pod-${count}_uid-${count}`,
    dnsConfig: { servers: ['10.32.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] },
    labels: { app: `app-${count}` },
    ...fields,
  };
}

export function containerConfig(fields: Record<string, unknown> = {}) {
  return {
    metadata: { name: 'main', attempt: 0 },
    image: { image: 'k8s-lab/toolbox' },
    logPath: 'main/0.log',
    ...fields,
  };
}
