import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { build } from 'esbuild';
import {
  type Identity,
  identityEnvironment,
  type Mount,
  type Network,
  openNetwork,
} from '../../src/usernet/index.ts';

/** A lab network in a temporary folder, and small node programs in its namespaces. */
export interface TestLab {
  readonly folder: string;
  readonly runtimeDir: string;
  readonly network: Network;
  /** Starts the text as an ES module; its lines on standard output are read by {@link TestProcess.line}. */
  start(namespace: string, source: string, options?: { mounts?: readonly Mount[] }): TestProcess;
  /** Runs the text to its end; its output, trimmed. */
  run(namespace: string, source: string, options?: { mounts?: readonly Mount[] }): Promise<string>;
  close(): Promise<void>;
}

export interface TestProcess {
  readonly pid: number;
  readonly stdin: Writable;
  /** The next line of standard output; throws with standard error when the program ends before. */
  line(): Promise<string>;
  exited: Promise<number | null>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Bundles the preload as the build does, so that no test depends on dist/. */
export async function buildPreload(folder: string): Promise<string> {
  const outfile = join(folder, 'preload.mjs');
  await build({
    entryPoints: ['src/machines/providers/portable/preload.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outfile,
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return outfile;
}

let programs = 0;

export function createLab(preload: string): TestLab {
  const folder = mkdtempSync(join(tmpdir(), 'usernet-'));
  const runtimeDir = join(folder, 'run');
  mkdirSync(runtimeDir);
  const network = openNetwork(runtimeDir);
  const processes = new Set<TestProcess>();

  const start: TestLab['start'] = (namespace, source, options = {}) => {
    const file = join(folder, `program-${programs++}.mjs`);
    writeFileSync(file, source);
    const identity: Identity = {
      runtimeDir,
      namespace,
      machine: network.namespace(namespace)?.machine ?? namespace,
      mounts: options.mounts ?? [],
    };
    const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
      process.execPath,
      ['--import', preload, file],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, ...identityEnvironment(identity) },
        cwd: process.cwd(),
      },
    );
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const started: TestProcess = {
      pid: child.pid!,
      stdin: child.stdin,
      async line() {
        const next = await lines.next();
        if (next.done) throw new Error(`the program ended with ${await exited}: ${stderr}`);
        return next.value;
      },
      exited,
      async kill(signal = 'SIGKILL') {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        await exited;
      },
    };
    processes.add(started);
    return started;
  };

  return {
    folder,
    runtimeDir,
    network,
    start,
    async run(namespace, source, options) {
      const child = start(namespace, source, options);
      const lines: string[] = [];
      for (;;) {
        try {
          lines.push(await child.line());
        } catch (error) {
          if ((await child.exited) !== 0) throw error;
          return lines.join('\n');
        }
      }
    },
    async close() {
      await Promise.all([...processes].map((child) => child.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Two workers with a bridge each, a controller and the jumpbox: addresses as in the default topology. */
export function buildDefaultNetwork(network: Network): void {
  network.setLabNetworks({ network: '10.240.0.0/24', podCidr: '10.200.0.0/16', serviceCidr: '10.32.0.0/24' });
  const machines = { jumpbox: 1, 'controller-0': 10, 'worker-0': 20, 'worker-1': 21 };
  for (const [machine, host] of Object.entries(machines)) {
    network.createNamespace(machine, { machine });
    network.addAddress(machine, { address: `10.240.0.${host}`, prefixLength: 24, device: 'eth0' });
  }
  network.setHosts({ 'controller-0': '10.240.0.10', 'worker-0': '10.240.0.20', 'worker-1': '10.240.0.21' });
  for (const index of [0, 1]) {
    network.addAddress(`worker-${index}`, {
      address: `10.200.${index}.1`,
      prefixLength: 24,
      device: 'cnio0',
    });
    addPod(network, `pod-${index}`, index, 5);
  }
}

export function addPod(network: Network, id: string, worker: number, host: number): void {
  network.createNamespace(id, { machine: `worker-${worker}` });
  network.addAddress(id, { address: `10.200.${worker}.${host}`, prefixLength: 24, device: 'eth0' });
}
