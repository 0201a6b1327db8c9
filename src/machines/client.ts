import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { sleep, systemClock } from '../lib/clock.ts';
import { errorCode, LabError } from '../lib/errors.ts';
import { isProcessAlive } from '../usernet/processes.ts';
import type {
  CommandResult,
  ExecFrame,
  ExecRequest,
  JournalEntry,
  JournalQuery,
  LabEvent,
  LabInfo,
  LinkState,
  MachineStatus,
} from './api.ts';
import { ensureLabd, labdAnswers } from './ensure-labd.ts';
import type { Workspace } from './workspace.ts';

export type {
  CommandResult,
  JournalEntry,
  JournalQuery,
  LabEvent,
  LabInfo,
  LinkState,
  MachineStatus,
  PowerState,
  UnitStatus,
} from './api.ts';

export interface ExecOptions {
  /** Read by the command as its standard input. */
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** `/root` when not given. */
  readonly cwd?: string;
  readonly onStdout?: (data: Buffer) => void;
  readonly onStderr?: (data: Buffer) => void;
  /** Aborting ends the command; exec then resolves with 130. */
  readonly signal?: AbortSignal;
}

export interface MachineFile {
  readonly data: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** Everything others ask of labd. All methods reject with {@link LabError}, with labd's own words. */
export interface LabClient {
  readonly workspace: Workspace;
  info(): Promise<LabInfo>;
  machines(): Promise<MachineStatus[]>;
  /** Runs `systemctl ARGS` on a machine. */
  systemctl(machine: string, args: readonly string[]): Promise<CommandResult>;
  /** Entries oldest first; with `follow` until the signal aborts. */
  journal(
    machine: string,
    query?: JournalQuery & { readonly signal?: AbortSignal },
  ): AsyncIterable<JournalEntry>;
  /** Runs a command line in the machine's shell; resolves with its exit code. */
  exec(machine: string, command: string, options?: ExecOptions): Promise<number>;
  /** As exec, with the output collected. */
  run(machine: string, command: string, options?: ExecOptions): Promise<CommandResult>;
  /** A file on the machine's disk, also while it is off; undefined when there is none. */
  readFile(machine: string, path: string): Promise<MachineFile | undefined>;
  power(machine: string, action: 'on' | 'off' | 'reset'): Promise<void>;
  link(machine: string, state: LinkState): Promise<void>;
  /** Switches all machines on. Resolves when they have booted; their units may still be starting. */
  up(): Promise<void>;
  /** Switches all machines off and ends labd: no process is left. */
  down(): Promise<void>;
  /** Changes as they happen, until the signal aborts. */
  events(signal?: AbortSignal): AsyncIterable<LabEvent>;
}

export interface ConnectOptions {
  /** Start labd when it does not run (default true); otherwise that is an error. */
  readonly start?: boolean;
}

/** Reaches the labd of a workspace. Every call opens a connection of its own, so a client needs no closing. */
export async function connectLab(workspace: Workspace, options: ConnectOptions = {}): Promise<LabClient> {
  if (options.start !== false) await ensureLabd(workspace);
  else await call(workspace, 'GET', '/v1/info');
  return createClient(workspace);
}

/** The lab when it runs, else undefined: for what looks at it, or ends it, and must not start it. */
export const runningLab = async (workspace: Workspace): Promise<LabClient | undefined> =>
  (await labdAnswers(workspace)) ? createClient(workspace) : undefined;

function createClient(workspace: Workspace): LabClient {
  const at = (machine: string, action: string) => `/v1/machines/${encodeURIComponent(machine)}/${action}`;
  const client: LabClient = {
    workspace,
    info: () => call<LabInfo>(workspace, 'GET', '/v1/info'),
    machines: () => call<MachineStatus[]>(workspace, 'GET', '/v1/machines'),
    systemctl: (machine, args) => call<CommandResult>(workspace, 'POST', at(machine, 'systemctl'), { args }),
    journal(machine, { signal, ...query } = {}) {
      const text = encodeURIComponent(JSON.stringify(query));
      return stream<JournalEntry>(
        workspace,
        'GET',
        `${at(machine, 'journal')}?query=${text}`,
        undefined,
        signal,
      );
    },
    async exec(machine, command, { stdin, env, cwd, onStdout, onStderr, signal } = {}) {
      const body: ExecRequest = {
        command,
        ...(stdin === undefined ? {} : { stdin: Buffer.from(stdin).toString('base64') }),
        ...(env === undefined ? {} : { env }),
        ...(cwd === undefined ? {} : { cwd }),
      };
      for await (const frame of stream<ExecFrame>(workspace, 'POST', at(machine, 'exec'), body, signal)) {
        if ('exitCode' in frame) return frame.exitCode;
        const data = Buffer.from(frame.data, 'base64');
        if (frame.stream === 'stdout') onStdout?.(data);
        else onStderr?.(data);
      }
      if (signal?.aborted) return 130;
      throw new LabError(`the connection to ${machine} was lost`, { remedy: 'see "k8s-lab status"' });
    },
    async run(machine, command, options = {}) {
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      const exitCode = await client.exec(machine, command, {
        ...options,
        onStdout: (data) => stdout.push(data),
        onStderr: (data) => stderr.push(data),
      });
      return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), exitCode };
    },
    async readFile(machine, path) {
      const query = `?path=${encodeURIComponent(path)}`;
      const file = await call<{ data: string | null; mode: number }>(
        workspace,
        'GET',
        at(machine, 'file') + query,
      );
      return file.data === null ? undefined : { data: Buffer.from(file.data, 'base64'), mode: file.mode };
    },
    power: (machine, action) => call(workspace, 'POST', at(machine, 'power'), { action }),
    link: (machine, state) => call(workspace, 'POST', at(machine, 'link'), { state }),
    up: () => call(workspace, 'POST', '/v1/up', {}),
    async down() {
      const { pid } = await client.info();
      await call(workspace, 'POST', '/v1/down', {});
      await ended(pid);
    },
    events: (signal) => stream<LabEvent>(workspace, 'GET', '/v1/events', undefined, signal),
  };
  return client;
}

/** labd answers before it ends; whoever asked waits for that, so that truly nothing is left. */
async function ended(pid: number): Promise<void> {
  const deadline = systemClock.monotonic() + 10_000;
  while (isProcessAlive(pid)) {
    if (systemClock.monotonic() > deadline)
      throw new LabError("the lab's daemon does not end", { remedy: `kill process ${pid}` });
    await sleep(systemClock, 10);
  }
}

async function open(
  workspace: Workspace,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({
      socketPath: workspace.socketPath,
      method,
      path,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  }).catch((error: unknown) => {
    if (['ENOENT', 'ECONNREFUSED'].includes(errorCode(error) ?? '')) {
      throw new LabError('the lab is not running', { where: workspace.dir, remedy: 'run "k8s-lab up"' });
    }
    throw error;
  });
  if (response.statusCode === 200) return response;
  const { error, where, remedy, exitCode } = JSON.parse(await readAll(response)) as {
    error: string;
    where?: string;
    remedy?: string;
    exitCode?: number;
  };
  throw new LabError(error, {
    ...(where === undefined ? {} : { where }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function call<T>(workspace: Workspace, method: string, path: string, body?: unknown): Promise<T> {
  return JSON.parse(await readAll(await open(workspace, method, path, body, undefined))) as T;
}

async function* stream<T>(
  workspace: Workspace,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  try {
    const response = await open(workspace, method, path, body, signal);
    try {
      for await (const line of createInterface({ input: response })) yield JSON.parse(line) as T;
    } finally {
      response.destroy();
    }
  } catch (error) {
    // An aborted stream ends; that is what the caller asked for.
    if (signal?.aborted !== true) throw error;
  }
}
