import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/** The programs of a machine that start others: the container runtime, and the shell in a container. */
const starters = new Set(['containerd', 'image-shell']);
const starts = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const;

/**
 * A process of a machine sees the machine's files; one that it starts would see the host's. So only programs that start
 * processes of the lab may, and for all others (`kubectl edit` with somebody's $EDITOR) there is no such file.
 */
export function installChildProcesses(program: string): void {
  if (starters.has(program)) return;
  const refuse = (file: string) => {
    const error = new Error(`spawn ${file} ENOENT`);
    throw Object.assign(error, { code: 'ENOENT', errno: -2, syscall: `spawn ${file}`, path: file });
  };
  for (const name of starts) Object.assign(childProcess, { [name]: refuse });
  syncBuiltinESMExports();
}
