import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type FsStat, type IFileSystem, ReadWriteFs, unsafeBytesFromLatin1 } from './just-bash.ts';

/** A read of an endless device gives this much: more than any `head -c` of a key needs. */
const deviceBytes = 64 * 1024;

const devices: Readonly<Record<string, () => Uint8Array>> = {
  '/dev/null': () => new Uint8Array(),
  '/dev/zero': () => new Uint8Array(deviceBytes),
  '/dev/random': () => randomBytes(deviceBytes),
  '/dev/urandom': () => randomBytes(deviceBytes),
  '/dev/tty': () => new Uint8Array(),
  '/dev/stdout': () => new Uint8Array(),
  '/dev/stderr': () => new Uint8Array(),
};

const deviceStat = (): FsStat => ({
  isFile: true,
  isDirectory: false,
  isSymbolicLink: false,
  mode: 0o666,
  size: 0,
  mtime: new Date(),
});

const fileBytes = (...[content, options]: Rest<IFileSystem['writeFile']>): Uint8Array =>
  typeof content === 'string'
    ? Buffer.from(content, (typeof options === 'string' ? options : options?.encoding) ?? 'utf8')
    : content;

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** What a shell may touch: the machine's folder, a few devices, and nothing else of the host. */
export interface MachineFs extends IFileSystem {
  /** Bits that new files and folders do not get. */
  umask: number;
  /** Takes what is written to the device; set by a shell that streams its output. */
  onDevice: (device: string, data: Uint8Array) => void;
  /** Names of the shell's own commands: they show as files in /bin and /usr/bin, where just-bash and `which` look. */
  commands: ReadonlySet<string>;
  /** Hears what bash would say about a redirection that cannot be opened. */
  onProblem: (message: string) => void;
  readonly root: string;
}

/** Links are followed as long as they stay in the root; `..` ends at the root (see ReadWriteFs of just-bash). */
export function createMachineFs(root: string): MachineFs {
  const disk = new ReadWriteFs({ root, allowSymlinks: true });
  const exists = (path: string) => lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
  // just-bash's disk would make missing folders on the way; a shell must say that they are missing.
  const requireParent = (path: string) => {
    if (exists(posix.dirname(path))) return;
    throw new Error(`ENOENT: no such file or directory, open '${path}'`);
  };
  /**
   * just-bash opens the target of a redirection by writing nothing to it, and gives a whole script up when that fails.
   * So such a failure is only told, and what the command then prints is dropped: bash would not have run it.
   */
  const broken = new Set<string>();
  const put = async (path: string, data: string | Uint8Array, write: () => Promise<void>) => {
    if (data.length > 0 && broken.delete(path)) return;
    try {
      requireParent(path);
      const fresh = !exists(path);
      await write();
      if (fresh) await disk.chmod(path, 0o666 & ~own.umask);
    } catch (error) {
      if (data.length > 0) throw error;
      broken.add(path);
      const text = error instanceof Error ? error.message : String(error);
      const reason = text.includes('ENOENT') ? 'No such file or directory' : 'Permission denied';
      own.onProblem(`bash: ${path}: ${reason}\n`);
    }
  };
  const isCommand = (path: string) => {
    const match = /^\/(?:usr\/)?bin\/([^/]+)$/.exec(path);
    return match !== null && own.commands.has(match[1]!) && !exists(path);
  };
  const commandStat = (): FsStat => ({ ...deviceStat(), mode: 0o755 });
  const isDevice = (path: string) => Object.hasOwn(devices, path) || path.startsWith('/dev/fd-');

  const own = {
    root,
    umask: 0o022,
    commands: new Set<string>() as ReadonlySet<string>,
    onProblem: (_message: string) => {},
    onDevice: (_device: string, _data: Uint8Array) => {},

    async readFile(path: string, options?: Parameters<IFileSystem['readFile']>[1]) {
      const device = devices[path];
      return device === undefined ? disk.readFile(path, options) : latin1(device());
    },
    async readFileBytes(path: string) {
      const device = devices[path];
      if (device === undefined) return disk.readFileBytes(path);
      return unsafeBytesFromLatin1(latin1(device()));
    },
    async readFileBuffer(path: string) {
      return devices[path]?.() ?? disk.readFileBuffer(path);
    },
    async writeFile(path: string, ...rest: Rest<IFileSystem['writeFile']>) {
      if (isDevice(path)) return own.onDevice(path, fileBytes(...rest));
      await put(path, rest[0], () => disk.writeFile(path, ...rest));
    },
    async appendFile(path: string, ...rest: Rest<IFileSystem['appendFile']>) {
      if (isDevice(path)) return own.onDevice(path, fileBytes(...rest));
      await put(path, rest[0], () => disk.appendFile(path, ...rest));
    },
    async mkdir(path: string, options?: Parameters<IFileSystem['mkdir']>[1]) {
      const fresh = !exists(path);
      await disk.mkdir(path, options);
      if (fresh) await disk.chmod(path, 0o777 & ~own.umask);
    },
    async cp(from: string, to: string, options?: Parameters<IFileSystem['cp']>[2]) {
      requireParent(posix.normalize(to).replace(/(.)\/$/, '$1'));
      await disk.cp(from, to, options);
    },
    async mv(from: string, to: string) {
      requireParent(posix.normalize(to).replace(/(.)\/$/, '$1'));
      await disk.mv(from, to);
    },
    exists: async (path: string) => isDevice(path) || isCommand(path) || path === '/dev' || disk.exists(path),
    stat: async (path: string) =>
      isDevice(path) ? deviceStat() : isCommand(path) ? commandStat() : disk.stat(path),
    lstat: async (path: string) =>
      isDevice(path)
        ? deviceStat()
        : isCommand(path)
          ? commandStat()
          : path === '/'
            ? disk.stat(path)
            : disk.lstat(path),
    realpath: async (path: string) => (isDevice(path) ? path : disk.realpath(path)),
    chmod: async (path: string, mode: number) => (isDevice(path) ? undefined : disk.chmod(path, mode)),
  };
  return new Proxy(disk, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (_target, key, value) => Reflect.set(own, key, value),
  }) as unknown as MachineFs;
}

type Rest<F> = F extends (path: string, ...rest: infer R) => unknown ? R : never;
