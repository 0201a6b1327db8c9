/**
 * The workspace is the jumpbox's home: the learner's files lie in it in plain sight, the lab's own under `.lab/`.
 *
 *   WORKSPACE/downloads/   program files to copy to machines     WORKSPACE/bin/   tools the learner installed
 *   .lab/lab.json          topology, provider, when it was made  .lab/bin/        ssh, scp, k8s-lab (made anew on each open)
 *   .lab/fallback-bin/     curl, for a host that has none        .lab/machines/NAME/root   a machine's disk
 *   .lab/journal/NAME/     journals                              .lab/runtime.json, .lab/units.json   what labd remembers
 *
 * Sockets go to a short folder elsewhere, since a unix socket's path ends at 108 bytes.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { LabError, UsageError } from '../lib/errors.ts';
import { writeFileAtomic, writeFileAtomicSync } from '../lib/files.ts';
import { packageRoot } from '../lib/package-root.ts';
import { identityEnvironment } from '../usernet/identity.ts';
import { jumpboxIdentity } from './identity.ts';
import { labVersion, readLabFile } from './lab-file.ts';
import { createMachineRoot } from './machine-root.ts';
import { downloads, writeProgramFiles } from './program-files.ts';
import { loadTopology } from './topology.ts';
import { hasWorkspace } from './workspace-dir.ts';
import type { LabFile, Workspace } from './workspace-layout.ts';

export { labVersion } from './lab-file.ts';
export { hasWorkspace, workspaceDir } from './workspace-dir.ts';

export type { LabFile, ProviderName, Workspace } from './workspace-layout.ts';

export interface OpenOptions {
  /** Make the workspace when there is none. Otherwise that is an error. */
  readonly create?: boolean;
  /** Name of the topology of a new workspace; `hard-way` when not given. */
  readonly topology?: string;
}

/** `$XDG_RUNTIME_DIR/k8s-lab-HASH` when that is short enough, else `/tmp/k8s-lab-UID-HASH`. */
export function runtimeDirOf(dir: string, env: NodeJS.ProcessEnv = process.env): string {
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 8);
  const base = env.XDG_RUNTIME_DIR;
  if (base?.startsWith('/') && base.length <= 22 && existsSync(base)) {
    return join(base, `k8s-lab-${hash}`);
  }
  return `/tmp/k8s-lab-${userInfo().uid}-${hash}`;
}

/** Throws {@link LabError} when the folder is not ours alone: sockets in it are as good as a root login. */
export function ensureRuntimeDir(runtimeDir: string): void {
  mkdirSync(runtimeDir, { recursive: true, mode: 0o700 });
  const entry = lstatSync(runtimeDir);
  if (!entry.isDirectory() || entry.uid !== userInfo().uid || (entry.mode & 0o077) !== 0) {
    throw new LabError('the runtime folder is not a private folder of yours', {
      where: runtimeDir,
      remedy: 'remove it, or set XDG_RUNTIME_DIR to a folder of yours',
    });
  }
}

/** A lab keeps the topology it was made with: throws {@link UsageError} when another is wanted. */
export function checkTopology(workspace: Workspace, wanted: string | undefined): void {
  if (wanted === undefined || wanted === workspace.lab.topology) return;
  throw new UsageError(`this lab has the topology ${JSON.stringify(workspace.lab.topology)}`, {
    where: workspace.dir,
    remedy: 'use another --workspace, or "k8s-lab clean" first',
  });
}

/** Throws {@link UsageError} for an unknown topology, and {@link LabError} when there is no workspace to open. */
export async function openWorkspace(dir: string, options: OpenOptions = {}): Promise<Workspace> {
  if (options.create !== true) existingWorkspace(dir);
  if (!hasWorkspace(dir)) {
    const topology = loadTopology(options.topology ?? 'hard-way');
    mkdirSync(join(dir, '.lab'), { recursive: true });
    const lab: LabFile = {
      topology: topology.name,
      provider: 'portable',
      created: new Date().toISOString(),
      version: labVersion(),
    };
    writeFileAtomicSync(join(dir, '.lab', 'lab.json'), `${JSON.stringify(lab, null, 2)}\n`);
  }
  const workspace = readWorkspace(dir);
  checkTopology(workspace, options.topology);
  await furnish(workspace);
  return workspace;
}

/** Throws {@link LabError} where there is no workspace; touches nothing. */
export function existingWorkspace(dir: string): Workspace {
  if (hasWorkspace(dir)) return readWorkspace(dir);
  throw new LabError('there is no lab here', {
    where: dir,
    remedy: 'run "k8s-lab" to start one, or name its folder with --workspace',
  });
}

/** The paths of a workspace that exists; touches nothing. */
export function readWorkspace(dir: string): Workspace {
  const real = realpathSync(dir);
  const labDir = join(real, '.lab');
  const lab = readLabFile(join(labDir, 'lab.json'));
  const runtimeDir = runtimeDirOf(real);
  return {
    dir: real,
    labDir,
    lab,
    topology: loadTopology(lab.topology),
    runtimeDir,
    socketPath: join(runtimeDir, 'labd.sock'),
    downloadsDir: join(real, 'downloads'),
    binDir: join(real, 'bin'),
    labBinDir: join(labDir, 'bin'),
    fallbackBinDir: join(labDir, 'fallback-bin'),
    machineRoot: (name) => join(labDir, 'machines', name, 'root'),
    journalDir: (name) => join(labDir, 'journal', name),
  };
}

/** Puts in place what the lab provides; the learner's own files are not touched. */
async function furnish(workspace: Workspace): Promise<void> {
  mkdirSync(workspace.binDir, { recursive: true });
  const jumpbox = identityEnvironment(jumpboxIdentity(workspace));
  await writeProgramFiles(workspace.downloadsDir, downloads, jumpbox);
  await writeProgramFiles(workspace.fallbackBinDir, [fallbackCurl], jumpbox);
  for (const machine of workspace.topology.machines) await createMachineRoot(workspace, machine);
  const cli = join(packageRoot(), 'bin', 'k8s-lab.js');
  for (const [name, subcommand] of [
    ['ssh', 'ssh'],
    ['scp', 'scp'],
    ['k8s-lab', ''],
  ] as const) {
    const words = [process.execPath, cli].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const script = `#!/bin/sh\nK8S_LAB_WORKSPACE='${workspace.dir.replaceAll("'", "'\\''")}' exec ${words} ${subcommand} "$@"\n`;
    await writeFileAtomic(join(workspace.labBinDir, name), script, 0o755);
  }
}

const fallbackCurl = { folder: '', file: 'curl', program: 'curl', version: 'v1.34.2' };
