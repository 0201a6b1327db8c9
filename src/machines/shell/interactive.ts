import { createInterface, type Interface } from 'node:readline';
import { errorMessage } from '../../lib/errors.ts';
import { textBytes } from '../../lib/shell-bytes.ts';
import type { Identity } from '../../usernet/identity.ts';
import { registerProcess } from '../../usernet/processes.ts';
import { connectLab } from '../client.ts';
import type { Workspace } from '../workspace.ts';
import { command } from './command.ts';
import { completer } from './completion.ts';
import { serialize } from './just-bash.ts';
import { createMachineShell, type MachineShell, mayRunLive, tryParse } from './session.ts';
import { TypedLines } from './typed-lines.ts';

export interface InteractiveOptions {
  readonly workspace: Workspace;
  readonly identity: Identity;
}

/** True when the shell needs more lines: an open quote, a here-document without its end, `for` without `done`. */
export function isIncomplete(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return true;
  const parsed = tryParse(text);
  if (parsed !== undefined) return JSON.stringify(parsed).includes('"terminated":false');
  // Would a closing word make it whole? Then it is unfinished rather than wrong.
  return [
    "'",
    '"',
    '`',
    ')',
    '}',
    ' }',
    '\ndone',
    '\nfi',
    '\nesac',
    '; :',
    ' :',
    '\n:; done',
    '\n:; fi',
    ' in x; do :; done',
    '; do :; done',
    '; then :; fi',
    '\nthen :; fi',
  ].some((end) => tryParse(text + end) !== undefined);
}

/**
 * A session is one long script for just-bash, so that `cd`, variables, functions and arrays last from line to line: a
 * loop that asks for the next statement (`__prompt`) and evaluates it with its output sent to the terminal.
 */
const sessionScript =
  '__exit=0; while __prompt; do eval "$__status$__statement" >/dev/fd-out 2>/dev/fd-err; __exit=$?; done; exit $__exit';

/** `ssh MACHINE` on a terminal. Resolves with the exit code of the session. */
export async function interactive(options: InteractiveOptions): Promise<number> {
  const session = new InteractiveSession(options);
  return session.run();
}

/** How long a line may go on after Ctrl+C before its loop is broken off. */
const giveUpMs = 200;

class InteractiveSession {
  readonly #shell: MachineShell;
  readonly #options: InteractiveOptions;
  #stop = new AbortController();
  #readline: Interface | undefined;
  #history: string[] = [];
  readonly #typed = new TypedLines(process.stdin);
  #queue: string[] = [];
  #ended = false;
  #session = new AbortController();
  #last: { cwd?: string; env?: Record<string, string> } = {};

  constructor(options: InteractiveOptions) {
    this.#options = options;
    this.#shell = createMachineShell({
      ...options,
      signal: () => this.#stop.signal,
      env: { TERM: process.env.TERM ?? 'dumb' },
      commands: [
        command('__prompt', async (_args, context) => {
          const statement = await this.#next(context.env.get('PWD') ?? '/');
          this.#last = { cwd: context.env.get('PWD') ?? '/root', env: Object.fromEntries(context.env) };
          if (statement === undefined) return { stdout: '', stderr: '', exitCode: 1 };
          const status = context.env.get('__exit') ?? '0';
          await context.assignShellVariable!('__status', /\$\?/.test(statement) ? `(exit ${status})\n` : '');
          await context.assignShellVariable!('__statement', statement);
          return { stdout: '', stderr: '', exitCode: 0 };
        }),
      ],
    });
    this.#shell.machine.fs.onProblem = (message) => void process.stderr.write(message);
    this.#shell.machine.fs.onDevice = (device, data) => {
      if (device === '/dev/fd-out' || device === '/dev/tty' || device === '/dev/stdout')
        process.stdout.write(data);
      else if (device === '/dev/fd-err' || device === '/dev/stderr') process.stderr.write(data);
    };
  }

  async run(): Promise<number> {
    // Ctrl+C belongs to the command in the foreground, not to this process.
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', () => this.#interrupt());
    const watch = new AbortController();
    registerProcess(this.#options.identity, 'machine-shell');
    void this.#watchPower(watch.signal);
    let exitCode = 0;
    while (!this.#ended) {
      this.#session = new AbortController();
      const result = await this.#shell.bash
        .exec(sessionScript, { rawScript: true, signal: this.#session.signal, ...this.#last })
        .catch((error: unknown) => {
          process.stderr.write(`bash: ${errorMessage(error)}\n`);
          return undefined;
        });
      // A line that had to be given up takes its loop along; the next loop begins where this one was.
      if (result === undefined || this.#session.signal.aborted) continue;
      exitCode = result.exitCode;
      if (result.stderr !== '') process.stderr.write(textBytes(result.stderr));
      this.#ended = true;
    }
    watch.abort();
    this.#readline?.close();
    return exitCode;
  }

  /** Ends what runs: programs and sleeps at once, a loop of the shell's own when it goes on after that. */
  #interrupt(): void {
    const line = this.#stop;
    const session = this.#session;
    line.abort();
    this.#queue = [];
    this.#typed.forget();
    setTimeout(() => {
      if (this.#stop === line) session.abort();
    }, giveUpMs).unref();
  }

  /** The next statement of what was typed; undefined at the end of input. */
  async #next(cwd: string): Promise<string | undefined> {
    this.#shell.setLive(undefined);
    this.#stop = new AbortController();
    while (this.#queue.length === 0) {
      const text = await this.#read(cwd);
      if (text === undefined) {
        this.#ended = true;
        return undefined;
      }
      if (text.trim() === '') continue;
      const parsed = tryParse(text);
      this.#queue =
        parsed === undefined || parsed.statements.length < 2
          ? [text]
          : parsed.statements.map((statement) => serialize({ ...parsed, statements: [statement] }));
    }
    const statement = this.#queue.shift()!;
    const parsed = tryParse(statement);
    if (parsed !== undefined && (await mayRunLive(parsed, this.#shell.machine, cwd))) {
      this.#shell.setLive({
        terminal: true,
        write: (stream, data) => void process[stream].write(data),
      });
    }
    return statement;
  }

  async #read(cwd: string): Promise<string | undefined> {
    const { name } = this.#shell.machine;
    const folder = cwd === '/root' ? '~' : cwd.startsWith('/root/') ? `~${cwd.slice(5)}` : cwd;
    let text = '';
    for (;;) {
      const line = await this.#question(text === '' ? `root@${name}:${folder}# ` : '> ', cwd);
      if (line === undefined) return undefined;
      if (line === null) {
        text = '';
        continue;
      }
      text = text === '' ? line : `${text}\n${line}`;
      if (!isIncomplete(text)) return text;
    }
  }

  /** A line; null after Ctrl+C, undefined at the end. The terminal is in raw mode only while a line is edited. */
  #question(prompt: string, cwd: string): Promise<string | null | undefined> {
    return new Promise((resolve) => {
      const typed = this.#typed.open();
      const readline = createInterface({
        input: typed.input,
        output: process.stdout,
        history: [...this.#history],
        historySize: 1000,
        completer: completer(this.#shell.machine, cwd),
      });
      this.#readline = readline;
      let answered = false;
      const answer = (value: string | null | undefined) => {
        if (answered) return;
        answered = true;
        readline.close();
        typed.close();
        resolve(value);
      };
      readline.on('history', (history) => {
        this.#history = history;
      });
      readline.on('SIGINT', () => {
        process.stdout.write('^C\n');
        this.#typed.forget();
        answer(null);
      });
      readline.on('close', () => {
        if (!answered) process.stdout.write('logout\n');
        answer(undefined);
      });
      readline.question(prompt, answer);
    });
  }

  async #watchPower(signal: AbortSignal): Promise<void> {
    const { name } = this.#shell.machine;
    try {
      const lab = await connectLab(this.#options.workspace, { start: false });
      for await (const event of lab.events(signal)) {
        if (event.type === 'power' && event.machine === name && event.power === 'off') break;
      }
    } catch {
      // labd is gone, and with it the machine.
    }
    if (signal.aborted) return;
    this.#readline?.close();
    process.stdout.write(`\r\nConnection to ${name} closed by remote host.\r\n`);
    process.exit(255);
  }
}
