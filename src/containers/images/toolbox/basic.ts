import { createReadStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCode } from '../../../lib/errors.ts';
import { shellSleep } from '../../../lib/shell-sleep.ts';
import { currentIdentity } from '../../../usernet/identity.ts';
import { openNetwork } from '../../../usernet/network.ts';
import { registeredProcesses } from '../../../usernet/processes.ts';
import type { NamespaceAddress } from '../../../usernet/state.ts';
import { type Applet, type AppletContext, isOwnVariable } from './applet.ts';

/** Tools that need no network, as BusyBox spells them. */

const multipliers: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

const sleep: Applet = async ({ args, err, signal }) => {
  if (args.length === 0) {
    err('BusyBox-like sleep: missing operand\nUsage: sleep [N]...\n');
    return 1;
  }
  let seconds = 0;
  for (const arg of args) {
    if (arg === 'infinity' || arg === 'inf') seconds = Number.POSITIVE_INFINITY;
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg);
    if (match === null && seconds !== Number.POSITIVE_INFINITY) {
      err(`sleep: invalid number '${arg}'\n`);
      return 1;
    }
    if (match !== null) seconds += Number(match[1]) * multipliers[match[2]!]!;
  }
  await shellSleep(seconds * 1000, signal);
  return 0;
};

const echo: Applet = ({ args, out }) => {
  const newline = args[0] !== '-n';
  out(`${(newline ? args : args.slice(1)).join(' ')}${newline ? '\n' : ''}`);
  return 0;
};

const visible = (env: AppletContext['env']) =>
  Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !isOwnVariable(entry[0]),
  );

const environment: Applet = ({ args, env, err, out }) => {
  if (args.length > 0) {
    err("env: running a command is not part of the toolbox's env; use sh -c 'NAME=value command'\n");
    return 125;
  }
  for (const [name, value] of visible(env)) out(`${name}=${value}\n`);
  return 0;
};

const printenv: Applet = ({ args, env, out }) => {
  const chosen = args.length === 0 ? visible(env) : visible(env).filter(([name]) => args.includes(name));
  for (const [name, value] of chosen) out(args.length === 0 ? `${name}=${value}\n` : `${value}\n`);
  return args.length > chosen.length && args.length > 0 ? 1 : 0;
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EISDIR: 'Is a directory',
  EACCES: 'Permission denied',
};

const cat: Applet = async ({ args, cwd, err, out, stdin }) => {
  let exitCode = 0;
  for (const file of args.length === 0 ? ['-'] : args) {
    try {
      const source = file === '-' ? stdin : createReadStream(resolve(cwd, file));
      for await (const chunk of source) out(chunk as Buffer);
    } catch (error) {
      err(`cat: can't open '${file}': ${reasons[errorCode(error) ?? ''] ?? String(error)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
};

const hostname: Applet = ({ args, env, err, out }) => {
  if (args[0] === '-i' || args[0] === '-I') {
    out(
      `${ownAddresses()
        .map(({ address }) => address)
        .join(' ')}\n`,
    );
    return 0;
  }
  if (args.length > 0 && args[0] !== '-s' && args[0] !== '-f') {
    err('hostname: sethostname: Operation not permitted\n');
    return 1;
  }
  out(`${env.HOSTNAME ?? readFileSync('/etc/hostname', 'utf8').trim()}\n`);
  return 0;
};

/** The addresses of this pod, from the state of the network. */
export function ownAddresses(): readonly NamespaceAddress[] {
  const identity = currentIdentity();
  if (identity === undefined) return [];
  return openNetwork(identity.runtimeDir).namespace(identity.namespace)?.addresses ?? [];
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number, fill = '0') => String(value).padStart(2, fill);

const date: Applet = ({ args, err, out }) => {
  const time = new Date();
  const words = args.filter((arg) => arg !== '-u');
  const parts: Readonly<Record<string, string>> = {
    Y: String(time.getUTCFullYear()),
    m: two(time.getUTCMonth() + 1),
    d: two(time.getUTCDate()),
    H: two(time.getUTCHours()),
    M: two(time.getUTCMinutes()),
    S: two(time.getUTCSeconds()),
    s: String(Math.floor(time.getTime() / 1000)),
    F: time.toISOString().slice(0, 10),
    T: time.toISOString().slice(11, 19),
    Z: 'UTC',
    z: '+0000',
    '%': '%',
  };
  const [format] = words;
  if (format === undefined) {
    out(
      `${days[time.getUTCDay()]} ${months[time.getUTCMonth()]} ${two(time.getUTCDate(), ' ')} ${parts.T} UTC ${parts.Y}\n`,
    );
    return 0;
  }
  if (!format.startsWith('+')) {
    err(`date: invalid date '${format}'\n`);
    return 1;
  }
  out(`${format.slice(1).replace(/%([A-Za-z%])/g, (all, letter: string) => parts[letter] ?? all)}\n`);
  return 0;
};

/** The pod's own processes, as they registered themselves; the lab runs all of them as the learner. */
const ps: Applet = ({ out }) => {
  const identity = currentIdentity();
  out('PID   USER     COMMAND\n');
  if (identity === undefined) return 0;
  for (const { pid, namespace, program } of registeredProcesses(identity.runtimeDir)) {
    if (namespace !== identity.namespace) continue;
    const name = program
      .split('/')
      .at(-1)!
      .replace(/\.js$/, '')
      .replace(/^image-/, '');
    out(`${String(pid).padStart(5)} root     ${name}\n`);
  }
  return 0;
};

const id: Applet = ({ args, out }) => {
  const short = args.join('').replaceAll('-', '');
  if (short.includes('n')) out('root\n');
  else out(short === '' ? 'uid=0(root) gid=0(root) groups=0(root)\n' : '0\n');
  return 0;
};

export const basicApplets: Readonly<Record<string, Applet>> = {
  cat,
  date,
  echo,
  env: environment,
  false: () => 1,
  hostname,
  id,
  printenv,
  ps,
  pwd: ({ cwd, out }) => {
    out(`${cwd}\n`);
    return 0;
  },
  sleep,
  true: () => 0,
  whoami: ({ out }) => {
    out('root\n');
    return 0;
  },
};
