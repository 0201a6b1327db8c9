import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot, programFile } from '../../src/lib/package-root.ts';
import { connectLab, type LabClient } from '../../src/machines/client.ts';
import { programScript } from '../../src/machines/program-files.ts';
import { openWorkspace, type Workspace } from '../../src/machines/workspace.ts';

const needed = ['labd', 'machine-shell', 'curl'];

/** Programs run from dist/: those that are missing are built, and the test's own server always. */
export async function buildTestPrograms(): Promise<void> {
  const missing = needed.filter((name) => !existsSync(programFile(name)));
  if (missing.length > 0) {
    execFileSync(process.execPath, [join(packageRoot(), 'scripts/build.mjs'), ...missing], { stdio: 'pipe' });
  }
  await build({
    absWorkingDir: packageRoot(),
    entryPoints: ['test/machines/fixtures-server.ts'],
    outfile: `dist/programs/test-server.js`,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'error',
  });
}

export interface TestLab {
  readonly workspace: Workspace;
  readonly lab: LabClient;
  /** A command on a machine, which must end with 0; returns what it printed. */
  shell(machine: string, command: string): Promise<string>;
  destroy(): Promise<void>;
}

/** A lab of its own, in a temporary folder, its machines off. `single` has three machines or fewer. */
export async function createTestLab(topology = 'single'): Promise<TestLab> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'lab-')));
  const workspace = await openWorkspace(dir, { create: true, topology });
  const lab = await connectLab(workspace);
  return {
    workspace,
    lab,
    async shell(machine, command) {
      const result = await lab.run(machine, command);
      if (result.exitCode !== 0)
        throw new Error(`${command}\n${result.stdout}${result.stderr}exit ${result.exitCode}`);
      return result.stdout;
    },
    async destroy() {
      await lab.down().catch(() => {});
      rmSync(dir, { recursive: true, force: true });
      rmSync(workspace.runtimeDir, { recursive: true, force: true });
    },
  };
}

export const testServer = programScript('test-server', 'v1');

/** Processes whose environment names the workspace's runtime folder: what `down` must leave none of. Linux only. */
export function processesOf(workspace: Workspace): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        if (statSync(`/proc/${name}`).uid !== process.getuid?.()) return false;
        return [`/proc/${name}/environ`, `/proc/${name}/cmdline`].some(
          (file) => execText(file).includes(workspace.dir) || execText(file).includes(workspace.runtimeDir),
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

const execText = (file: string) => readFileSync(file, 'latin1');
