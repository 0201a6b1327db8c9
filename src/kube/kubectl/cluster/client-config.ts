import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDuration } from '../../../lib/flags.ts';
import type { ClientConfig } from '../../client/config.ts';
import { clientConfigFrom, inClusterConfig } from '../../client/kubeconfig.ts';
import { kubernetesVersion } from '../../component-base/version.ts';
import { KubectlError } from '../cli/errors.ts';
import type { GlobalFlags } from '../cli/global-flags.ts';
import type { Terminal } from '../cli/terminal.ts';
import { loadKubeconfigFiles, mergeKubeconfigs } from '../config/kubeconfig-files.ts';
import { dialThrough, proxyFor } from './proxy.ts';

const inClusterToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The connection of the chosen context, with the flags over it. Throws LabError, KubectlError. */
export function readClientConfig(terminal: Terminal, global: GlobalFlags): ClientConfig {
  const place = { env: terminal.env, cwd: terminal.cwd, explicit: global.kubeconfig };
  const files = loadKubeconfigFiles(place);
  if (place.explicit !== undefined && place.explicit !== '' && !files[0]!.exists)
    throw new KubectlError(`stat ${place.explicit}: no such file or directory`);
  const merged = mergeKubeconfigs(files, terminal.cwd);
  const isEmpty = (merged.clusters ?? []).length === 0 && (merged.contexts ?? []).length === 0;
  if (
    isEmpty &&
    global.server === undefined &&
    terminal.env.KUBERNETES_SERVICE_HOST &&
    existsSync(inClusterToken)
  )
    return withFlags(inClusterConfig(terminal.env), terminal, global);
  const choice = {
    ...(global.context !== undefined && { context: global.context }),
    ...(global.cluster !== undefined && { cluster: global.cluster }),
    ...(global.user !== undefined && { user: global.user }),
  };
  return withFlags(
    clientConfigFrom(merged, dirname(resolve(terminal.cwd, files[0]!.path)), choice),
    terminal,
    global,
  );
}

function withFlags(config: ClientConfig, terminal: Terminal, global: GlobalFlags): ClientConfig {
  const read = (path: string, what: string) => {
    try {
      return readFileSync(resolve(terminal.cwd, path));
    } catch {
      throw new KubectlError(`unable to read ${what} ${path} due to open ${path}: no such file or directory`);
    }
  };
  const server = normalizeServer(global.server ?? config.server);
  const proxy = proxyFor(new URL(server), terminal.env);
  // The lab's own processes reach its network by themselves.
  const direct = proxy === undefined || Boolean(terminal.env.K8S_LAB_IDENTITY);
  const insecure = global['insecure-skip-tls-verify'] || config.insecureSkipTlsVerify === true;
  const ca = global['certificate-authority'];
  if (insecure && (ca !== undefined || (config.ca !== undefined && global['insecure-skip-tls-verify'])))
    throw new KubectlError('specifying a root certificates file with the insecure flag is not allowed');
  const as = global.as;
  return {
    ...config,
    server,
    userAgent: `kubectl/${kubernetesVersion} (${process.platform}/${process.arch}) k8s-lab`,
    ...(insecure && { insecureSkipTlsVerify: true }),
    ...(ca !== undefined && { ca: read(ca, 'certificate-authority') }),
    ...(global['client-certificate'] !== undefined && {
      cert: read(global['client-certificate'], 'client-cert'),
    }),
    ...(global['client-key'] !== undefined && { key: read(global['client-key'], 'client-key') }),
    ...(global['tls-server-name'] !== undefined && { tlsServerName: global['tls-server-name'] }),
    ...(global.token !== undefined && { token: global.token }),
    ...(as !== undefined && {
      headers: {
        'impersonate-user': as,
        ...(global['as-group'].length > 0 && { 'impersonate-group': global['as-group'] }),
      },
    }),
    ...(!direct && { dial: () => dialThrough(proxy, new URL(server)) }),
  };
}

/** A server without a scheme is meant as http, or as https when it comes with a port that is usual for it. */
function normalizeServer(server: string): string {
  if (server === '') return 'http://localhost:8080';
  return /^https?:\/\//.test(server) ? server : `http://${server}`;
}

/** Milliseconds of --request-timeout: a duration, or a bare number of seconds. 0 is no limit. */
export function requestTimeoutMs(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const value = parseDuration(text);
  if (value === undefined)
    throw new KubectlError(
      `Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)`,
    );
  return value;
}
