import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { errorCode, LabError } from '../lib/errors.ts';
import { isProcessAlive } from './processes.ts';
import { emptyState, type NetworkState, type ServiceRule } from './state.ts';

// Taken before rootfs patches node:fs: the state lies on the host, whatever the process sees as its root.
const { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = fs;

/** A JSON file that is read again only when it was replaced; a look costs one stat. */
class CachedFile<T> {
  readonly #path: string;
  readonly #missing: T;
  #stamp = '';
  #value: T;

  constructor(path: string, missing: T) {
    this.#path = path;
    this.#missing = missing;
    this.#value = missing;
  }

  read(): T {
    const stat = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    const stamp = stat === undefined ? '' : `${stat.ino}.${stat.mtimeNs}.${stat.size}`;
    if (stamp !== this.#stamp) {
      this.#value = stat === undefined ? this.#missing : (JSON.parse(readFileSync(this.#path, 'utf8')) as T);
      this.#stamp = stamp;
    }
    return this.#value;
  }
}

const lockPatienceMs = 10_000;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * The files under `<runtimeDir>/net`, shared by all processes of a workspace:
 *
 *     state.json               namespaces, addresses, routes, links; changed under `lock`, replaced by rename
 *     services/MACHINE.json    the rules of one machine; its kube-proxy is the only writer
 *     bell/links               rewritten when a link or a power switch changes: established connections watch it
 *
 * Readers take no lock: a rename shows them the old content or the new.
 */
export class Store {
  readonly folder: string;
  readonly #state: CachedFile<NetworkState>;
  readonly #services = new Map<string, CachedFile<readonly ServiceRule[]>>();

  constructor(runtimeDir: string) {
    this.folder = join(runtimeDir, 'net');
    this.#state = new CachedFile(join(this.folder, 'state.json'), emptyState);
  }

  /** Only who writes makes them: a lab that is down leaves nothing behind when somebody looks at it. */
  #makeFolders(): void {
    mkdirSync(join(this.folder, 'services'), { recursive: true, mode: 0o700 });
    mkdirSync(this.bellFolder, { recursive: true, mode: 0o700 });
  }

  get bellFolder(): string {
    return join(this.folder, 'bell');
  }

  read(): NetworkState {
    return this.#state.read();
  }

  services(machine: string): readonly ServiceRule[] {
    let file = this.#services.get(machine);
    if (file === undefined) {
      file = new CachedFile<readonly ServiceRule[]>(this.#servicesPath(machine), []);
      this.#services.set(machine, file);
    }
    return file.read();
  }

  writeServices(machine: string, rules: readonly ServiceRule[]): void {
    this.#makeFolders();
    this.#replace(this.#servicesPath(machine), rules);
  }

  removeServices(machine: string): void {
    rmSync(this.#servicesPath(machine), { force: true });
  }

  ringBell(): void {
    this.#makeFolders();
    this.#replace(join(this.bellFolder, 'links'), Date.now());
  }

  /** Runs one change alone among all processes; what `change` throws leaves the state as it was. */
  update(change: (state: NetworkState) => NetworkState): void {
    this.#makeFolders();
    const deadline = performance.now() + lockPatienceMs;
    for (;;) {
      const token = this.#lock(deadline);
      try {
        const before = this.#state.read();
        const after = change(before);
        if (after === before) return;
        // A process that was stopped for long may have been taken for dead and lost the lock.
        if (this.#lockHolder() !== token) continue;
        this.#replace(join(this.folder, 'state.json'), after);
        return;
      } finally {
        if (this.#lockHolder() === token) rmSync(this.#lockPath, { force: true });
      }
    }
  }

  get #lockPath(): string {
    return join(this.folder, 'lock');
  }

  #servicesPath(machine: string): string {
    return join(this.folder, 'services', `${machine}.json`);
  }

  #replace(path: string, value: unknown): void {
    const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
    renameSync(temporary, path);
  }

  #lockHolder(): string | undefined {
    try {
      return readFileSync(this.#lockPath, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  #lock(deadline: number): string {
    const token = `${process.pid} ${randomBytes(6).toString('hex')}`;
    const temporary = `${this.#lockPath}.${token.replace(' ', '.')}`;
    writeFileSync(temporary, token, { mode: 0o600 });
    try {
      for (;;) {
        try {
          // link() fails when the name exists, and the content is there with the name.
          linkSync(temporary, this.#lockPath);
          return token;
        } catch (error) {
          if (errorCode(error) !== 'EEXIST') throw error;
        }
        const holder = this.#lockHolder();
        if (holder !== undefined && !isProcessAlive(Number(holder.split(' ')[0]))) this.#breakLock(holder);
        else if (performance.now() > deadline) {
          throw new LabError('the lab network stays locked', {
            where: this.#lockPath,
            remedy: `process ${holder?.split(' ')[0]} holds it; end that process and try again`,
          });
        } else Atomics.wait(pause, 0, 0, 1);
      }
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Removes a dead process's lock; when another process was quicker and this is its new lock, puts it back. */
  #breakLock(deadHolder: string): void {
    const aside = `${this.#lockPath}.broken.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      renameSync(this.#lockPath, aside);
      if (readFileSync(aside, 'utf8') !== deadHolder) linkSync(aside, this.#lockPath);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(aside, { force: true });
    }
  }
}
