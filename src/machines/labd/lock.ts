import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { errorCode } from '../../lib/errors.ts';
import { isProcessAlive, processStartTime } from '../../usernet/processes.ts';

/**
 * A file that only one process holds: created with O_EXCL, naming its holder by pid and start time. A lock whose holder
 * was killed is taken over. False when another process that lives holds it.
 */
export function acquireLock(path: string): boolean {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, JSON.stringify({ pid: process.pid, startTime: processStartTime(process.pid) }));
      closeSync(file);
      return true;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    if (holderLives(path)) return false;
    rmSync(path, { force: true });
  }
  return false;
}

/** False when the file is gone, or names another: its folder was deleted, and perhaps made again by the next holder. */
export function holdsLock(path: string): boolean {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid === process.pid;
  } catch {
    return false;
  }
}

function holderLives(path: string): boolean {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; startTime: string };
    return isProcessAlive(pid) && processStartTime(pid) === startTime;
  } catch (error) {
    // Gone in between: nobody holds it. Half written: its holder is just about to.
    return error instanceof SyntaxError;
  }
}
