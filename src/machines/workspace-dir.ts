import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `--workspace`, K8S_LAB_WORKSPACE, or ~/k8s-lab. */
export function workspaceDir(option?: string, env: NodeJS.ProcessEnv = process.env): string {
  return resolve(option ?? (env.K8S_LAB_WORKSPACE || join(homedir(), 'k8s-lab')));
}

export const hasWorkspace = (dir: string) => existsSync(join(dir, '.lab', 'lab.json'));
