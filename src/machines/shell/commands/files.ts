import { posix } from 'node:path';
import { command, fail, ok, type ShellMachine } from '../command.ts';
import type { Command, FsStat, IFileSystem, ResolvedCommandContext } from '../just-bash.ts';

/** File commands where the modes of files matter: just-bash's own show the default ones, or lack the command. */
export const fileCommands = (machine: ShellMachine): Command[] => [
  command('ls', ls),
  command('stat', stat),
  command('mkdir', (args, context) => makeFolders(machine, args, context)),
  command('install', (args, context) => install(machine, args, context)),
];

const at = (context: ResolvedCommandContext, path: string) => context.fs.resolvePath(context.cwd, path);

function modeText(stat: FsStat): string {
  const kind = stat.isSymbolicLink ? 'l' : stat.isDirectory ? 'd' : '-';
  const bits = [6, 3, 0].map((shift) => {
    const three = (stat.mode >> shift) & 7;
    return `${three & 4 ? 'r' : '-'}${three & 2 ? 'w' : '-'}${three & 1 ? 'x' : '-'}`;
  });
  return `${kind}${bits.join('')}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function modified(time: Date): string {
  const clock = `${String(time.getUTCHours()).padStart(2, '0')}:${String(time.getUTCMinutes()).padStart(2, '0')}`;
  return `${months[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)} ${clock}`;
}

function sizeText(bytes: number, human: boolean): string {
  if (!human || bytes < 1024) return String(bytes);
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib.toFixed(1)}K` : `${(kib / 1024).toFixed(1)}M`;
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: FsStat;
}

async function describe(fs: IFileSystem, path: string, name: string): Promise<Entry | undefined> {
  try {
    return { name, path, stat: await fs.lstat(path) };
  } catch {
    return undefined;
  }
}

async function ls(args: string[], context: ResolvedCommandContext) {
  const letters = new Set<string>();
  const paths: string[] = [];
  for (const arg of args) {
    if (arg === '--all') letters.add('a');
    else if (arg.startsWith('--color')) continue;
    else if (arg.startsWith('-') && arg.length > 1) {
      const unknown = [...arg.slice(1)].find((letter) => !'laA1dhRtrFSn'.includes(letter));
      if (unknown !== undefined) return fail(`ls: invalid option -- '${unknown}'\n`, 2);
      for (const letter of arg.slice(1)) letters.add(letter);
    } else paths.push(arg);
  }
  if (paths.length === 0) paths.push('.');
  let stderr = '';
  const blocks: string[] = [];
  const files: Entry[] = [];
  const folders: { readonly shown: string; readonly path: string }[] = [];
  for (const path of paths) {
    const entry = await describe(context.fs, at(context, path), path);
    const target = entry?.stat.isSymbolicLink
      ? await context.fs.stat(entry.path).catch(() => undefined)
      : entry?.stat;
    if (entry === undefined) stderr += `ls: cannot access '${path}': No such file or directory\n`;
    else if (
      target?.isDirectory === true &&
      !letters.has('d') &&
      !(letters.has('l') && entry.stat.isSymbolicLink)
    ) {
      folders.push({ shown: path, path: entry.path });
    } else files.push(entry);
  }
  if (files.length > 0) blocks.push(await table(files, letters, context.fs));
  while (folders.length > 0) {
    const folder = folders.shift()!;
    const names = (await context.fs.readdir(folder.path)).filter(
      (name) => letters.has('a') || letters.has('A') || !name.startsWith('.'),
    );
    if (letters.has('a')) names.push('.', '..');
    const entries: Entry[] = [];
    for (const name of names.sort()) {
      const entry = await describe(context.fs, posix.join(folder.path, name), name);
      if (entry !== undefined) entries.push(entry);
    }
    const head = paths.length > 1 || letters.has('R') ? `${folder.shown}:\n` : '';
    const total = letters.has('l') ? `total ${entries.length * 4}\n` : '';
    blocks.push(head + total + (await table(entries, letters, context.fs)));
    if (letters.has('R')) {
      for (const entry of entries) {
        if (entry.stat.isDirectory && !['.', '..'].includes(entry.name)) {
          folders.push({ shown: `${folder.shown}/${entry.name}`, path: entry.path });
        }
      }
    }
  }
  return { stdout: blocks.join('\n'), stderr, exitCode: stderr === '' ? 0 : 2 };
}

async function table(
  entries: readonly Entry[],
  letters: ReadonlySet<string>,
  fs: IFileSystem,
): Promise<string> {
  const sorted = [...entries];
  if (letters.has('t')) sorted.sort((a, b) => b.stat.mtime.getTime() - a.stat.mtime.getTime());
  if (letters.has('S')) sorted.sort((a, b) => b.stat.size - a.stat.size);
  if (letters.has('r')) sorted.reverse();
  const shown = (entry: Entry) => `${entry.name}${letters.has('F') && entry.stat.isDirectory ? '/' : ''}`;
  if (!letters.has('l')) return sorted.map((entry) => `${shown(entry)}\n`).join('');
  const sizes = sorted.map((entry) =>
    sizeText(entry.stat.isDirectory ? 4096 : entry.stat.size, letters.has('h')),
  );
  const width = Math.max(1, ...sizes.map((size) => size.length));
  const rows = await Promise.all(
    sorted.map(async (entry, index) => {
      const link = entry.stat.isSymbolicLink ? ` -> ${await fs.readlink(entry.path)}` : '';
      return `${modeText(entry.stat)} 1 root root ${sizes[index]!.padStart(width)} ${modified(entry.stat.mtime)} ${shown(entry)}${link}\n`;
    }),
  );
  return rows.join('');
}

async function stat(args: string[], context: ResolvedCommandContext) {
  let format: string | undefined;
  const paths: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === '-c' || arg === '--format') format = args[++index];
    else if (arg.startsWith('-c')) format = arg.slice(2);
    else if (arg.startsWith('--format=')) format = arg.slice('--format='.length);
    else if (arg === '-L') continue;
    else if (arg.startsWith('-')) return fail(`stat: invalid option -- '${arg.replace(/^-+/, '')}'\n`);
    else paths.push(arg);
  }
  if (paths.length === 0) return fail('stat: missing operand\n');
  let stdout = '';
  let stderr = '';
  for (const path of paths) {
    const entry = await describe(context.fs, at(context, path), path);
    if (entry === undefined) {
      stderr += `stat: cannot statx '${path}': No such file or directory\n`;
      continue;
    }
    const octal = (entry.stat.mode & 0o7777).toString(8);
    const kind = entry.stat.isDirectory
      ? 'directory'
      : entry.stat.isSymbolicLink
        ? 'symbolic link'
        : 'regular file';
    const values: Readonly<Record<string, string>> = {
      a: octal,
      A: modeText(entry.stat),
      n: path,
      s: String(entry.stat.size),
      U: 'root',
      G: 'root',
      u: '0',
      g: '0',
      F: kind,
      Y: String(Math.floor(entry.stat.mtime.getTime() / 1000)),
      y: entry.stat.mtime.toISOString(),
    };
    stdout +=
      format === undefined
        ? `  File: ${path}\n  Size: ${entry.stat.size}\t${kind}\nAccess: (${octal.padStart(4, '0')}/${modeText(entry.stat)})  Uid: (    0/    root)   Gid: (    0/    root)\nModify: ${entry.stat.mtime.toISOString()}\n`
        : `${format.replace(/%([a-zA-Z])/g, (whole, letter: string) => values[letter] ?? whole)}\n`;
  }
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
}

async function install(machine: ShellMachine, args: string[], context: ResolvedCommandContext) {
  let mode = 0o755;
  let folders = false;
  let parents = false;
  let target: string | undefined;
  const paths: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === '-m' || arg === '--mode') mode = Number.parseInt(args[++index] ?? '', 8);
    else if (/^-m[0-7]+$/.test(arg)) mode = Number.parseInt(arg.slice(2), 8);
    else if (arg.startsWith('--mode=')) mode = Number.parseInt(arg.slice('--mode='.length), 8);
    else if (arg === '-t') target = args[++index];
    else if (arg === '-o' || arg === '-g') index++;
    else if (arg === '-d') folders = true;
    else if (arg === '-D') parents = true;
    else if (arg === '-v' || arg === '-p') continue;
    else if (arg.startsWith('-')) return fail(`install: invalid option -- '${arg.replace(/^-+/, '')}'\n`);
    else paths.push(arg);
  }
  if (!Number.isInteger(mode)) return fail('install: invalid mode\n');
  const { fs } = machine;
  if (folders) {
    for (const path of paths) {
      await fs.mkdir(at(context, path), { recursive: true });
      await fs.chmod(at(context, path), mode);
    }
    return ok();
  }
  const destination = target ?? paths.pop();
  if (destination === undefined || paths.length === 0) return fail('install: missing file operand\n');
  const full = at(context, destination);
  const isFolder = await fs.stat(full).then(
    (found) => found.isDirectory,
    () => false,
  );
  if (!isFolder && paths.length > 1) return fail(`install: target '${destination}' is not a directory\n`);
  for (const path of paths) {
    const to = isFolder ? posix.join(full, posix.basename(path)) : full;
    if (parents) await fs.mkdir(posix.dirname(to), { recursive: true });
    try {
      await fs.cp(at(context, path), to);
      await fs.chmod(to, mode);
    } catch (error) {
      const missing = error instanceof Error && error.message.includes('ENOENT');
      return fail(
        `install: cannot stat '${path}': ${missing ? 'No such file or directory' : String(error)}\n`,
      );
    }
  }
  return ok();
}

async function makeFolders(machine: ShellMachine, args: string[], context: ResolvedCommandContext) {
  let mode: number | undefined;
  let parents = false;
  let verbose = false;
  const paths: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const inline = /^(?:-p?m|--mode=)([0-7]+)$/.exec(arg);
    if (inline !== null) mode = Number.parseInt(inline[1]!, 8);
    else if (/^-[pv]*m$/.test(arg) || arg === '--mode') mode = Number.parseInt(args[++index] ?? '', 8);
    else if (!/^(-[pv]+|--parents|--verbose)$/.test(arg)) {
      if (arg.startsWith('-')) return fail(`mkdir: invalid option -- '${arg.replace(/^-+/, '')}'\n`);
      paths.push(arg);
    }
    if (/^-v*p/.test(arg) || arg === '--parents') parents = true;
    if (/^-p*v/.test(arg) || arg === '--verbose') verbose = true;
  }
  if (Number.isNaN(mode)) return fail('mkdir: invalid mode\n');
  if (paths.length === 0) return fail('mkdir: missing operand\n');
  let stdout = '';
  let stderr = '';
  for (const path of paths) {
    const full = at(context, path);
    try {
      const existed = await machine.fs.exists(full);
      await machine.fs.mkdir(full, { recursive: parents });
      if (mode !== undefined && !existed) await machine.fs.chmod(full, mode);
      if (verbose && !existed) stdout += `mkdir: created directory '${path}'\n`;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const reason = text.includes('EEXIST')
        ? 'File exists'
        : text.includes('ENOTDIR')
          ? 'Not a directory'
          : text.includes('ENOENT')
            ? 'No such file or directory'
            : 'Permission denied';
      stderr += `mkdir: cannot create directory '${path}': ${reason}\n`;
    }
  }
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
}
