import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { errorCode, errorMessage, LabError } from '../../lib/errors.ts';
import { checkKeyPair, readCertificate } from '../../lib/key-pair.ts';
import type { ClientConfig } from './config.ts';

/** A kubeconfig file as written; models staging/src/k8s.io/client-go/tools/clientcmd/api/v1. */
export interface Kubeconfig {
  apiVersion?: string;
  kind?: string;
  preferences?: Record<string, unknown>;
  clusters?: { name: string; cluster: KubeconfigCluster }[];
  users?: { name: string; user: KubeconfigUser }[];
  contexts?: { name: string; context: KubeconfigContext }[];
  'current-context'?: string;
}

export interface KubeconfigCluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
}

export interface KubeconfigUser {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
}

export interface KubeconfigContext {
  cluster?: string;
  user?: string;
  namespace?: string;
}

export interface ContextChoice {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
}

/** Throws LabError when the file is missing or is no YAML map. */
export function readKubeconfig(path: string): Kubeconfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      throw new LabError(`stat ${path}: no such file or directory`, { where: path });
    throw error;
  }
  try {
    const value: unknown = parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Kubeconfig;
  } catch (error) {
    throw new LabError(`error loading config file "${path}": ${errorMessage(error).split('\n')[0]}`, {
      where: path,
    });
  }
  throw new LabError(`error loading config file "${path}": it is no YAML map`, { where: path });
}

/** Data in the file wins over a path; paths are relative to the file. */
function material(
  data: string | undefined,
  path: string | undefined,
  folder: string,
  what: string,
): Buffer | undefined {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64');
  if (path === undefined || path === '') return undefined;
  const absolute = isAbsolute(path) ? path : join(folder, path);
  try {
    return readFileSync(absolute);
  } catch (error) {
    throw new LabError(`unable to read ${what} ${absolute}: ${errorMessage(error)}`, { where: absolute });
  }
}

/** The connection that a kubeconfig's current (or chosen) context describes. */
export function clientConfigFrom(
  config: Kubeconfig,
  folder: string,
  choice: ContextChoice = {},
): ClientConfig {
  const contextName = choice.context ?? config['current-context'] ?? '';
  const context = config.contexts?.find((entry) => entry.name === contextName)?.context;
  if (context === undefined && contextName !== '') {
    throw new LabError(`context "${contextName}" does not exist`, { where: 'kubeconfig contexts' });
  }
  const clusterName = choice.cluster ?? context?.cluster;
  const userName = choice.user ?? context?.user;
  const cluster = config.clusters?.find((entry) => entry.name === clusterName)?.cluster;
  if (clusterName !== undefined && cluster === undefined) {
    throw new LabError(`cluster "${clusterName}" does not exist`, { where: 'kubeconfig clusters' });
  }
  const user = config.users?.find((entry) => entry.name === userName)?.user;
  if (userName !== undefined && user === undefined) {
    throw new LabError(`auth info "${userName}" does not exist`, { where: 'kubeconfig users' });
  }
  const tokenFile = user?.tokenFile;
  const token = tokenFile === undefined ? user?.token : () => readFileSync(tokenFile, 'utf8').trim();
  const ca = material(
    cluster?.['certificate-authority-data'],
    cluster?.['certificate-authority'],
    folder,
    'certificate-authority',
  );
  const cert = material(
    user?.['client-certificate-data'],
    user?.['client-certificate'],
    folder,
    'client-cert',
  );
  const key = material(user?.['client-key-data'], user?.['client-key'], folder, 'client-key');
  return {
    server: cluster?.server ?? 'http://localhost:8080',
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(token && { token }),
    ...(cluster?.['insecure-skip-tls-verify'] && { insecureSkipTlsVerify: true }),
    ...(cluster?.['tls-server-name'] && { tlsServerName: cluster['tls-server-name'] }),
    ...(context?.namespace && { namespace: context.namespace }),
  };
}

/**
 * What a component does with --kubeconfig. Throws LabError for what could never work, rather than to try it for ever: no
 * context, a CA or a certificate that is none, a key of another certificate.
 */
export function loadClientConfig(path: string, choice: ContextChoice = {}): ClientConfig {
  const kubeconfig = readKubeconfig(path);
  if (!choice.context && !kubeconfig['current-context'])
    throw new LabError(
      'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable',
      { where: path, remedy: `kubectl config use-context default --kubeconfig=${path}` },
    );
  const config = clientConfigFrom(kubeconfig, dirname(path), choice);
  const { ca, cert, key } = config;
  if (ca !== undefined)
    readCertificate(ca, 'unable to load root certificates: unable to parse bytes as PEM block', path);
  if (cert !== undefined && key !== undefined)
    checkKeyPair({
      cert,
      certFrom: `${path}, client-certificate`,
      key,
      keyFrom: `${path}, client-key`,
    });
  return config;
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What a pod does: the Service `kubernetes` by its environment, the token and the CA from the projected volume. */
export function inClusterConfig(env: NodeJS.ProcessEnv = process.env): ClientConfig {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (host === undefined || port === undefined) {
    throw new LabError(
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
    );
  }
  return {
    server: `https://${host}:${port}`,
    ca: readFileSync(join(serviceAccountFolder, 'ca.crt')),
    // Read anew for each request: the kubelet rotates it.
    token: () => readFileSync(join(serviceAccountFolder, 'token'), 'utf8').trim(),
    namespace: readFileSync(join(serviceAccountFolder, 'namespace'), 'utf8').trim(),
  };
}
