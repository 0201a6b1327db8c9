import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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
