import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix, sep } from 'node:path';
import { LabError, UsageError } from '../lib/errors.ts';
import { connectLab } from './client.ts';
import { requireReachable, resolveMachine } from './ssh.ts';
import type { Workspace } from './workspace.ts';

interface Place {
  readonly machine: string | undefined;
  /** As written: relative to /root on a machine. */
  readonly path: string;
}

/** `MACHINE:PATH`, or a local path; `./a:b` is local, as scp has it. */
function parsePlace(workspace: Workspace, text: string): Place {
  const match = /^([^/:]+):(.*)$/s.exec(text);
  if (match === null) return { machine: undefined, path: text };
  try {
    return { machine: resolveMachine(workspace, match[1]!), path: match[2]! };
  } catch (error) {
    if (error instanceof LabError) {
      throw new LabError(error.message, {
        ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
        exitCode: 255,
      });
    }
    throw error;
  }
}

/** The host's path of a place on a machine; links on it are followed only within the machine's root. */
function machinePath(root: string, path: string): string {
  const absolute = posix.resolve('/root', path.replace(/^~\/?/, '') || '.');
  const full = join(root, absolute);
  let existing = full;
  while (!existsSync(existing)) existing = dirname(existing);
  const real = realpathSync(existing);
  const base = realpathSync(root);
  if (real !== base && !real.startsWith(base + sep)) {
    throw new LabError(`scp: ${path}: Permission denied`, {
      remedy: 'a link there leads out of the machine',
    });
  }
  return existing === full ? real : join(real, full.slice(existing.length));
}

interface Options {
  readonly recursive: boolean;
  readonly preserve: boolean;
}

/**
 * `scp [-r] [-p] SRC… DST`, either side `[root@]MACHINE:PATH`. Modes are kept. Files go straight to the machine's disk,
 * which is a folder here; that the machine is on and reachable is asked first. Resolves with the exit code.
 */
export async function runScp(workspace: Workspace, argv: readonly string[]): Promise<number> {
  let recursive = false;
  let preserve = false;
  const words: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index]!;
    if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at]!;
      if (letter === 'r') recursive = true;
      else if (letter === 'p') preserve = true;
      else if ('oiPFcJlS'.includes(letter)) {
        if (arg.slice(at + 1) === '') index++;
        break;
      } else if (!'qvBC346OTs'.includes(letter)) throw new UsageError(`scp: unknown option -- ${letter}`);
    }
  }
  if (words.length < 2) throw new UsageError('usage: scp [-r] SOURCE… [root@]MACHINE:TARGET');
  const places = words.map((word) => parsePlace(workspace, word));
  const target = places.at(-1)!;
  const sources = places.slice(0, -1);
  const machines = new Set(places.map((place) => place.machine).filter((name) => name !== undefined));
  if (machines.size > 0) {
    const lab = await connectLab(workspace);
    for (const machine of machines) await requireReachable(lab, machine);
  }
  const resolvePlace = (place: Place) =>
    place.machine === undefined ? place.path : machinePath(workspace.machineRoot(place.machine), place.path);

  const to = resolvePlace(target);
  const toFolder = existsSync(to) && statSync(to).isDirectory();
  if (!toFolder && (sources.length > 1 || /\/$/.test(target.path))) {
    throw new LabError(`scp: ${target.path}: No such file or directory`, {
      where: target.machine ?? 'jumpbox',
    });
  }
  let failures = 0;
  for (const source of sources) {
    const from = resolvePlace(source);
    try {
      const name = source.path === '' || source.path === '~' ? 'root' : basename(source.path);
      copy(from, toFolder ? join(to, name) : to, { recursive, preserve }, source.path);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      process.stderr.write(`${error.message}\n`);
      failures++;
    }
  }
  return failures === 0 ? 0 : 1;
}

function copy(from: string, to: string, options: Options, shown: string): void {
  if (!existsSync(from)) throw new LabError(`scp: ${shown}: No such file or directory`);
  const stat = statSync(from);
  if (stat.isDirectory()) {
    if (!options.recursive) throw new LabError(`scp: ${shown}: not a regular file`);
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) {
      // A link in a folder may lead anywhere: it is passed over, not followed.
      if (lstatSync(join(from, name)).isSymbolicLink()) continue;
      copy(join(from, name), join(to, name), options, `${shown}/${name}`);
    }
    chmodSync(to, stat.mode & 0o777);
    return;
  }
  if (!existsSync(dirname(to))) throw new LabError(`scp: ${to}: No such file or directory`);
  if (existsSync(to) && statSync(to).isDirectory()) throw new LabError(`scp: ${to}: Is a directory`);
  writeFileSync(to, readFileSync(from), { mode: stat.mode & 0o777 });
  chmodSync(to, stat.mode & 0o777);
  if (options.preserve) utimesSync(to, stat.atime, stat.mtime);
}
