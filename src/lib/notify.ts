import { closeSync, writeSync } from 'node:fs';

/** Names the file descriptor that a supervisor listens on, as NOTIFY_SOCKET names a socket under systemd. */
export const notifyVariable = 'K8S_LAB_NOTIFY_FD';

let told = false;

/**
 * Tells the supervisor that the program is up: what a unit with Type=notify waits for (sd_notify's READY=1).
 * Does nothing the second time, or where nobody listens.
 */
export function notifyReady(env: NodeJS.ProcessEnv = process.env): void {
  const fd = Number(env[notifyVariable]);
  if (told || !Number.isInteger(fd) || fd < 3) return;
  told = true;
  try {
    writeSync(fd, 'READY=1\n');
    closeSync(fd);
  } catch {
    // The supervisor went away; the next one starts this program anew.
  }
}
