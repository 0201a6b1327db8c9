import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { errorCode, LabError } from '../../../lib/errors.ts';
import { writeFileAtomicSync } from '../../../lib/files.ts';
import { type Kubeconfig, readKubeconfig } from '../../client/kubeconfig.ts';
import { toYaml } from '../output/yaml.ts';

/** One file of $KUBECONFIG; a file that is not there yet counts as an empty one. */
export interface KubeconfigFile {
  readonly path: string;
  readonly exists: boolean;
  readonly config: Kubeconfig;
}

export interface KubeconfigPlace {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** --kubeconfig */
  readonly explicit: string | undefined;
}

/** The files in the order in which they count: --kubeconfig, else $KUBECONFIG (a list), else ~/.kube/config. */
function kubeconfigPaths(place: KubeconfigPlace): string[] {
  const { env, cwd, explicit } = place;
  if (explicit !== undefined && explicit !== '') return [explicit];
  const listed = (env.KUBECONFIG ?? '').split(':').filter((path) => path !== '');
  if (listed.length > 0) return [...new Set(listed.map((path) => resolve(cwd, path)))];
  return [join(env.HOME ?? homedir(), '.kube/config')];
}

export function loadKubeconfigFiles(place: KubeconfigPlace): KubeconfigFile[] {
  return kubeconfigPaths(place).map((path) => {
    const absolute = resolve(place.cwd, path);
    if (!existsSync(absolute)) return { path, exists: false, config: {} };
    return { path, exists: true, config: readOrEmpty(absolute) };
  });
}

/** An empty file is an empty configuration. */
function readOrEmpty(path: string): Kubeconfig {
  try {
    return readKubeconfig(path);
  } catch (error) {
    if (error instanceof LabError && error.message.endsWith('it is no YAML map')) return {};
    if (errorCode(error) === 'EACCES')
      throw new LabError(`error loading config file "${path}": open ${path}: permission denied`);
    throw error;
  }
}

/** The file that new entries go to. Models clientcmd PathOptions.GetDefaultFilename. */
export function defaultFile(files: readonly KubeconfigFile[]): KubeconfigFile {
  return files.find((file) => file.exists) ?? files[files.length - 1]!;
}

type Named = { name: string };

/** All files as one: of two entries with a name the first counts. Paths in entries become absolute. */
export function mergeKubeconfigs(files: readonly KubeconfigFile[], cwd: string): Kubeconfig {
  const merged: Required<Pick<Kubeconfig, 'clusters' | 'contexts' | 'users'>> = {
    clusters: [],
    contexts: [],
    users: [],
  };
  let current = '';
  for (const { path, config } of files) {
    const absolute = absolutePaths(config, dirname(resolve(cwd, path)));
    addNew(merged.clusters, absolute.clusters);
    addNew(merged.contexts, absolute.contexts);
    addNew(merged.users, absolute.users);
    if (current === '') current = config['current-context'] ?? '';
  }
  return { apiVersion: 'v1', kind: 'Config', preferences: {}, ...merged, 'current-context': current };
}

function addNew<T extends Named>(into: T[], from: readonly T[] | null | undefined): void {
  for (const entry of from ?? []) if (!into.some((other) => other.name === entry.name)) into.push(entry);
}

const pathKeys = {
  cluster: ['certificate-authority'],
  user: ['client-certificate', 'client-key', 'tokenFile'],
} as const;

function mapPaths(config: Kubeconfig, change: (path: string) => string): Kubeconfig {
  const within = <T extends object>(value: T | undefined, keys: readonly string[]): T => {
    const copy: Record<string, unknown> = { ...value };
    for (const key of keys) {
      const path = copy[key];
      if (typeof path === 'string' && path !== '') copy[key] = change(path);
    }
    return copy as T;
  };
  return {
    ...config,
    clusters: (config.clusters ?? []).map((c) => ({ ...c, cluster: within(c.cluster, pathKeys.cluster) })),
    users: (config.users ?? []).map((u) => ({ ...u, user: within(u.user, pathKeys.user) })),
  };
}

const absolutePaths = (config: Kubeconfig, folder: string) =>
  mapPaths(config, (path) => (isAbsolute(path) ? path : join(folder, path)));

/** Relative to the file where the path lies below its folder. Models clientcmd RelativizePathWithNoBacksteps. */
const relativePaths = (config: Kubeconfig, folder: string) =>
  mapPaths(config, (path) => {
    const shorter = relative(folder, resolve(folder, path));
    return shorter.startsWith('../') ? path : shorter;
  });

/** What `config view` prints of paths. */
export const withRelativePaths = relativePaths;

const byName = (a: Named, b: Named) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Field by field in the order of Go's types, with what upstream writes even when it is empty. */
export function normalizeKubeconfig(config: Kubeconfig): Kubeconfig {
  const sorted = <T extends Named>(list: readonly T[] | null | undefined) =>
    list === undefined || list === null || list.length === 0 ? null : [...list].sort(byName);
  const clusters = sorted(config.clusters)?.map(({ name, cluster }) => ({
    name,
    cluster: { server: '', ...withoutEmpty(cluster) },
  }));
  const users = sorted(config.users)?.map(({ name, user }) => ({ name, user: withoutEmpty(user) }));
  const contexts = sorted(config.contexts)?.map(({ name, context }) => ({
    name,
    context: { cluster: '', user: '', ...withoutEmpty(context) },
  }));
  return {
    kind: 'Config',
    apiVersion: 'v1',
    preferences: config.preferences ?? {},
    clusters: clusters ?? null,
    users: users ?? null,
    contexts: contexts ?? null,
    'current-context': config['current-context'] ?? '',
  } as unknown as Kubeconfig;
}

function withoutEmpty<T extends object>(value: T | null | undefined): T {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, inner]) => inner !== '' && inner !== false && inner !== undefined),
  ) as T;
}

/** Replaces the file at once, readable by its owner only: it may hold a private key. */
export function writeKubeconfig(path: string, config: Kubeconfig, cwd: string): void {
  const absolute = resolve(cwd, path);
  const relativized = relativePaths(config, dirname(absolute));
  writeFileAtomicSync(absolute, toYaml(normalizeKubeconfig(relativized)), 0o600);
}
