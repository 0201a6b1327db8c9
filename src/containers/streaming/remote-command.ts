import { PassThrough, type Readable } from 'node:stream';
import { errorMessage } from '../../lib/errors.ts';
import { startExec } from '../runtime/exec.ts';
import type { ContainerProcess } from '../runtime/processes.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type ExitStatus, exitStatus, failureStatus, successStatus } from './status.ts';
import { Terminal, terminalOutput } from './terminal.ts';

/** What a client asked for, kept under a token until its connection comes. */
export interface CommandRequest {
  readonly kind: 'exec' | 'attach';
  readonly containerId: string;
  /** Empty for attach. */
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** The client's end, whatever carries it (WebSocket channels, SPDY streams). */
export interface Remote {
  readonly stdin: Readable | undefined;
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  /** False: hold the program's output back; `onDrain` tells when it may go on. */
  readonly writable: () => boolean;
  onDrain(callback: () => void): void;
  onClose(callback: () => void): void;
  /** The last word; the connection ends after it. */
  finish(status: ExitStatus): void;
}

/** Runs a command for a client, or attaches it to the container's first process, until either ends. */
export async function serveCommand(runtime: Runtime, request: CommandRequest, remote: Remote): Promise<void> {
  try {
    if (request.kind === 'exec') await exec(runtime, request, remote);
    else await attach(runtime, request, remote);
  } catch (error) {
    const what =
      request.kind === 'exec' ? 'error executing command in container' : 'error attaching to container';
    remote.finish(failureStatus(what, errorMessage(error)));
  }
}

async function exec(runtime: Runtime, request: CommandRequest, remote: Remote): Promise<void> {
  const { context, containers } = runtime;
  const process = await startExec(context, containers, request.containerId, request);
  const { stdout, stderr, stdin } = process;
  for (const [name, source] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const) {
    // On a terminal there is one stream only.
    const target = request.tty ? 'stdout' : name;
    source.on('data', (chunk: Buffer) => {
      remote[target](request.tty ? terminalOutput(chunk) : chunk);
      if (!remote.writable()) source.pause();
    });
    remote.onDrain(() => source.resume());
  }
  const input = request.tty ? throughTerminal(process, remote) : remote.stdin;
  if (input !== undefined && stdin !== null) input.pipe(stdin);
  // As upstream: a command whose client went away sees the end of its input, and runs on if it does not care.
  remote.onClose(() => {
    stdin?.end();
    if (request.tty) process.kill('SIGHUP', true);
  });
  remote.finish(exitStatus(request.command, (await process.exited) ?? 255));
}

async function attach(runtime: Runtime, request: CommandRequest, remote: Remote): Promise<void> {
  const io = runtime.containers.io(request.containerId);
  const { tty } = runtime.containers.get(request.containerId).config;
  const input = tty ? throughTerminal(io.process, remote) : remote.stdin;
  const detach = io.attach({
    stdin: request.stdin ? input : undefined,
    stdout: (chunk) => remote.stdout(tty ? terminalOutput(chunk) : chunk),
    stderr: (chunk) => (tty ? remote.stdout(terminalOutput(chunk)) : remote.stderr(chunk)),
  });
  remote.onClose(detach);
  await io.process.exited;
  detach();
  remote.finish(successStatus);
}

/** Input as it comes out of a terminal: whole lines; what was typed is echoed, Ctrl+C becomes a signal. */
function throughTerminal(process: ContainerProcess, remote: Remote): Readable | undefined {
  const { stdin } = remote;
  if (stdin === undefined) return undefined;
  const terminal = new Terminal();
  const input = new PassThrough();
  stdin.on('data', (data: Buffer) => {
    for (const action of terminal.type(data)) {
      if (action.type === 'input') input.write(action.data);
      else if (action.type === 'echo') remote.stdout(action.data);
      else if (action.type === 'signal') process.kill(action.signal, true);
      else input.end();
    }
  });
  stdin.on('end', () => input.end());
  return input;
}
