import { constants, open, stat } from 'node:fs/promises';
import { errorCode, errorMessage, LabError } from '../../lib/errors.ts';
import type { FileStat } from '../types.ts';

/** Far more than any file of the course has. Of a longer one only the beginning is read: it is none of ours, which its first line shows. */
const readLimit = 1024 * 1024;

/** Undefined instead of an error when there is nothing at the path; what else stands in the way is told with a remedy. */
async function ifThere<T>(path: string, attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw readTrouble(path, error);
  }
}

/** What a person reads when a file is there and the system does not give it. */
export function readTrouble(path: string, cause: unknown): LabError {
  const denied = ['EACCES', 'EPERM'].includes(errorCode(cause) ?? '');
  return new LabError(`this file cannot be read: ${denied ? 'permission denied' : errorMessage(cause)}`, {
    where: path,
    remedy: denied ? `chmod u+r ${path}` : `look at it: ls -l ${path}`,
    cause,
  });
}

async function readBeginning(path: string): Promise<Uint8Array | undefined> {
  // Non-blocking, since a pipe without a writer would make a check wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const about = await file.stat();
    if (!about.isFile()) return undefined;
    const content = Buffer.alloc(Math.min(about.size, readLimit));
    const { bytesRead } = await file.read(content, 0, content.length, 0);
    return content.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A folder, a pipe or a device is no file: undefined, as for one that is not there. */
export const readIfThere = (path: string): Promise<Uint8Array | undefined> =>
  ifThere(path, readBeginning(path));

export async function statIfThere(path: string): Promise<FileStat | undefined> {
  const entry = await ifThere(path, stat(path));
  if (entry === undefined) return undefined;
  const type = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
  return { type, mode: entry.mode & 0o7777, size: entry.size };
}
