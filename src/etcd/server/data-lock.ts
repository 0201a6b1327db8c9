import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, LabError } from '../../lib/errors.ts';

/**
 * One data folder, one process: two that append to one log would destroy it. Upstream holds flock() on its files, which
 * Node cannot; here a file names the process that owns the folder. A process that was killed leaves its file behind, so
 * what counts is whether the process lives: its number and the time it started, as numbers are given out again.
 */
export interface ProcessTable {
  /** Names this process, unlike any other before or after it. */
  self(): ProcessIdentity;
  isAlive(identity: ProcessIdentity): boolean;
}

export interface ProcessIdentity {
  readonly pid: number;
  /** In the kernel's own unit; empty where the system does not tell. */
  readonly startTime: string;
}

/** Takes the folder; returns how to give it back. Throws LabError when a living process has it. */
export function lockDataDir(dataDir: string, processes: ProcessTable = systemProcesses): () => void {
  const path = join(dataDir, 'member', 'lock');
  const self = processes.self();
  const mine = `${self.pid} ${self.startTime}\n`;
  for (;;) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const owner = readOwner(path);
    if (owner !== undefined && processes.isAlive(owner)) {
      throw new LabError(`another etcd process (pid ${owner.pid}) is using this data directory`, {
        where: dataDir,
        remedy: 'stop that process first, or give this member a --data-dir of its own',
      });
    }
    rmSync(path, { force: true });
  }
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    const [, pid, startTime] = /^(\d+) (\d*)$/m.exec(readFileSync(path, 'utf8')) ?? [];
    return pid === undefined ? undefined : { pid: Number(pid), startTime: startTime! };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Linux tells through /proc, of which self is the view of this process even where its own number is another. */
const systemProcesses: ProcessTable = {
  self: () => readStat('self') ?? { pid: process.pid, startTime: '' },
  isAlive({ pid, startTime }) {
    if (startTime !== '') return readStat(String(pid))?.startTime === startTime;
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      return errorCode(error) === 'EPERM';
    }
  },
};

function readStat(process: string): ProcessIdentity | undefined {
  try {
    const text = readFileSync(`/proc/${process}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold anything; the start is the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid: Number.parseInt(text, 10), startTime: fields[19]! };
  } catch {
    return undefined;
  }
}
