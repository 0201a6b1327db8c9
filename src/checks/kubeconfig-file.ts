import { parse } from 'yaml';
import { isRecord } from '../lib/is-record.ts';

export class KubeconfigError extends Error {}

interface ClusterEntry {
  readonly server: string;
  readonly caData: string;
  readonly caPath: string;
}

interface UserEntry {
  readonly certificateData: string;
  readonly certificatePath: string;
  readonly keyData: string;
  readonly token: string;
}

/** A kubeconfig as text says it: nothing is resolved or read, so that a check can point at what is wrong. Absent fields are ''. */
export interface KubeconfigFile {
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, { readonly cluster: string; readonly user: string }>;
}

type Raw = Readonly<Record<string, unknown>>;
const text = (object: Raw, name: string) =>
  typeof object[name] === 'string' ? (object[name] as string) : '';

function entries<T>(file: Raw, list: string, inner: string, read: (object: Raw) => T): Map<string, T> {
  const result = new Map<string, T>();
  const items = file[list];
  for (const item of Array.isArray(items) ? items : []) {
    if (!isRecord(item)) continue;
    result.set(text(item, 'name'), read(isRecord(item[inner]) ? item[inner] : {}));
  }
  return result;
}

/** Throws KubeconfigError when the text is not YAML or not a kubeconfig. */
export function parseKubeconfig(content: string): KubeconfigFile {
  if (content.trim() === '') throw new KubeconfigError('it is empty');
  let file: unknown;
  try {
    file = parse(content);
  } catch (error) {
    throw new KubeconfigError(
      `it is not YAML: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`,
    );
  }
  if (!isRecord(file)) throw new KubeconfigError('it holds no mapping');
  if (file.kind !== 'Config') throw new KubeconfigError(`its kind is ${String(file.kind)}, not Config`);
  return {
    currentContext: text(file, 'current-context'),
    clusters: entries(file, 'clusters', 'cluster', (cluster) => ({
      server: text(cluster, 'server'),
      caData: text(cluster, 'certificate-authority-data'),
      caPath: text(cluster, 'certificate-authority'),
    })),
    users: entries(file, 'users', 'user', (user) => ({
      certificateData: text(user, 'client-certificate-data'),
      certificatePath: text(user, 'client-certificate'),
      keyData: text(user, 'client-key-data'),
      token: text(user, 'token'),
    })),
    contexts: entries(file, 'contexts', 'context', (context) => ({
      cluster: text(context, 'cluster'),
      user: text(context, 'user'),
    })),
  };
}

/** The text behind a `…-data` field; undefined when the field is absent. */
export const decodeData = (data: string): string | undefined =>
  data === '' ? undefined : Buffer.from(data, 'base64').toString('utf8');
