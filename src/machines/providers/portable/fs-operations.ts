import { type Dir, type Dirent, constants as files } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Location } from './root-paths.ts';

/** What node:fs does with the paths it is given: one row an operation, for all of its forms. */

export type Access = 'read' | 'write';

export interface PathPosition {
  readonly at: number;
  /** Whether a symbolic link in the last place is followed. */
  readonly follow: boolean;
  /** A function where the other arguments decide (flags of open). */
  readonly access: Access | ((args: readonly unknown[]) => Access);
}

export interface Operation {
  readonly paths: readonly PathPosition[];
  /** The host's argument, where it is not simply the host's path. */
  readonly hostArgument?: (
    given: string,
    location: Location,
    locate: (
      value: unknown,
      access: Access,
      follow: boolean,
      syscall: string,
    ) => { location: Location } | undefined,
  ) => string | undefined;
  /** The result in the program's paths, where the real function answers with the host's. */
  readonly result?: (result: unknown, given: string, location: Location) => unknown;
  readonly watches?: boolean;
}

export const accessOf = (access: PathPosition['access'], args: readonly unknown[]): Access =>
  typeof access === 'function' ? access(args) : access;

const one = (access: PathPosition['access'], follow = true): Operation => ({
  paths: [{ at: 0, follow, access }],
});

/** `r` and `rs` read; every other spelling, and any number with more than O_RDONLY, may write. */
function flagsAccess(flags: unknown): Access {
  const writing = files.O_WRONLY | files.O_RDWR | files.O_CREAT | files.O_TRUNC | files.O_APPEND;
  if (typeof flags === 'number') return (flags & writing) === 0 ? 'read' : 'write';
  return flags === undefined || flags === null || flags === 'r' || flags === 'rs' || flags === 'sr'
    ? 'read'
    : 'write';
}

const openAccess = (args: readonly unknown[]) => flagsAccess(typeof args[1] === 'function' ? 'r' : args[1]);
const readFileAccess = (args: readonly unknown[]) =>
  flagsAccess((args[1] as { flag?: unknown } | null)?.flag);
const checkAccess = (args: readonly unknown[]): Access =>
  typeof args[1] === 'number' && (args[1] & files.W_OK) !== 0 ? 'write' : 'read';

/** Entries carry the folder they were found in. */
function namedEntries(result: unknown, given: string, location: Location): unknown {
  if (!Array.isArray(result)) return result;
  for (const entry of result as (Dirent | string | Buffer)[]) {
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) break;
    const writable = entry as { path?: string; parentPath?: string };
    for (const key of ['path', 'parentPath'] as const) {
      const value = writable[key];
      if (value?.startsWith(location.host)) writable[key] = given + value.slice(location.host.length);
    }
  }
  return result;
}

/** `mkdir -p` answers with the first folder that it had to make. */
function firstMade(result: unknown, _given: string, location: Location): unknown {
  if (typeof result !== 'string') return result;
  const deeper = location.host.length - result.length;
  return location.inside.slice(0, location.inside.length - deeper);
}

export const operations: Readonly<Record<string, Operation>> = {
  access: one(checkAccess),
  appendFile: one('write'),
  chmod: one('write'),
  chown: one('write'),
  exists: one('read'),
  lchmod: one('write', false),
  lchown: one('write', false),
  lstat: one('read', false),
  lutimes: one('write', false),
  mkdir: { ...one('write', false), result: firstMade },
  mkdtemp: {
    // The name that is completed need not exist, so its folder is looked up in its place.
    paths: [{ at: 0, follow: false, access: 'write' }],
    hostArgument: (given, location, locate) =>
      given.endsWith('/')
        ? `${location.host}/`
        : `${locate(dirname(given), 'write', true, 'mkdtemp')?.location.host ?? dirname(location.host)}/${basename(given)}`,
    result: (result, given) => (typeof result === 'string' ? given + result.slice(-6) : result),
  },
  open: one(openAccess),
  openAsBlob: one('read'),
  opendir: {
    ...one('read'),
    result: (result, given) => Object.defineProperty(result as Dir, 'path', { value: given }),
  },
  readdir: { ...one('read'), result: namedEntries },
  readFile: one(readFileAccess),
  readlink: one('read', false),
  realpath: {
    ...one('read'),
    result: (result, _given, location) =>
      Buffer.isBuffer(result) ? Buffer.from(location.inside) : location.inside,
  },
  rm: one('write', false),
  rmdir: one('write', false),
  stat: one('read'),
  statfs: one('read'),
  truncate: one('write'),
  unlink: one('write', false),
  unwatchFile: { ...one('read'), watches: true },
  utimes: one('write'),
  watch: { ...one('read'), watches: true },
  watchFile: { ...one('read'), watches: true },
  writeFile: one('write'),

  copyFile: {
    paths: [
      { at: 0, follow: true, access: 'read' },
      { at: 1, follow: true, access: 'write' },
    ],
  },
  cp: {
    paths: [
      { at: 0, follow: false, access: 'read' },
      { at: 1, follow: false, access: 'write' },
    ],
  },
  link: {
    paths: [
      { at: 0, follow: false, access: 'read' },
      { at: 1, follow: false, access: 'write' },
    ],
  },
  rename: {
    paths: [
      { at: 0, follow: false, access: 'write' },
      { at: 1, follow: false, access: 'write' },
    ],
  },
  // The target is text: what it means is decided when the link is followed.
  symlink: { paths: [{ at: 1, follow: false, access: 'write' }] },
};
