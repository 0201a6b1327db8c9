import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { SpecifierContext } from '../units/command-line.ts';
import { parseServiceUnit } from '../units/parse-service-unit.ts';
import type { ServiceUnit } from '../units/service-unit.ts';

const folders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const install = '/etc/systemd/system';

/** `etcd` → `etcd.service`. */
export const unitName = (name: string) =>
  /\.(service|target|socket|timer|mount|slice)$/.test(name) ? name : `${name}.service`;

/** The unit files on a machine's disk. */
export class UnitStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Where the unit's file is, as the machine sees it. */
  find(name: string): string | undefined {
    return folders.map((folder) => `${folder}/${name}`).find((path) => this.#isInside(path));
  }

  load(name: string, context: Omit<SpecifierContext, 'unit'>): ServiceUnit | undefined {
    const path = this.find(name);
    if (path === undefined) return undefined;
    return parseServiceUnit(readFileSync(join(this.#root, path), 'utf8'), path, { ...context, unit: name });
  }

  /** The text on disk now; undefined when there is no file. */
  text(path: string): string | undefined {
    return this.#isInside(path) ? readFileSync(join(this.#root, path), 'utf8') : undefined;
  }

  /** Names of all service files. */
  names(): string[] {
    const names = new Set<string>();
    for (const folder of folders) {
      const path = join(this.#root, folder);
      if (!existsSync(path)) continue;
      for (const name of readdirSync(path)) if (name.endsWith('.service')) names.add(name);
    }
    return [...names].sort();
  }

  /** Makes the links that [Install] asks for; returns a line for each new one, as systemctl prints it. */
  enable(unit: ServiceUnit): string[] {
    const lines: string[] = [];
    for (const link of this.#links(unit)) {
      const full = join(this.#root, link);
      if (isLink(full)) continue;
      mkdirSync(dirname(full), { recursive: true });
      symlinkSync(unit.path, full);
      lines.push(`Created symlink ${link} → ${unit.path}.`);
    }
    return lines;
  }

  /** Removes every link to the unit; works without its file. */
  disable(name: string): string[] {
    const lines: string[] = [];
    for (const link of this.#existingLinks(name)) {
      rmSync(join(this.#root, link), { force: true });
      lines.push(`Removed "${link}".`);
    }
    return lines;
  }

  isEnabled(name: string): boolean {
    return this.#existingLinks(name).length > 0;
  }

  /** What boot starts: the units linked into multi-user.target.wants and its like. */
  wantedAtBoot(): string[] {
    const names = new Set<string>();
    for (const kind of ['wants', 'requires']) {
      for (const target of [
        'multi-user.target',
        'default.target',
        'graphical.target',
        'basic.target',
        'sysinit.target',
      ]) {
        const folder = join(this.#root, install, `${target}.${kind}`);
        if (existsSync(folder)) for (const name of readdirSync(folder)) names.add(name);
      }
    }
    return [...names].filter((name) => name.endsWith('.service')).sort();
  }

  #links(unit: ServiceUnit): string[] {
    return [
      ...unit.wantedBy.map((target) => `${install}/${target}.wants/${unit.name}`),
      ...unit.requiredBy.map((target) => `${install}/${target}.requires/${unit.name}`),
      ...unit.aliases.map((alias) => `${install}/${basename(alias)}`),
    ];
  }

  #existingLinks(name: string): string[] {
    const base = join(this.#root, install);
    if (!existsSync(base)) return [];
    return readdirSync(base)
      .filter((entry) => entry.endsWith('.wants') || entry.endsWith('.requires'))
      .map((entry) => `${install}/${entry}/${name}`)
      .filter((link) => isLink(join(this.#root, link)));
  }

  /** Follows links within the root only: the learner may link a unit to anywhere on the machine's disk. */
  #isInside(path: string): boolean {
    try {
      const real = realpathSync(join(this.#root, path));
      return real.startsWith(realpathSync(this.#root) + sep) && lstatSync(real).isFile();
    } catch {
      return false;
    }
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
