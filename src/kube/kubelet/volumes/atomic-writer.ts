import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../../lib/errors.ts';

export interface PayloadFile {
  readonly content: Buffer;
  readonly mode: number;
}
/** Files by their relative path. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const dataName = '..data';

/**
 * Writes the files of a volume so that a reader sees all old or all new ones: they go into a fresh folder with a
 * timestamp, and the link `..data` is renamed onto it; what the user sees are links through `..data`. Returns whether
 * anything changed. Models pkg/volume/util/atomic_writer.go.
 */
export async function writeAtomically(folder: string, payload: Payload, now: Date): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const dataLink = join(folder, dataName);
  const old = await linkTarget(dataLink);
  if (old !== undefined && (await holds(join(folder, old), payload))) return false;

  const stamp = now.toISOString().replaceAll('-', '_').replace('T', '_').replace(/[:Z]/g, '_');
  const fresh = await mkdtemp(join(folder, `..${stamp}.`));
  await chmod(fresh, 0o755);
  for (const [path, { content, mode }] of payload) {
    const file = join(fresh, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    // After writing: the mask of the process takes bits away, and a mode of 0400 would keep us out.
    await chmod(file, mode);
  }
  const temporary = join(folder, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(basename(fresh), temporary);
  await rename(temporary, dataLink);
  await linkUserPaths(folder, payload);
  if (old !== undefined) await rm(join(folder, old), { recursive: true, force: true });
  return true;
}

async function linkUserPaths(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0]!));
  for (const name of wanted) {
    const link = join(folder, name);
    if ((await linkTarget(link)) === undefined) await symlink(join(dataName, name), link);
  }
  for (const name of await readdir(folder)) {
    if (!name.startsWith('..') && !wanted.has(name)) await rm(join(folder, name), { force: true });
  }
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether the folder has exactly these files. */
async function holds(folder: string, payload: Payload): Promise<boolean> {
  const found = await filesBelow(folder);
  if (found.length !== payload.size) return false;
  for (const path of found) {
    const wanted = payload.get(path);
    if (wanted === undefined || !(await readFile(join(folder, path))).equals(wanted.content)) return false;
  }
  return true;
}

async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const result: string[] = [];
  let entries: import('node:fs').Dirent[];
  try {
    entries = await readdir(join(folder, prefix), { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  for (const entry of entries) {
    const path = join(prefix, entry.name);
    if (entry.isDirectory()) result.push(...(await filesBelow(folder, path)));
    else result.push(path);
  }
  return result;
}
