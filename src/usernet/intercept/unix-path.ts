import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '../../lib/errors.ts';
import type { Identity } from '../identity.ts';
import { isInside, translate } from '../mounts.ts';
import { claimOwner } from './ports.ts';

/*
 * Unix sockets by path, such as /run/containerd/containerd.sock on a machine. The folder of a machine is too deep for
 * the 108 bytes of a socket's path, so the socket lies in `<runtimeDir>/x` and a symbolic link stands in its place:
 * stat, chmod and unlink of the path do what they should.
 */

export interface PathClaim {
  readonly path: string;
  /** Puts the link in place, once the socket is bound. */
  publish(): void;
  release(): void;
}

const isMapped = (identity: Identity, path: string) =>
  identity.mounts.length > 0 && !path.startsWith('\0') && !isInside(resolve(path), identity.runtimeDir);

const shortPath = (identity: Identity, host: string) =>
  join(identity.runtimeDir, 'x', createHash('sha256').update(host).digest('hex').slice(0, 16));

/** Where to connect to; the path itself when it is not mapped or holds no link of ours. */
export function connectPath(identity: Identity, path: string): string {
  if (!isMapped(identity, path)) return path;
  const host = translate(identity.mounts, resolve(path));
  try {
    return readlinkRaw(host);
  } catch {
    return host;
  }
}

/**
 * Takes a path for listening. Undefined: not mapped; EADDRINUSE: a living process has it; EACCES: there is no such
 * folder (libuv's answer in that case).
 */
export function listenPath(
  identity: Identity,
  path: string,
): PathClaim | 'EADDRINUSE' | 'EACCES' | undefined {
  if (!isMapped(identity, path)) return undefined;
  const host = translate(identity.mounts, resolve(path));
  if (!existsSync(dirname(host))) return 'EACCES';
  const short = shortPath(identity, host);
  const owner = `${short}.pid`;
  mkdirSync(join(identity.runtimeDir, 'x'), { recursive: true, mode: 0o700 });
  // A program that unlinked the path may bind it again, whoever had it before.
  if (lstatSync(host, { throwIfNoEntry: false }) === undefined) rmSync(owner, { force: true });
  if (!claimOwner(owner)) return 'EADDRINUSE';
  rmSync(short, { force: true });
  return {
    path: short,
    publish() {
      rmSync(host, { force: true });
      symlinkSync(short, host);
    },
    release() {
      rmSync(owner, { force: true });
      rmSync(short, { force: true });
      try {
        if (readlinkRaw(host) === short) rmSync(host, { force: true });
      } catch (error) {
        if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EINVAL') throw error;
      }
    },
  };
}

const readlinkRaw = (path: string) => readlinkSync(path, 'utf8');
