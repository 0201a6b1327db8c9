/**
 * Who a lab process is: its network namespace and how it sees files. The parent passes it in one environment
 * variable; the preload reads it before the program's code runs.
 */
export interface Identity {
  /** Short folder for sockets and network state, one a workspace: unix socket paths end at 108 bytes. */
  readonly runtimeDir: string;
  /** The network namespace: a machine's name, `jumpbox`, or `pod-…` for the sandbox of a pod. */
  readonly namespace: string;
  /** The machine whose routes and service rules apply; for a machine, its own name. */
  readonly machine: string;
  /** What the process sees where: the longest `at` that is a prefix of an absolute path wins. Empty: the host's files. */
  readonly mounts: readonly Mount[];
}

export interface Mount {
  readonly at: string;
  readonly from: string;
  readonly readOnly?: boolean;
}

export const identityVariable = 'K8S_LAB_IDENTITY';

/** The identity of this process, or undefined when it was not started by the lab. */
export function currentIdentity(env: NodeJS.ProcessEnv = process.env): Identity | undefined {
  const text = env[identityVariable];
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Identity);
}

export function identityEnvironment(identity: Identity): Record<string, string> {
  return { [identityVariable]: JSON.stringify(identity) };
}
