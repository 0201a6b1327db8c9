import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../lib/errors.ts';
import type { Identity } from './identity.ts';

/** A lab process as it registered itself in `<runtimeDir>/pids/PID`. */
export interface ProcessRecord {
  readonly pid: number;
  /** Start time in the kernel's ticks since boot, or '' where /proc is missing: tells a pid from its next owner. */
  readonly startTime: string;
  readonly namespace: string;
  readonly machine: string;
  readonly program: string;
}

export function isProcessAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return !isZombie(pid);
}

/** A killed process that nobody has waited for yet still takes signals, but holds nothing any more. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); the command's name before it may hold spaces and parentheses. */
export function processStartTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

const folder = (runtimeDir: string) => join(runtimeDir, 'pids');

/** Registers this process until it exits. Killed with -9 it leaves its record, and the next labd finds it by that. The record's path. */
export function registerProcess(identity: Identity, program: string): string {
  const path = recordProcess(identity, process.pid, program);
  process.once('exit', () => {
    try {
      rmSync(path, { force: true });
    } catch {
      // The runtime folder may be gone already, and an exit is too late to complain.
    }
  });
  return path;
}

/** Registers a process that cannot do it itself; its record goes when somebody finds it dead. The record's path. */
export function recordProcess(identity: Identity, pid: number, program: string): string {
  mkdirSync(folder(identity.runtimeDir), { recursive: true, mode: 0o700 });
  const path = join(folder(identity.runtimeDir), String(pid));
  const record: ProcessRecord = {
    pid,
    startTime: processStartTime(pid),
    namespace: identity.namespace,
    machine: identity.machine,
    program,
  };
  writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
  return path;
}

/** The processes of a workspace that are alive; records that dead ones left are removed. */
export function registeredProcesses(runtimeDir: string): ProcessRecord[] {
  let names: string[];
  try {
    names = readdirSync(folder(runtimeDir));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const alive: ProcessRecord[] = [];
  for (const name of names) {
    const path = join(folder(runtimeDir), name);
    try {
      const record = JSON.parse(readFileSync(path, 'utf8')) as ProcessRecord;
      if (isProcessAlive(record.pid) && processStartTime(record.pid) === record.startTime) alive.push(record);
      else rmSync(path, { force: true });
    } catch (error) {
      // Gone in between, or half written: the next look decides.
      if (errorCode(error) !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
    }
  }
  return alive;
}
