import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../lib/package-root.ts';
import type { Identity } from '../../../usernet/identity.ts';
import { type Access, accessOf, type Operation, operations } from './fs-operations.ts';
import { type Location, Root, TooManyLinks } from './root-paths.ts';

/*
 * Files as a machine or a container sees them. node:fs is patched once, before the program's code: each function that
 * takes paths finds them in the identity's mounts (root-paths.ts) and calls the real one with the host's path; what
 * comes back (errors, made-up names, realpath) is told in the program's own paths. File descriptors are untouched, so
 * reading and writing cost nothing extra. Child processes are not patched: launchers pass an identity of their own.
 */

type Call = (...args: unknown[]) => unknown;
type Functions = Record<string, Call | undefined>;

interface Found {
  readonly given: string;
  readonly location: Location;
}

export function installRootfs(identity: Identity): void {
  if (identity.mounts.length === 0) return;
  const root = new Root({
    mounts: identity.mounts,
    untouched: untouchedPaths(identity),
    links: linkReader(),
  });
  const cwd = installWorkingDirectory(root);

  const locate = (value: unknown, access: Access, follow: boolean, syscall: string): Found | undefined => {
    const given = pathText(value);
    if (given === undefined) return undefined;
    try {
      const location = root.locate(resolve(cwd(), given), follow);
      if (location.readOnly && access === 'write')
        throw systemError('EROFS', 'read-only file system', syscall, given);
      return { given, location };
    } catch (error) {
      if (error instanceof TooManyLinks) {
        throw systemError('ELOOP', 'too many symbolic links encountered', syscall, given);
      }
      throw error;
    }
  };

  for (const [name, operation] of Object.entries(operations)) {
    patchForms(name, operation, locate);
  }
  syncBuiltinESMExports();
}

function untouchedPaths(identity: Identity): string[] {
  const devices = ['null', 'zero', 'random', 'urandom', 'stdin', 'stdout', 'stderr', 'fd', 'tty'];
  const paths = [
    ...devices.map((name) => `/dev/${name}`),
    '/proc',
    identity.runtimeDir,
    dirname(fileURLToPath(import.meta.url)),
    process.execPath,
  ];
  if (process.argv[1] !== undefined) paths.push(process.argv[1]);
  try {
    paths.push(packageRoot());
  } catch {
    // A preload that was bundled elsewhere (tests) has no package around it.
  }
  return paths;
}

function linkReader() {
  const { lstatSync, readlinkSync } = fs;
  return {
    isLink(host: string) {
      try {
        return lstatSync(host, { throwIfNoEntry: false })?.isSymbolicLink();
      } catch {
        // ENOTDIR or EACCES: the operation itself will say so.
        return undefined;
      }
    },
    readLink: (host: string) => readlinkSync(host, 'utf8'),
  };
}

/** The working directory is one of the program's own paths; it starts at PWD where that is inside, else at `/`. */
function installWorkingDirectory(root: Root): () => string {
  const { statSync } = fs;
  const isFolder = (path: string) => {
    const { host } = root.locate(path, true);
    return statSync(host, { throwIfNoEntry: false })?.isDirectory() ?? false;
  };
  const wanted = process.env.PWD;
  let current = wanted?.startsWith('/') && isFolder(wanted) ? resolve(wanted) : '/';
  process.cwd = () => current;
  process.chdir = (directory) => {
    const target = resolve(current, directory);
    if (!isFolder(target)) {
      throw systemError('ENOENT', 'no such file or directory', 'chdir', `${current}' -> '${directory}`);
    }
    current = root.locate(target, true).inside;
  };
  return () => current;
}

function pathText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return value.toString();
  return value instanceof URL ? fileURLToPath(value) : undefined;
}

type Code = 'EROFS' | 'ELOOP' | 'ENOENT';

function systemError(code: Code, text: string, syscall: string, path: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: ${text}, ${syscall} '${path}'`);
  return Object.assign(error, { errno: -constants.errno[code], code, syscall, path });
}

/** Puts the program's paths back into an error that names the host's. */
function translateError(error: unknown, found: readonly Found[]): unknown {
  if (!(error instanceof Error)) return error;
  const failure = error as NodeJS.ErrnoException & { dest?: string };
  for (const { given, location } of found) {
    if (given === location.host) continue;
    failure.message = failure.message.replaceAll(`'${location.host}'`, `'${given}'`);
    for (const key of ['path', 'dest'] as const) if (failure[key] === location.host) failure[key] = given;
  }
  return failure;
}

type Locate = (value: unknown, access: Access, follow: boolean, syscall: string) => Found | undefined;

/** Patches the synchronous, the callback and the promise form of one operation, as far as Node has them. */
function patchForms(name: string, operation: Operation, locate: Locate): void {
  const prepare = (args: readonly unknown[]) => {
    const found: Found[] = [];
    const translated = [...args];
    for (const position of operation.paths) {
      const access = accessOf(position.access, args);
      const hit = locate(args[position.at], access, position.follow, name);
      if (hit === undefined) continue;
      found.push(hit);
      translated[position.at] =
        operation.hostArgument?.(hit.given, hit.location, locate) ?? hit.location.host;
    }
    return { found, translated };
  };
  const finish = (result: unknown, found: readonly Found[]) =>
    operation.result === undefined || found[0] === undefined
      ? result
      : operation.result(result, found[0].given, found[0].location);

  const sync = (real: Call): Call =>
    function (this: unknown, ...args) {
      const { found, translated } = prepare(args);
      try {
        return finish(real.apply(this, translated), found);
      } catch (error) {
        throw translateError(error, found);
      }
    };
  const withCallback = (real: Call): Call =>
    function (this: unknown, ...args) {
      const callback = args.at(-1);
      if (typeof callback !== 'function') return sync(real).apply(this, args);
      let prepared: ReturnType<typeof prepare>;
      try {
        prepared = prepare(args);
      } catch (error) {
        process.nextTick(() => (callback as Call)(error));
        return undefined;
      }
      const { found, translated } = prepared;
      translated[translated.length - 1] = (error: unknown, ...results: unknown[]) => {
        if (error instanceof Error) (callback as Call)(translateError(error, found));
        else if (results.length === 0) (callback as Call)(error);
        else (callback as Call)(error, finish(results[0], found), ...results.slice(1));
      };
      return real.apply(this, translated);
    };
  const withPromise = (real: Call): Call =>
    async function (this: unknown, ...args) {
      const { found, translated } = prepare(args);
      try {
        return finish(await real.apply(this, translated), found);
      } catch (error) {
        throw translateError(error, found);
      }
    };

  const plain = fs as unknown as Functions;
  const promises = fs.promises as unknown as Functions;
  const replace = (holder: Functions, key: string, make: (real: Call) => Call) => {
    const real = holder[key];
    if (typeof real !== 'function') return;
    const patched = make(real);
    const native = (real as { native?: Call }).native;
    if (native !== undefined) (patched as { native?: Call }).native = make(native);
    holder[key] = patched;
  };
  replace(plain, `${name}Sync`, name === 'exists' ? orFalse(sync) : sync);
  // watch() and watchFile() answer at once and call back later, with names and not with errors.
  replace(plain, name, operation.watches ? sync : withCallback);
  replace(promises, name, operation.watches ? sync : withPromise);
}

/** existsSync() never throws. */
const orFalse =
  (make: (real: Call) => Call) =>
  (real: Call): Call =>
  (...args) => {
    try {
      return make(real)(...args);
    } catch {
      return false;
    }
  };
