import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { sleep, systemClock } from '../lib/clock.ts';
import { LabError } from '../lib/errors.ts';
import { programFile } from '../lib/package-root.ts';
import { ensureRuntimeDir, type Workspace } from './workspace.ts';

/** True when labd answers a question: a socket alone may belong to one that was just killed. */
export function labdAnswers(workspace: Pick<Workspace, 'socketPath'>): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ socketPath: workspace.socketPath, path: '/v1/info', agent: false, timeout: 5000 });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('labd does not answer')));
    request.on('error', () => resolve(false));
  });
}

const labdLogFile = (workspace: Pick<Workspace, 'labDir'>) => join(workspace.labDir, 'labd.log');

/** Starts labd, detached from this process and its terminal, unless it runs; returns when it answers. */
export async function ensureLabd(workspace: Workspace): Promise<void> {
  if (await labdAnswers(workspace)) return;
  ensureRuntimeDir(workspace.runtimeDir);
  const logFile = labdLogFile(workspace);
  const log = openSync(logFile, 'a', 0o600);
  const saidBefore = fstatSync(log).size;
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=2',
      '--max-old-space-size=256',
      '--no-warnings',
      programFile('labd'),
      workspace.dir,
    ],
    { cwd: workspace.dir, detached: true, stdio: ['ignore', log, log], env: labdEnvironment() },
  );
  closeSync(log);
  child.unref();
  let exitCode: number | undefined;
  child.once('exit', (code) => {
    exitCode = code ?? 1;
  });
  child.once('error', () => {
    exitCode = 1;
  });
  const deadline = systemClock.monotonic() + 15_000;
  while (systemClock.monotonic() < deadline) {
    if (await labdAnswers(workspace)) return;
    // Another labd that was quicker holds the lock: ours has gone, and that one will answer.
    if (exitCode !== undefined && exitCode !== 0) break;
    await sleep(systemClock, 20);
  }
  throw new LabError("the lab's daemon did not start", {
    where: logFile,
    remedy: firstLine(logFile, saidBefore) ?? 'look at that file',
  });
}

/** labd outlives the shell that started it: the shell's proxy settings and node options are none of its business. */
function labdEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (/^(https?|no|all)_proxy$/i.test(name) || name === 'NODE_OPTIONS' || name.startsWith('K8S_LAB_'))
      delete env[name];
  }
  return env;
}

/** What it said first of its end: a stack that follows is for us, not for the learner. */
function firstLine(path: string, from: number): string | undefined {
  try {
    const said = readFileSync(path).subarray(from).toString('utf8');
    return said.split('\n').find((line) => line.trim() !== '');
  } catch {
    return undefined;
  }
}
