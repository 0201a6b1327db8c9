import type { Kubeconfig } from '../../client/kubeconfig.ts';
import type { Session } from '../cli/command.ts';
import {
  defaultFile,
  type KubeconfigFile,
  loadKubeconfigFiles,
  mergeKubeconfigs,
  writeKubeconfig,
} from './kubeconfig-files.ts';

/** The three lists of a kubeconfig; an entry holds its content under the singular. */
export type Section = 'clusters' | 'contexts' | 'users';

interface SectionEntry {
  name: string;
  [content: string]: unknown;
}

const singular = { clusters: 'cluster', contexts: 'context', users: 'user' } as const;

export type Content = Record<string, unknown>;

/** The kubeconfig files of this call, read once. */
export class KubeconfigEditor {
  readonly files: readonly KubeconfigFile[];
  readonly #cwd: string;

  constructor(
    session: Pick<Session, 'env' | 'cwd'> & { readonly global: { readonly kubeconfig?: string | undefined } },
  ) {
    this.#cwd = session.cwd;
    this.files = loadKubeconfigFiles({
      env: session.env,
      cwd: session.cwd,
      explicit: session.global.kubeconfig,
    });
  }

  get merged(): Kubeconfig {
    return mergeKubeconfigs(this.files, this.#cwd);
  }

  /** The file that messages name. */
  get fileName(): string {
    return defaultFile(this.files).path;
  }

  find(section: Section, name: string): Content | undefined {
    const entry = entriesOf(this.merged, section).find((e) => e.name === name);
    return entry === undefined ? undefined : ((entry[singular[section]] ?? {}) as Content);
  }

  /** Writes the entry to the file that has it, or else to the default one. */
  set(section: Section, name: string, content: Content): void {
    const file =
      this.files.find((f) => entriesOf(f.config, section).some((e) => e.name === name)) ??
      defaultFile(this.files);
    const others = entriesOf(file.config, section).filter((e) => e.name !== name);
    this.#write(file, { [section]: [...others, { name, [singular[section]]: content }] });
  }

  remove(section: Section, name: string): void {
    for (const file of this.files) {
      const entries = entriesOf(file.config, section);
      const others = entries.filter((e) => e.name !== name);
      if (others.length < entries.length) this.#write(file, { [section]: others });
    }
  }

  setCurrentContext(name: string): void {
    const file =
      this.files.find((f) => (f.config['current-context'] ?? '') !== '') ?? defaultFile(this.files);
    this.#write(file, { 'current-context': name });
  }

  removeSection(section: Section): void {
    for (const file of this.files)
      if (entriesOf(file.config, section).length > 0) this.#write(file, { [section]: [] });
  }

  #write(file: KubeconfigFile, change: Record<string, unknown>): void {
    writeKubeconfig(file.path, { ...file.config, ...change } as Kubeconfig, this.#cwd);
  }
}

export function entriesOf(config: Kubeconfig, section: Section): SectionEntry[] {
  return (config[section] ?? []) as unknown as SectionEntry[];
}
