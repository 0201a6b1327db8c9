import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs a program to its end; rejects when it fails. Resolves to its output and how long it took. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      const milliseconds = performance.now() - started;
      if (code === 0) resolve({ output, milliseconds });
      else {
        const lastLine = output.trim().split('\n').at(-1);
        reject(Object.assign(new Error(lastLine || `${command} ended with ${code}`), { output }));
      }
    });
  });
}

/** A workspace of the bench's own. */
export function lab(folder) {
  const env = { ...process.env, K8S_LAB_WORKSPACE: folder, CI: 'true' };
  const command = (...args) => run(process.execPath, [join(root, 'bin/k8s-lab.js'), ...args], { env });
  let solved;
  return {
    folder,
    env,
    command,
    /** A cluster up to the smoke test, made once; resolves to how long it took. */
    solved: () => {
      solved ??= command('solve', '--to', '13');
      return solved;
    },
    shell: (script) => command('shell', '-c', script),
    async down() {
      if (existsSync(folder)) await command('down').catch(() => {});
    },
  };
}

/** Seconds of CPU that a process has used, and its proportional set size in kB. */
export function processFigures(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, pssKb: Number(pss?.[1] ?? 0) };
}

/** Every process of a lab leaves its pid in the lab's runtime folder (see src/machines/workspace.ts). `program`: only those that run it. */
export function processesOf(folder, program = '') {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 8);
  const candidates = [
    join(process.env.XDG_RUNTIME_DIR ?? '/run/none', `k8s-lab-${name}`),
    `/tmp/k8s-lab-${userInfo().uid}-${name}`,
  ];
  const runtimeDir = candidates.find((candidate) => existsSync(join(candidate, 'pids')));
  if (runtimeDir === undefined) throw new Error('the runtime folder of the lab was not found');
  return readdirSync(join(runtimeDir, 'pids'))
    .map(Number)
    .filter((pid) => runs(pid, program));
}

function runs(pid, program) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`/${program}`);
  } catch {
    return false;
  }
}
