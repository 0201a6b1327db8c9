import { existsSync, readFileSync } from 'node:fs';
import { release, type, version } from 'node:os';
import { join } from 'node:path';
import { hostnameOf } from '../../machine-root.ts';
import { command, fail, ok, quoteWord, type ShellMachine } from '../command.ts';
import { type Command, latin1FromBytes, type ResolvedCommandContext } from '../just-bash.ts';

/** Commands about the machine itself and about who runs them: always root. */
export const systemCommands = (machine: ShellMachine): Command[] => [
  command('whoami', () => ok('root\n')),
  command('id', (args) => {
    const short = args.find((arg) => /^-[ugGn]+$/.test(arg));
    if (short === undefined) return ok('uid=0(root) gid=0(root) groups=0(root)\n');
    return ok(short.includes('n') ? 'root\n' : '0\n');
  }),
  command('hostname', (args) => {
    const name = hostnameOf(machine.root, machine.name);
    const spec = machine.workspace.topology.machines.find((candidate) => candidate.name === machine.name);
    switch (args[0]) {
      case undefined:
        return ok(`${name}\n`);
      case '-s':
      case '--short':
        return ok(`${name.split('.')[0]}\n`);
      case '-i':
      case '-I':
      case '--ip-address':
      case '--all-ip-addresses':
        return ok(`${spec?.address ?? '127.0.0.1'}${args[0] === '-I' ? ' ' : ''}\n`);
      case '-f':
      case '--fqdn':
        return ok(`${fullName(machine.root, name)}\n`);
      default:
        return args[0]!.startsWith('-')
          ? fail(`hostname: invalid option -- '${args[0]!.replace(/^-+/, '')}'\n`, 255)
          : fail('hostname: you must use hostnamectl to change the host name\n');
    }
  }),
  command('hostnamectl', async (args, context) => {
    if (args.length === 0 || args[0] === 'status') {
      return ok(
        ` Static hostname: ${hostnameOf(machine.root, machine.name)}\nOperating System: k8s-lab machine\n    Architecture: ${arch()}\n`,
      );
    }
    if (!['set-hostname', 'hostname'].includes(args[0]!) || args[1] === undefined) {
      return fail(`Unknown command verb ${args[0]}.\n`);
    }
    await context.fs.writeFile('/etc/hostname', `${args[1]}\n`);
    return ok();
  }),
  command('uname', (args) => {
    const name = hostnameOf(machine.root, machine.name);
    // The kernel is the host's: a machine here has none of its own, and the kubelet reports the same one.
    const o = type() === 'Linux' ? 'GNU/Linux' : type();
    const fields = { s: type(), n: name, r: release(), v: version(), m: arch(), o };
    const letters = args.join('').replace(/[^a-z]/g, '') || 's';
    const chosen = letters.includes('a') ? 'snrvmo' : letters;
    return ok(
      `${Object.entries(fields)
        .filter(([letter]) => chosen.includes(letter))
        .map(([, value]) => value)
        .join(' ')}\n`,
    );
  }),
  command('arch', () => ok(`${arch()}\n`)),
  command('umask', (args) => {
    if (args[0] === undefined) return ok(`${machine.fs.umask.toString(8).padStart(4, '0')}\n`);
    if (!/^[0-7]{1,4}$/.test(args[0])) return fail(`bash: umask: ${args[0]}: octal number out of range\n`);
    machine.fs.umask = Number.parseInt(args[0], 8);
    return ok();
  }),
  command('sudo', sudo),
  command('su', () => fail('su: everything here runs as root already\n')),
  // The machines have neither swap nor kernel modules of their own: the commands say so the way Linux does.
  command('swapon', (args) =>
    args.length === 0 || args.includes('--show') || args.includes('-s')
      ? ok()
      : fail('swapon: no swap device\n'),
  ),
  command('swapoff', () => ok()),
  command('modprobe', () => ok()),
  command('lsmod', () => ok('Module                  Size  Used by\n')),
  command('sysctl', (args) => sysctl(machine, args)),
  command('chown', (args) => accept('chown', args, machine)),
  command('chgrp', (args) => accept('chgrp', args, machine)),
  command('sync', () => ok()),
  command('nproc', () => ok('2\n')),
  command('apt-get', packages),
  command('apt', packages),
];

const arch = () => (process.arch === 'arm64' ? 'aarch64' : 'x86_64');

const packages = () =>
  fail('apt: a machine of the lab has no package archive; all it needs is in downloads/\n', 100);

function fullName(root: string, name: string): string {
  try {
    const line = readFileSync(join(root, 'etc/hosts'), 'utf8')
      .split('\n')
      .map((text) => text.trim().split(/\s+/).slice(1))
      .find((names) => names.includes(name));
    return line?.[0] ?? name;
  } catch {
    return name;
  }
}

/** Everything runs as root: sudo only passes its words on, in the caller's folder and with the caller's input. */
async function sudo(args: string[], context: ResolvedCommandContext) {
  const words = [...args];
  const env: Record<string, string> = {};
  while (words.length > 0) {
    const word = words[0]!;
    const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word);
    if (assignment !== null) env[assignment[1]!] = assignment[2]!;
    else if (['-u', '-g'].includes(word)) words.shift();
    else if (!['-E', '-H', '-n', '-i', '-s', '--'].includes(word)) break;
    words.shift();
  }
  if (words.length === 0) return ok();
  return context.exec!(words.map(quoteWord).join(' '), {
    cwd: context.cwd,
    env: { ...context.exportedEnv, ...env },
    stdin: latin1FromBytes(context.stdin),
    stdinKind: 'bytes',
  });
}

/** Owners mean nothing where all files are the learner's; a name that is not there is still an error. */
function accept(name: string, args: string[], machine: ShellMachine) {
  const paths = args.filter((arg) => !arg.startsWith('-')).slice(1);
  if (paths.length === 0) return fail(`${name}: missing operand\n`);
  const missing = paths.filter((path) => path.startsWith('/') && !existsSync(join(machine.root, path)));
  return missing.length === 0
    ? ok()
    : fail(missing.map((path) => `${name}: cannot access '${path}': No such file or directory\n`).join(''));
}

/** Settings are kept as a file, so that a learner sees again what they set. */
function sysctl(machine: ShellMachine, args: string[]) {
  const defaults: Readonly<Record<string, string>> = {
    'net.ipv4.ip_forward': '1',
    'net.bridge.bridge-nf-call-iptables': '1',
    'net.bridge.bridge-nf-call-ip6tables': '1',
  };
  void machine;
  if (args.some((arg) => ['-p', '--system'].includes(arg))) return ok();
  const names = args.filter((arg) => !arg.startsWith('-'));
  let stdout = '';
  let stderr = '';
  for (const name of names) {
    const [key, value] = name.split(/\s*=\s*/);
    if (value !== undefined && defaults[key!] === value) stdout += `${key} = ${value}\n`;
    else if (value !== undefined) stderr += `sysctl: setting key "${key}": Operation not permitted\n`;
    else if (defaults[key!] === undefined)
      stderr += `sysctl: cannot stat /proc/sys/${key!.replaceAll('.', '/')}: No such file or directory\n`;
    else stdout += `${args.includes('-n') ? '' : `${key} = `}${defaults[key!]}\n`;
  }
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 255 };
}
