import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineIdentity } from '../../../src/machines/identity.ts';
import { runScript } from '../../../src/machines/shell/run.ts';
import { openWorkspace } from '../../../src/machines/workspace.ts';

export interface ShellResult {
  readonly bytes: Buffer;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface TestShell {
  readonly dir: string;
  readonly runtimeDir: string;
  /** The host's path of a file on the machine. */
  path(name: string): string;
  run(script: string, stdin?: string | Uint8Array): Promise<ShellResult>;
  destroy(): void;
}

/** The shell of controller-0 in a workspace of its own, without a labd. Scripts run in /root. */
export async function createTestShell(): Promise<TestShell> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'shell-')));
  const workspace = await openWorkspace(dir, { create: true });
  return {
    dir,
    runtimeDir: workspace.runtimeDir,
    path: (name) => join(workspace.machineRoot('controller-0'), name),
    async run(script, stdin = '') {
      const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      const exitCode = await runScript({
        workspace,
        identity: machineIdentity(workspace, 'controller-0'),
        script,
        stdin: Buffer.from(stdin),
        signal: new AbortController().signal,
        write: (stream, data) => void out[stream].push(Buffer.from(data)),
      });
      const bytes = Buffer.concat(out.stdout);
      return { bytes, stdout: bytes.toString(), stderr: Buffer.concat(out.stderr).toString(), exitCode };
    },
    destroy() {
      rmSync(dir, { recursive: true });
      rmSync(workspace.runtimeDir, { recursive: true, force: true });
    },
  };
}
