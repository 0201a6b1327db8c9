import { type Clock, systemClock } from '../../lib/clock.ts';
import type { LabClient } from '../../machines/client.ts';
import { jumpboxIdentity } from '../../machines/identity.ts';
import type { Workspace } from '../../machines/workspace.ts';
import { installUsernet } from '../../usernet/intercept/install.ts';
import type { CheckContext } from '../types.ts';
import { etcdAccess } from './etcd.ts';
import { createJumpbox } from './jumpbox.ts';
import { createMachines } from './machines.ts';
import { nodeNetwork } from './network.ts';

export interface LiveContextOptions {
  readonly workspace: Workspace;
  /** Undefined when labd does not run: every machine is then off. */
  readonly lab: LabClient | undefined;
  /** Environment of the lab's shell: PATH with the lab's tools first. */
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * What checks see of a real lab. On the portable provider this puts the process into the jumpbox's namespace, for good:
 * from there the lab's addresses are reachable, and the host's own as before.
 */
export function createLiveContext(options: LiveContextOptions): CheckContext {
  const { workspace, lab, env, clock = systemClock, signal } = options;
  if (workspace.lab.provider === 'portable') installUsernet(jumpboxIdentity(workspace));
  return {
    topology: workspace.topology,
    clock,
    jumpbox: createJumpbox(workspace.dir, env),
    machines: createMachines(workspace, lab, clock),
    network: nodeNetwork,
    etcd: etcdAccess,
    ...(signal === undefined ? {} : { signal }),
  };
}
