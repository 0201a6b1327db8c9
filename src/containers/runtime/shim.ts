import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { guestEnvironment } from '../../lib/guest-environment.ts';
import { launchCommand } from '../../lib/launch.ts';
import { identityEnvironment } from '../../usernet/identity.ts';
import { recordProcess } from '../../usernet/processes.ts';
import { type ContainerProcess, containerNodeFlags, type StartOptions, sendSignal } from './processes.ts';

/*
 * A container must not depend on containerd, as with containerd-shim-runc-v2: a shell of some hundred kilobytes stands
 * between the two. It holds the other end of everything that would break if containerd went: it is the parent, so it
 * learns the exit code, and it keeps the pipes open, so nobody gets SIGPIPE or reads an early end.
 *
 *     containerd ◀── FOLDER/stdout, stderr (named pipes) ── container's process
 *         └───────── FOLDER/stdin ───────────────────────▶      ▲ child
 *                    FOLDER/pid, FOLDER/exit ◀── written by ── shim ── waits at FOLDER/done for a containerd
 *
 * That a container has ended is told by the pipes: they end when nobody has them open for writing, which includes the
 * shim. And the shim goes only when a containerd is there to read what the container wrote last. So the next containerd
 * need not trust a pid that the kernel may have given to another process since: it opens the pipes, and either they end
 * at once, or the pid in the file is the one it was.
 */

/** `once`: the input ends with its first writer. `kept`: it never does. */
export type StdinMode = 'none' | 'once' | 'kept';

/**
 * $0: the folder; $1: the mode; the rest is the command. The end of descriptor 3 says that the files are there. With
 * `once` the process waits for a writer to open its input, so it must let go of 3 before: dash keeps a copy of what a
 * command's own redirection closes, until the command is there.
 */
const script = `
dir=$0 mode=$1
shift
rm -f "$dir/pid" "$dir/exit"
mkfifo -m 600 "$dir/stdout" "$dir/stderr" "$dir/stdin" "$dir/done" || exit 1
exec 1<>"$dir/stdout" 2<>"$dir/stderr"
trap '' HUP INT QUIT TERM
case $mode in
none) "$@" 3>&- </dev/null & ;;
once) (exec 3>&-; exec "$@" <"$dir/stdin") & ;;
kept) exec 4<>"$dir/stdin"; "$@" 3>&- 4>&- <"$dir/stdin" & ;;
esac
echo "$! $$" >"$dir/pid"
exec 3>&-
wait $!
echo $? >"$dir/exit"
: >"$dir/done"
kill -KILL 0
`;

/** Starts a container's first process under a shim. Throws when there is no process to be had. */
export async function startShim(
  folder: string,
  options: Omit<StartOptions, 'stdin'> & { readonly stdin: StdinMode },
): Promise<ContainerProcess> {
  const { executable, env, cwd, identity, stdin } = options;
  const { command, args } = launchCommand(executable.program, executable.args, containerNodeFlags);
  // By way of env(1), because a shell drops variables whose names it could not use itself, such as `my.key`.
  const variables = Object.entries({ ...guestEnvironment(env), PWD: cwd, ...identityEnvironment(identity) });
  const words = ['env', '-i', ...variables.map(([name, value]) => `${name}=${value}`), command, ...args];
  const shim = spawn('/bin/sh', ['-c', script, folder, stdin, ...words], {
    detached: true,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  // It belongs to the machine, and not to the pod.
  const place = { ...identity, namespace: identity.machine };
  if (shim.pid !== undefined) recordProcess(place, shim.pid, 'containerd-shim');
  await new Promise<void>((resolve, reject) => {
    shim.once('error', reject);
    (shim.stdio[3] as Readable).once('close', resolve).resume();
  });
  const group = shim.pid!;
  // A shim that was killed takes its container along: nobody would learn how that ended.
  shim.once('exit', () => sendSignal(-group, 'SIGKILL'));
  shim.unref();
  const adopted = adoptShim(folder, stdin);
  if (adopted === undefined)
    throw new Error('the shim of the container ended before its process was started');
  return adopted;
}

/** Takes over a container, running or ended, by the files of its shim; undefined when it was never started. */
export function adoptShim(folder: string, stdin: StdinMode): ContainerProcess | undefined {
  const [pid, shim] = readNumbers(join(folder, 'pid'));
  if (pid === undefined || shim === undefined) return undefined;
  const open = (name: string, flags: number) => openSync(join(folder, name), flags | constants.O_NONBLOCK);
  const output = (name: string) => {
    const fd = open(name, constants.O_RDONLY);
    // A pipe ends only for those who saw a writer: one that comes and goes, in case the last has gone already.
    closeSync(open(name, constants.O_WRONLY));
    const stream = new Socket({ fd, readable: true, writable: false });
    return { stream, closed: new Promise<void>((resolve) => stream.once('close', () => resolve())) };
  };
  // Also a reader: what is written after the container's end makes no noise.
  const input =
    stdin === 'none'
      ? null
      : new Socket({ fd: open('stdin', constants.O_RDWR), readable: false, writable: true });
  const [stdout, stderr] = [output('stdout'), output('stderr')];
  for (const stream of [input, stdout.stream, stderr.stream]) stream?.on('error', () => undefined);
  // Last: from now on the shim may go.
  const done = open('done', constants.O_RDONLY);
  const exited = Promise.all([stdout.closed, stderr.closed]).then(() => {
    input?.destroy();
    closeSync(done);
    return readNumbers(join(folder, 'exit'))[0];
  });
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  return {
    pid,
    stdin: input,
    stdout: stdout.stream,
    stderr: stderr.stream,
    exited,
    kill: (signal, group = false) => {
      if (ended) return;
      sendSignal(group ? -shim : pid, signal);
      // A shim that is gone cannot end what its container started.
      if (signal === 'SIGKILL') setTimeout(() => ended || sendSignal(-shim, 'SIGKILL'), 1000).unref();
    },
  };
}

function readNumbers(path: string): number[] {
  try {
    return readFileSync(path, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
}
