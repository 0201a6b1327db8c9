import { lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import type { Mount } from '../../usernet/identity.ts';
import { findMount, hostPath } from '../../usernet/mounts.ts';

/*
 * Which program of the lab does a container's command line start? The first word is looked up as execvp(3) does, in the
 * container's own files. A program file says so on its second line; one binary with many names (`sleep` → toolbox) gets
 * the name it was called by as its first argument; a script starts the interpreter of its first line.
 */

export interface Executable {
  readonly program: string;
  readonly args: readonly string[];
}

export interface ExecContext {
  /** The container's mounts, in the host's paths. */
  readonly mounts: readonly Mount[];
  readonly cwd: string;
  /** The value of PATH. */
  readonly path: string;
}

const maxLinks = 40;
const multiCall = new Set(['image-toolbox', 'image-shell']);
const ownNames: ReadonlySet<string> = new Set(['toolbox', 'shell']);

/** Where a path of the container lies on the host, all links followed; undefined when it is not there. */
function locate(mounts: readonly Mount[], path: string): string | undefined {
  let inside = resolve(path);
  for (let hops = 0; hops < maxLinks; hops++) {
    const next = followFirstLink(mounts, inside);
    if (next === undefined) return undefined;
    if (next === inside) return hostPath(findMount(mounts, inside)!, inside);
    inside = next;
  }
  return undefined;
}

function followFirstLink(mounts: readonly Mount[], inside: string): string | undefined {
  const parts = inside.split('/').filter(Boolean);
  let at = '';
  for (const [index, part] of parts.entries()) {
    at = `${at}/${part}`;
    const mount = findMount(mounts, at);
    if (mount === undefined) return undefined;
    // The root of a mount is what it is on the host.
    if (mount.at === at) continue;
    const host = hostPath(mount, at);
    const stat = lstatSync(host, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (!stat.isSymbolicLink()) continue;
    const target = readlinkSync(host);
    const rest = parts.slice(index + 1).join('/');
    return resolve(isAbsolute(target) ? target : resolve(dirname(at), target), rest);
  }
  return inside;
}

/** Throws Error in the words of Go's os/exec, as runc hands them on. */
export function findExecutable(command: readonly string[], context: ExecContext, depth = 0): Executable {
  const word = command[0] ?? '';
  const quoted = JSON.stringify(word);
  const isPath = word.includes('/');
  const candidates = isPath
    ? [resolve(context.cwd, word)]
    : context.path.split(':').map((folder) => `${folder === '' ? context.cwd : folder}/${word}`);
  let denied = false;
  for (const candidate of candidates) {
    const host = locate(context.mounts, candidate);
    if (host === undefined) continue;
    const stat = statSync(host);
    if (stat.isDirectory() || (stat.mode & 0o111) === 0) {
      denied = true;
      continue;
    }
    return interpret(host, candidate, command, context, depth);
  }
  if (denied && isPath) throw new Error(`exec: ${quoted}: permission denied`);
  throw new Error(
    isPath
      ? `exec: ${quoted}: stat ${word}: no such file or directory`
      : `exec: ${quoted}: executable file not found in $PATH`,
  );
}

function interpret(
  host: string,
  inside: string,
  command: readonly string[],
  context: ExecContext,
  depth: number,
): Executable {
  const text = readFileSync(host, 'latin1').slice(0, 512);
  const mark = /^#!\/bin\/sh\r?\n# k8s-lab program: ([a-z][a-z0-9-]*) \S+\r?\n/.exec(text);
  if (mark !== null) {
    const program = mark[1]!;
    const name = basename(command[0]!);
    const applet = multiCall.has(program) && !ownNames.has(name) ? [name] : [];
    return { program, args: [...applet, ...command.slice(1)] };
  }
  const script = /^#!\s*(\S+)(?:[ \t]+([^\n]*\S))?\s*\n/.exec(text);
  if (script === null || depth > 4) throw new Error(`exec ${command[0]}: exec format error`);
  const argument = script[2] === undefined ? [] : [script[2]];
  return findExecutable([script[1]!, ...argument, inside, ...command.slice(1)], context, depth + 1);
}

/** The whole message of a failed start, as containerd and runc put it together. */
export function startFailure(reason: string): string {
  return (
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
    `unable to start container process: error during container init: ${reason}`
  );
}

/** The same for a command that is run in a container that runs already. */
export function execFailure(execId: string, reason: string): string {
  return (
    `failed to exec in container: failed to start exec ${JSON.stringify(execId)}: OCI runtime exec failed: ` +
    `exec failed: unable to start container process: ${reason}: unknown`
  );
}
