import { spawn } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import {
  Bash,
  type Command,
  defineCommand,
  type ExecResult,
  getCommandNames,
  type IFileSystem,
  parse,
  ReadWriteFs,
  type ScriptNode,
} from 'just-bash';
import { guestEnvironment } from '../../../lib/guest-environment.ts';
import { launchCommand } from '../../../lib/launch.ts';
import { bytesText, escapedFiles, keepBytes } from '../../../lib/shell-bytes.ts';
import { shellSleep } from '../../../lib/shell-sleep.ts';
import { type Applet, isOwnVariable } from '../toolbox/applet.ts';
import { applets } from '../toolbox/applets.ts';
import { outputDevices } from './stream-output.ts';

/** What just-bash does well itself stays its own; the toolbox brings what asks the network or the container. */
const ownCommands = new Set(['cat', 'date', 'echo', 'env', 'false', 'printenv', 'pwd', 'sleep', 'true']);

export interface ShellOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted when the command in the foreground is to end. */
  readonly signal: () => AbortSignal;
  /** True while the output of a command may go to the process's own at once. */
  readonly isLive: () => boolean;
  readonly commands?: readonly Command[];
}

/** A shell on the container's files: this process's node:fs shows nothing else. */
export function createShell(options: ShellOptions): Bash {
  const env = Object.fromEntries(
    Object.entries(options.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !isOwnVariable(entry[0]) && entry[0] !== 'PWD',
    ),
  );
  const commands = [
    ...Object.entries(applets)
      .filter(([name]) => !ownCommands.has(name))
      .map(([name, applet]) => appletCommand(name, applet, options)),
    runCommand(options),
    ...(options.commands ?? []),
  ];
  const disk = containerFs(new Set([...getCommandNames(), ...commands.map(({ name }) => name)]));
  const bash = new Bash({
    fs: escapedFiles(disk),
    cwd: options.cwd,
    env,
    customCommands: commands,
    executionLimits: {
      maxExecutionTimeMs: Number.POSITIVE_INFINITY,
      maxCommandCount: Number.POSITIVE_INFINITY,
      maxLoopIterations: Number.POSITIVE_INFINITY,
    },
    // What runs here owns the container; its files are the boundary, and the preload keeps it.
    defenseInDepth: false,
    processInfo: { pid: 1, ppid: 0, uid: 0, gid: 0 },
    sleep: (ms) => shellSleep(ms, options.signal()),
  });
  keepBytes(
    bash,
    disk,
    commands.map(({ name }) => name),
  );
  return bash;
}

/** What a program printed, for just-bash: bytes travel as latin1. */
const programOutput = (
  stdout: readonly Buffer[],
  stderr: readonly Buffer[],
  exitCode: number,
): ExecResult => ({
  stdout: Buffer.concat(stdout).toString('latin1'),
  stdoutKind: 'bytes',
  stderr: bytesText(Buffer.concat(stderr)),
  exitCode,
});

function appletCommand(name: string, applet: Applet, options: ShellOptions): Command {
  return defineCommand(name, async (args, context) => {
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const write = (stream: 'stdout' | 'stderr') => (text: string | Uint8Array) => {
      if (options.isLive()) process[stream].write(text);
      else chunks[stream].push(Buffer.from(text as Uint8Array));
    };
    const exitCode = await applet({
      args,
      env: Object.fromEntries(context.env),
      cwd: context.cwd,
      stdin: options.isLive() ? process.stdin : Readable.from([Buffer.from(String(context.stdin), 'latin1')]),
      signal: options.signal(),
      out: write('stdout'),
      err: write('stderr'),
    });
    return programOutput(chunks.stdout, chunks.stderr, exitCode);
  });
}

/** `k8s-lab-run PROGRAM …`, the last line of a program file: starts a program of the image as a process of its own. */
function runCommand(options: ShellOptions): Command {
  return defineCommand('k8s-lab-run', async ([program = '', ...args], context) => {
    const { command, args: words } = launchCommand(program, args);
    const live = options.isLive();
    const child = spawn(command, words, {
      stdio: live ? 'inherit' : ['pipe', 'pipe', 'pipe'],
      env: {
        ...guestEnvironment(Object.fromEntries(context.env)),
        ...Object.fromEntries(Object.entries(process.env).filter(([name]) => isOwnVariable(name))),
        PWD: context.cwd,
      },
    });
    child.stdin?.end(Buffer.from(String(context.stdin), 'latin1'));
    const stop = () => child.kill('SIGTERM');
    options.signal().addEventListener('abort', stop, { once: true });
    const collect = (source: Readable | null) => {
      const sink = new PassThrough();
      return (source === null ? sink.end() : source.pipe(sink)).toArray() as Promise<Buffer[]>;
    };
    const [stdout, stderr, exitCode] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 143))),
    ]);
    options.signal().removeEventListener('abort', stop);
    return programOutput(stdout, stderr, exitCode);
  });
}

/**
 * The container's files, with the devices that write at once. The shell's own commands show as files in /bin too, since
 * just-bash looks a command up there first.
 */
function containerFs(commands: ReadonlySet<string>): IFileSystem {
  const disk = new ReadWriteFs({ root: '/', allowSymlinks: true });
  const device = (path: string): NodeJS.WriteStream | 'null' | undefined => {
    if (path === outputDevices.stdout || path === '/dev/stdout' || path === '/dev/tty') return process.stdout;
    if (path === outputDevices.stderr || path === '/dev/stderr') return process.stderr;
    return path === '/dev/null' ? 'null' : undefined;
  };
  const isVirtual = (path: string) =>
    device(path) !== undefined || commands.has(/^\/(?:usr\/)?bin\/([^/]+)$/.exec(path)?.[1] ?? '');
  const write = (real: IFileSystem['writeFile']): IFileSystem['writeFile'] => {
    return async (path, content, encoding) => {
      const target = device(path);
      if (target === undefined) return real.call(disk, path, content, encoding);
      if (target === 'null') return;
      const isBinary = encoding === 'binary' || encoding === 'latin1';
      target.write(
        typeof content === 'string' ? Buffer.from(content, isBinary ? 'latin1' : 'utf8') : content,
      );
    };
  };
  const own: Partial<IFileSystem> = {
    writeFile: write(disk.writeFile.bind(disk)),
    appendFile: write(disk.appendFile.bind(disk)),
    exists: async (path) => isVirtual(path) || (await disk.exists(path)),
    stat: async (path) => (isVirtual(path) ? virtualStat() : disk.stat(path)),
    lstat: async (path) => (isVirtual(path) && !(await disk.exists(path)) ? virtualStat() : disk.lstat(path)),
  };
  return new Proxy(disk, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as unknown as IFileSystem;
}

const virtualStat = () => ({
  isFile: true,
  isDirectory: false,
  isSymbolicLink: false,
  mode: 0o777,
  size: 0,
  mtime: new Date(0),
});

/** The parsed script, or undefined when it does not parse (running it will say why). */
export function tryParse(text: string): ScriptNode | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a script is one plain command: then it may use the process's own streams. */
export function isSingleCommand(script: ScriptNode | undefined): boolean {
  const statement = script?.statements[0];
  const pipeline = statement?.pipelines[0];
  const command = pipeline?.commands[0];
  return (
    script?.statements.length === 1 &&
    statement?.pipelines.length === 1 &&
    pipeline?.commands.length === 1 &&
    command?.type === 'SimpleCommand' &&
    command.redirections.length === 0
  );
}
