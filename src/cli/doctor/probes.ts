import { spawn } from 'node:child_process';
import { constants, existsSync, readFileSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import { errorMessage } from '../../lib/errors.ts';

/** What the doctor finds out about one thing. `problem` stands in the way, `note` is only good to know. */
export interface Finding {
  readonly name: string;
  readonly state: 'good' | 'note' | 'problem';
  readonly found: string;
  /** What to do; given unless the state is good. */
  readonly remedy?: string;
}

const gib = 1024 ** 3;
const inGib = (bytes: number) => `${(bytes / gib).toFixed(1)} GiB`;

/** package.json's `engines`: 20.19 has what the bundled code uses. */
const oldestNode = [20, 19] as const;

export function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const good = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return {
    name: 'Node',
    state: good ? 'good' : 'problem',
    found: version,
    ...(!good && { remedy: `install Node ${oldestNode.join('.')} or newer from nodejs.org` }),
  };
}

export function examineTerminal(columns: number | undefined, rows: number | undefined): Finding {
  if (columns === undefined || rows === undefined) {
    return {
      name: 'Terminal',
      state: 'note',
      found: 'none (output goes to a file or pipe)',
      remedy: 'run k8s-lab in a terminal for its screens',
    };
  }
  const good = columns >= 80 && rows >= 24;
  return {
    name: 'Terminal',
    state: good ? 'good' : 'note',
    found: `${columns}×${rows}`,
    ...(!good && { remedy: 'make the window at least 80×24 for the screens; every command works without' }),
  };
}

export function examineDisk(freeBytes: number, folder: string, mayWrite = true): Finding {
  if (!mayWrite) {
    return {
      name: 'Disk',
      state: 'problem',
      found: `${folder} is not yours to write in`,
      remedy: 'put the lab elsewhere with --workspace',
    };
  }
  const good = freeBytes >= gib;
  return {
    name: 'Disk',
    state: good ? 'good' : 'problem',
    found: `${inGib(freeBytes)} free for ${folder}`,
    ...(!good && { remedy: 'free 1 GiB, or put the lab elsewhere with --workspace' }),
  };
}

export function examineMemory(freeBytes: number): Finding {
  const state = freeBytes >= 1.2 * gib ? 'good' : freeBytes >= 0.6 * gib ? 'note' : 'problem';
  return {
    name: 'Memory',
    state,
    found: `${inGib(freeBytes)} available`,
    ...(state !== 'good' && {
      remedy: 'the full cluster wants about 1 GiB: close something, or begin with --topology single',
    }),
  };
}

/** MemAvailable counts what the kernel would give back; freemem() alone frightens people on Linux. */
function availableMemory(): number {
  try {
    const match = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    if (match !== null) return Number(match[1]) * 1024;
  } catch {
    // Not Linux.
  }
  return freemem();
}

async function freeDisk(folder: string): Promise<Finding> {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    const { bavail, bsize } = await statfs(existing);
    const mayWrite = await access(existing, constants.W_OK).then(
      () => true,
      () => false,
    );
    return examineDisk(bavail * bsize, folder, mayWrite);
  } catch (error) {
    return {
      name: 'Disk',
      state: 'note',
      found: `unknown (${errorMessage(error)})`,
      remedy: 'the lab needs about 1 GiB in its folder',
    };
  }
}

/** The lab takes one port of the host: that of its proxy, on 127.0.0.1. */
function freePort(): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) =>
      resolve({
        name: 'Port',
        state: 'problem',
        found: errorMessage(error),
        remedy: 'allow programs to listen on 127.0.0.1',
      }),
    );
    server.listen(0, '127.0.0.1', () => {
      server.close(() => resolve({ name: 'Port', state: 'good', found: 'can listen on 127.0.0.1' }));
    });
  });
}

interface Tool {
  readonly name: string;
  readonly args: readonly string[];
  readonly remedy: string;
}

const tools: readonly Tool[] = [
  {
    name: 'bash',
    args: ['--version'],
    remedy: 'the lab uses sh instead; some commands of the course want bash',
  },
  { name: 'kubectl', args: ['version', '--client'], remedy: "not needed: chapter 2 installs the lab's own" },
  { name: 'etcdctl', args: ['version'], remedy: "not needed: chapter 2 installs the lab's own" },
  { name: 'openssl', args: ['version'], remedy: 'not needed: cfssl makes the certificates' },
  { name: 'curl', args: ['--version'], remedy: 'not needed: the lab brings a small curl' },
  { name: 'dig', args: ['-v'], remedy: 'not needed: DNS is asked from inside a pod' },
];

const toolTimeoutMs = 5000;

/** The first line with a digit that the tool prints, or undefined when it cannot be started. */
function toolVersion({ name, args }: Tool, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(name, args, {
      env: { ...env, ETCDCTL_API: '3' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: toolTimeoutMs,
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    child.once('error', () => resolve(undefined));
    child.once('close', () => {
      const line = output.split('\n').find((candidate) => /\d/.test(candidate));
      resolve(line?.trim().slice(0, 70) ?? 'version unknown');
    });
  });
}

async function examineTool(tool: Tool, env: NodeJS.ProcessEnv): Promise<Finding> {
  const version = await toolVersion(tool, env);
  return version === undefined
    ? { name: tool.name, state: 'note', found: 'not found', remedy: tool.remedy }
    : { name: tool.name, state: 'good', found: version };
}

export interface DoctorOptions {
  readonly workspace: string;
  readonly env: NodeJS.ProcessEnv;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** Looks at this computer; everything at once, in a fixed order. */
export function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  return Promise.all([
    examineNode(process.version),
    examineTerminal(options.columns, options.rows),
    freeDisk(options.workspace),
    examineMemory(availableMemory()),
    freePort(),
    ...tools.map((tool) => examineTool(tool, options.env)),
  ]);
}
