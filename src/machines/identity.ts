import { packageRoot } from '../lib/package-root.ts';
import type { Identity, Mount } from '../usernet/identity.ts';
import type { Workspace } from './workspace-layout.ts';

export const jumpboxName = 'jumpbox';

const through = (path: string, readOnly = false): Mount =>
  readOnly ? { at: path, from: path, readOnly } : { at: path, from: path };

/** A process of a machine: the machine's network, and its disk as the root of all files. */
export function machineIdentity(
  workspace: Pick<Workspace, 'runtimeDir' | 'machineRoot'>,
  name: string,
): Identity {
  return {
    runtimeDir: workspace.runtimeDir,
    namespace: name,
    machine: name,
    mounts: [
      { at: '/', from: workspace.machineRoot(name) },
      // What the kernel and the lab itself provide shows through.
      through('/dev'),
      through('/proc', true),
      through(packageRoot(), true),
      through(workspace.runtimeDir),
    ],
  };
}

/** A process on the learner's own computer: the lab's network is reachable, files are the host's. */
export function jumpboxIdentity(workspace: Pick<Workspace, 'runtimeDir'>): Identity {
  return { runtimeDir: workspace.runtimeDir, namespace: jumpboxName, machine: jumpboxName, mounts: [] };
}
