import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../lib/errors.ts';
import { isProcessAlive, processStartTime } from '../processes.ts';

/*
 * The ports of a namespace are unix sockets in one folder: `t6443@10.240.0.10` is TCP port 6443 on that address,
 * `u53@0` UDP port 53 on all of them. Beside each stands `….pid`, the process that bound it: a port whose process was
 * killed is free again.
 */

export type Protocol = 'TCP' | 'UDP';

const wildcard = '0.0.0.0';
const ephemeral = { first: 32768, last: 60999 };

const socketName = (protocol: Protocol, address: string, port: number) =>
  `${protocol === 'TCP' ? 't' : 'u'}${port}@${address === wildcard ? '0' : address}`;

/** Where somebody listens on an address and port, or would if there were somebody. */
export function socketPath(folder: string, protocol: Protocol, address: string, port: number): string {
  const specific = join(folder, socketName(protocol, address, port));
  return existsSync(specific) ? specific : join(folder, socketName(protocol, wildcard, port));
}

export const randomPort = () =>
  ephemeral.first + (randomBytes(2).readUInt16BE() % (ephemeral.last - ephemeral.first + 1));

export interface Claim {
  readonly path: string;
  readonly port: number;
  release(): void;
}

/** Takes a port, or any free one for port 0; undefined when a living process has it (EADDRINUSE). */
export function claimPort(
  folder: string,
  protocol: Protocol,
  address: string,
  port: number,
): Claim | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (port !== 0) return claimExactly(folder, protocol, address, port);
  for (let attempt = 0; attempt < 200; attempt++) {
    const claim = claimExactly(folder, protocol, address, randomPort());
    if (claim !== undefined) return claim;
  }
  return undefined;
}

function claimExactly(folder: string, protocol: Protocol, address: string, port: number): Claim | undefined {
  const path = join(folder, socketName(protocol, address, port));
  const owner = `${path}.pid`;
  if (!createOwner(owner)) return undefined;
  const release = () => {
    rmSync(owner, { force: true });
    rmSync(path, { force: true });
  };
  // All addresses and one address of the same port exclude each other, as without SO_REUSEPORT.
  const prefix = `${protocol === 'TCP' ? 't' : 'u'}${port}@`;
  const conflict = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.pid') && join(folder, name) !== owner)
    .filter((name) => address === wildcard || name === `${prefix}0.pid`)
    .some((name) => !removeIfDead(join(folder, name)));
  if (conflict) {
    rmSync(owner, { force: true });
    return undefined;
  }
  rmSync(path, { force: true });
  return { path, port, release };
}

function createOwner(owner: string): boolean {
  const temporary = `${owner}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, `${process.pid} ${processStartTime(process.pid)}`, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(temporary, owner);
        return true;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
        if (!removeIfDead(owner)) return false;
      }
    }
    return false;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** True when the owner is gone; what it left is removed. */
function removeIfDead(owner: string): boolean {
  try {
    const [pid, startTime] = readFileSync(owner, 'utf8').split(' ');
    if (isProcessAlive(Number(pid)) && processStartTime(Number(pid)) === startTime) return false;
    rmSync(owner, { force: true });
    rmSync(owner.slice(0, -'.pid'.length), { force: true });
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
}

export { createOwner as claimOwner };
