import { readdir, readFile, stat } from 'node:fs/promises';
import { errorCode } from '../../lib/errors.ts';
import type { FileStat } from '../types.ts';

/** Undefined instead of an error when there is nothing at the path. */
const ifThere = <T>(promise: Promise<T>): Promise<T | undefined> =>
  promise.catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  });

/** A folder is no file: undefined, as for one that is not there. */
export const readIfThere = (path: string): Promise<Uint8Array | undefined> =>
  ifThere(readFile(path)).catch((error: unknown) => {
    if (errorCode(error) === 'EISDIR') return undefined;
    throw error;
  });

export async function statIfThere(path: string): Promise<FileStat | undefined> {
  const entry = await ifThere(stat(path));
  if (entry === undefined) return undefined;
  const type = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
  return { type, mode: entry.mode & 0o7777, size: entry.size };
}

export const listFolder = async (path: string): Promise<readonly string[] | undefined> =>
  (await ifThere(readdir(path)))?.sort();
