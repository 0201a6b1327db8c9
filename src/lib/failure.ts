import { basename, dirname } from 'node:path';
import { errorCode, errorMessage, LabError } from './errors.ts';

/** What the system's errors mean here, and what to do about them. */
const causes: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: make it readable and writable for you, or use another --workspace',
  EPERM: 'not permitted: look at who owns it, or use another --workspace',
  EROFS: 'the disk is read-only: use another --workspace',
  ENOSPC: 'no space is left on the disk: `k8s-lab doctor` says how much the lab needs',
  EFBIG: 'a file may not grow any more: `ulimit -f` shows the limit of this shell',
  EDQUOT: 'your disk quota is used up: free some space, or use another --workspace',
  ENOTDIR: 'a part of this path is a file: use another --workspace',
  EISDIR: 'it is a folder where a file should be: move it away',
  EEXIST: 'it is a file where a folder should be: move it away, or use another --workspace',
  ENOENT: 'it is gone: has something removed it just now?',
  EMFILE: 'too many files are open: raise the limit with `ulimit -n 4096`',
  ENAMETOOLONG: 'the path is too long: use a --workspace with a shorter one',
};

/** The path that an error is about; of a file that is only there while another is written, its folder. */
function pathOf(error: unknown): string | undefined {
  if (!(error instanceof Error && 'path' in error && typeof error.path === 'string')) return undefined;
  return /^\..*\.tmp$/.test(basename(error.path)) ? dirname(error.path) : error.path;
}

/** What the caller is told: one line about their computer or their words, the whole stack of a mistake of ours. */
export function failureText(error: unknown): string {
  if (error instanceof LabError) return error.toString();
  const code = errorCode(error);
  const cause = code === undefined ? undefined : causes[code];
  if (cause !== undefined) return `${pathOf(error) ?? 'the system says'}: ${cause}`;
  if (code !== undefined) return errorMessage(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
