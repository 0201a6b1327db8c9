/**
 * labd, one daemon a workspace, owns the machines.
 *
 *   clients (cli, tui, checks, a machine's shell)
 *      │ HTTP on labd.sock: server.ts
 *      ▼
 *   lab.ts ── machines, network, power, what is saved ──► usernet (addresses, links), CONNECT proxy
 *      │
 *      ▼
 *   machine.ts ── units on its disk (unit-store.ts), journal.ts
 *      │  systemctl.ts puts verbs into words, systemctl-views.ts into pictures
 *      ▼
 *   service.ts ── one unit's life, a state machine without I/O
 *      │ run, kill
 *      ▼
 *   service-process.ts ── program file → node process; its output goes to the journal, READY=1 comes back
 *
 * State that must survive kill -9 of labd is in .lab/units.json; the processes it leaves behind are found in
 * `<runtimeDir>/pids` by the next labd, which ends them and starts their units again.
 */
import { chmodSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { UsageError } from '../../lib/errors.ts';
import { runProgram } from '../../lib/program.ts';
import { ensureRuntimeDir, readWorkspace } from '../workspace.ts';
import { Lab } from './lab.ts';
import { acquireLock, holdsLock } from './lock.ts';
import { startProxy } from './proxy.ts';
import { createLabServer } from './server.ts';

const lookForLockMs = 2000;

runProgram('labd', async ({ args, signal }) => {
  const [dir] = args;
  if (dir === undefined) throw new UsageError('labd: the workspace is missing', { remedy: 'labd WORKSPACE' });
  const workspace = readWorkspace(dir);
  ensureRuntimeDir(workspace.runtimeDir);
  // Somebody else was quicker, and will serve.
  const lock = join(workspace.runtimeDir, 'labd.lock');
  if (!acquireLock(lock)) return 0;

  const lab = new Lab({ workspace, clock: systemClock });
  await lab.restore();
  const proxy = await startProxy(workspace);
  lab.proxyPort = proxy.port;

  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const server = createLabServer({ lab, onDown: () => stop() });
  rmSync(workspace.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(workspace.socketPath, resolve);
  });
  chmodSync(workspace.socketPath, 0o600);

  // Somebody has deleted the runtime folder: no client finds this labd any more, and the next one takes its place.
  const stopLooking = systemClock.every(lookForLockMs, () => {
    if (holdsLock(lock)) return;
    process.stderr.write(`labd: ${lock} is gone or another's: ending with all units\n`);
    lab.abandon();
    process.exit(1);
  });

  // SIGTERM (the computer shuts down): processes end, and the next labd brings them back.
  signal.addEventListener('abort', () => {
    lab.close();
    void lab.down().then(stop);
  });
  await stopped;
  stopLooking();
  server.close();
  server.closeAllConnections();
  await proxy.close();
  // What must last is in .lab. Moved first, and the lock with it: the next labd may be here already.
  const left = `${workspace.runtimeDir}-${process.pid}`;
  renameSync(workspace.runtimeDir, left);
  rmSync(left, { recursive: true, force: true });
  return 0;
});
