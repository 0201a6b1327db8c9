import { normalize } from 'node:path';
import type { Mount } from './identity.ts';

/** Whether `path` is `folder` or lies in it; both normalised and absolute. */
export function isInside(path: string, folder: string): boolean {
  return folder === '/' || path === folder || (path.startsWith(folder) && path[folder.length] === '/');
}

/** The mount with the longest `at` that holds the path. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (isInside(path, mount.at) && (best === undefined || mount.at.length > best.at.length)) best = mount;
  }
  return best;
}

/** The host's path of an absolute path in a mount. */
export function hostPath(mount: Mount, path: string): string {
  const rest = mount.at === '/' ? path : path.slice(mount.at.length);
  return normalize(`${mount.from}/${rest}`).replace(/(.)\/$/, '$1');
}

/** The host's path of what a process calls `path`, symbolic links aside; unchanged where nothing is mounted. */
export function translate(mounts: readonly Mount[], path: string): string {
  if (!path.startsWith('/') || mounts.some((mount) => isInside(path, mount.from))) return path;
  const normal = normalize(path);
  const mount = findMount(mounts, normal);
  return mount === undefined ? normal : hostPath(mount, normal);
}
