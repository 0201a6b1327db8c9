import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomicSync } from '../lib/files.ts';
import { jumpboxName } from './identity.ts';
import { builtInPrograms, writeProgramFiles } from './program-files.ts';
import type { MachineSpec, Topology } from './topology.ts';
import type { Workspace } from './workspace-layout.ts';

/** Folders of a freshly installed machine, and their modes. */
const folders: Readonly<Record<string, number>> = {
  root: 0o700,
  tmp: 0o777,
  run: 0o755,
  'etc/systemd/system': 0o755,
  'usr/bin': 0o755,
  'usr/local/bin': 0o755,
  'usr/local/sbin': 0o755,
  'var/lib': 0o755,
  'var/log': 0o755,
  'var/run': 0o755,
  'opt/cni/bin': 0o755,
  mnt: 0o755,
  srv: 0o755,
  home: 0o755,
};

const hostsFile = (topology: Topology, own: string) =>
  [
    '127.0.0.1\tlocalhost',
    ...topology.machines.map(
      ({ name, address }) =>
        `${address}\t${name === own ? `${name}.${topology.clusterName}.local ` : ''}${name}`,
    ),
    `${topology.jumpbox}\t${jumpboxName}`,
    '',
  ].join('\n');

const osRelease = [
  'PRETTY_NAME="k8s-lab machine"',
  'NAME="k8s-lab"',
  'ID=k8s-lab',
  'ID_LIKE=debian',
  'VERSION_ID="1"',
  '',
].join('\n');

/** Makes the machine's disk where it is missing; files that exist belong to the learner and stay as they are. */
export async function createMachineRoot(
  workspace: Pick<Workspace, 'machineRoot' | 'topology'>,
  machine: MachineSpec,
): Promise<void> {
  const root = workspace.machineRoot(machine.name);
  const fresh = !existsSync(join(root, 'etc'));
  for (const [folder, mode] of Object.entries(folders)) {
    const path = join(root, folder);
    if (existsSync(path)) continue;
    mkdirSync(path, { recursive: true });
    chmodSync(path, mode);
  }
  const put = (path: string, text: string, mode = 0o644) => {
    const full = join(root, path);
    if (!existsSync(full)) writeFileAtomicSync(full, text, mode);
  };
  if (fresh) {
    put('etc/hostname', `${machine.name}\n`);
    put('etc/hosts', hostsFile(workspace.topology, machine.name));
    put('etc/os-release', osRelease);
    put('etc/resolv.conf', '# The machines have no name server; /etc/hosts names them all.\n');
    put('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n');
    put('etc/group', 'root:x:0:\n');
    put('etc/fstab', '');
  }
  await writeProgramFiles(root, builtInPrograms);
}

/** What `hostname` says: the machine's own file, so that a learner can change it. */
export function hostnameOf(root: string, fallback: string): string {
  try {
    return readFileSync(join(root, 'etc/hostname'), 'utf8').trim() || fallback;
  } catch {
    return fallback;
  }
}
