import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ContainerState, type CriClient } from '../../cri/index.ts';

export interface RotationLimits {
  readonly maximumBytes: number;
  /** With the one that is being written. */
  readonly maximumFiles: number;
}

/** `0.log.20260101-120000`: rotated logs sort by their age. */
const rotatedName = (path: string, now: Date) =>
  `${path}.${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`;

/**
 * Puts aside the logs that have grown too long, and lets the runtime open a new file. Only running containers are
 * looked at: the others write no more. Returns the paths that were rotated. Models pkg/kubelet/logs (without gzip).
 */
export async function rotateLogs(
  cri: CriClient,
  { maximumBytes, maximumFiles }: RotationLimits,
  now: Date,
): Promise<readonly string[]> {
  const { containers } = await cri.listContainers({ filter: { state: { state: ContainerState.RUNNING } } });
  const rotated: string[] = [];
  for (const { id } of containers) {
    const path =
      (await cri.containerStatus({ containerId: id }).catch(() => undefined))?.status?.logPath ?? '';
    const size =
      path === ''
        ? 0
        : await stat(path).then(
            (found) => found.size,
            () => 0,
          );
    if (size < maximumBytes) continue;
    await removeOldest(path, maximumFiles - 2);
    const aside = rotatedName(path, now);
    await rename(path, aside);
    try {
      await cri.reopenContainerLog({ containerId: id });
      rotated.push(path);
    } catch (error) {
      // The runtime still writes to the old file: it gets its name back, and no line is lost.
      await rename(aside, path);
      throw error;
    }
  }
  return rotated;
}

async function removeOldest(path: string, keep: number): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const old = (await readdir(folder)).filter((name) => name.startsWith(prefix)).sort();
  for (const name of old.slice(0, Math.max(0, old.length - Math.max(0, keep)))) await rm(join(folder, name));
}
