import { dirname, isAbsolute, resolve } from 'node:path';
import type { Mount } from '../../../usernet/identity.ts';
import { findMount, hostPath, isInside } from '../../../usernet/mounts.ts';

/** What a path means for a process with a root of its own. */
export interface Location {
  /** Where it is on the host. */
  readonly host: string;
  /** Its name inside, symbolic links followed as far as they were asked to be. */
  readonly inside: string;
  readonly readOnly: boolean;
}

/** The two questions about the host's files that finding a path needs; undefined when there is nothing. */
export interface LinkReader {
  isLink(host: string): boolean | undefined;
  readLink(host: string): string;
}

export interface RootOptions {
  readonly mounts: readonly Mount[];
  /** Files and folders of the host that stay what they are: devices, the lab's own code and sockets. */
  readonly untouched: readonly string[];
  readonly links: LinkReader;
}

export class TooManyLinks extends Error {}

/** As SYMLOOP_MAX of Linux. */
const maxLinks = 40;

/** Finds paths as chroot(2) would: no link, absolute or relative, and no `..` leads out of the mounts. */
export class Root {
  readonly #options: RootOptions;
  /** Where mounts lie on the host. A path there is the host's own already, and stays. */
  readonly #untouched: readonly string[];

  constructor(options: RootOptions) {
    this.#options = options;
    this.#untouched = [
      ...options.untouched,
      ...options.mounts.map((mount) => mount.from).filter((from) => from !== '/'),
    ];
  }

  /** `path` is absolute. Throws {@link TooManyLinks} for a circle of links. */
  locate(path: string, followLast: boolean): Location {
    let inside = resolve(path);
    for (let hops = 0; hops <= maxLinks; hops++) {
      const mount = findMount(this.#options.mounts, inside);
      if (mount === undefined) return { host: inside, inside, readOnly: false };
      if (this.#isUntouched(inside, mount)) {
        const within = this.#options.mounts.find((other) => isInside(inside, other.from));
        return { host: inside, inside, readOnly: within?.readOnly ?? false };
      }
      const next = this.#firstLink(mount, inside, followLast);
      if (next === undefined)
        return { host: hostPath(mount, inside), inside, readOnly: mount.readOnly ?? false };
      inside = next;
    }
    throw new TooManyLinks(path);
  }

  #isUntouched(path: string, mount: Mount): boolean {
    return this.#untouched.some((folder) => isInside(path, folder) && folder.length > mount.at.length);
  }

  /** The path with its first symbolic link replaced by what the link says; undefined when it has none. */
  #firstLink(mount: Mount, inside: string, followLast: boolean): string | undefined {
    const { links } = this.#options;
    const start = mount.at === '/' ? '' : mount.at;
    const parts = inside.slice(start.length).split('/').filter(Boolean);
    let at = start;
    for (const [index, part] of parts.entries()) {
      at = `${at}/${part}`;
      if (index === parts.length - 1 && !followLast) return undefined;
      const host = hostPath(mount, at);
      const isLink = links.isLink(host);
      if (isLink === undefined) return undefined;
      if (!isLink) continue;
      const target = links.readLink(host);
      const rest = parts.slice(index + 1).join('/');
      return resolve(isAbsolute(target) ? target : resolve(dirname(at), target), rest);
    }
    return undefined;
  }
}
