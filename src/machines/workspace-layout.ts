import type { Topology } from './topology.ts';

export type ProviderName = 'portable' | 'linux';

/** What `.lab/lab.json` holds. */
export interface LabFile {
  readonly topology: string;
  readonly provider: ProviderName;
  /** RFC 3339. */
  readonly created: string;
  /** Version of k8s-lab that made the workspace. */
  readonly version: string;
}

export interface Workspace {
  readonly dir: string;
  readonly labDir: string;
  readonly lab: LabFile;
  readonly topology: Topology;
  /** Mode 0700, short. */
  readonly runtimeDir: string;
  readonly socketPath: string;
  readonly downloadsDir: string;
  /** Where the learner installs tools. */
  readonly binDir: string;
  /** The lab's own commands: ssh, scp, k8s-lab. */
  readonly labBinDir: string;
  readonly fallbackBinDir: string;
  machineRoot(name: string): string;
  journalDir(name: string): string;
}
