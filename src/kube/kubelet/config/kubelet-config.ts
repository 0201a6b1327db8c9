import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { errorCode, errorMessage, LabError } from '../../../lib/errors.ts';
import { parseDuration } from '../../../lib/flags.ts';
import { didYouMean } from '../../../lib/nearest.ts';
import type { Taint } from '../../api/types/core-v1.ts';
import { type FieldKind, type FieldTable, honoured, unsupported } from './fields.ts';

/** What this kubelet is told to do; durations are milliseconds. */
export interface KubeletConfig {
  readonly address: string;
  readonly port: number;
  readonly healthzPort: number;
  readonly healthzBindAddress: string;
  readonly anonymous: boolean;
  readonly webhookAuthentication: boolean;
  readonly webhookCacheMs: number;
  readonly clientCAFile: string | undefined;
  readonly authorizationMode: 'AlwaysAllow' | 'Webhook';
  readonly authorizedCacheMs: number;
  readonly unauthorizedCacheMs: number;
  readonly clusterDomain: string;
  readonly clusterDNS: readonly string[];
  readonly containerRuntimeEndpoint: string;
  readonly podCIDR: string;
  readonly resolvConf: string;
  readonly runtimeRequestTimeoutMs: number;
  readonly tlsCertFile: string | undefined;
  readonly tlsPrivateKeyFile: string | undefined;
  readonly registerNode: boolean;
  readonly registerWithTaints: readonly Taint[];
  readonly maxPods: number;
  readonly nodeStatusUpdateMs: number;
  readonly nodeStatusReportMs: number;
  /** How often every pod is looked at without any event. */
  readonly syncFrequencyMs: number;
  readonly leaseDurationSeconds: number;
  readonly failSwapOn: boolean;
  readonly containerLogMaxBytes: number;
  readonly containerLogMaxFiles: number;
}

type Values = Readonly<Record<string, unknown>>;
const apiVersion = 'kubelet.config.k8s.io/v1beta1';

/** Reads one KubeletConfiguration. Throws LabError with the file and the field. */
export function parseKubeletConfig(text: string, file: string): KubeletConfig {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new LabError(
      `failed to load kubelet config file: invalid YAML: ${errorMessage(error).split('\n')[0]}`,
      {
        where: file,
      },
    );
  }
  if (document === null || typeof document !== 'object' || Array.isArray(document))
    throw new LabError('failed to load kubelet config file: kubelet config file was empty', { where: file });
  const { apiVersion: version, kind, ...fields } = document as Record<string, unknown>;
  if (version !== apiVersion || kind !== 'KubeletConfiguration') {
    throw new LabError(`no kind "${kind}" is registered for version "${version}"`, {
      where: file,
      remedy: `use KubeletConfiguration of ${apiVersion}`,
    });
  }
  const values = readObject(fields, honoured, '', file);
  return withDefaults(values, file);
}

function readObject(value: unknown, table: FieldTable, path: string, file: string): Values {
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new LabError(`${path}: Invalid value: must be a map of fields`, { where: file });
  const result: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const full = path === '' ? name : `${path}.${name}`;
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined) {
      if (path === '' && unsupported.includes(name))
        throw new LabError(`field "${name}" is not supported by this kubelet`, {
          where: file,
          remedy: 'remove it',
        });
      const remedy = didYouMean(name, [...Object.keys(table), ...(path === '' ? unsupported : [])]);
      throw new LabError(`strict decoding error: unknown field "${full}"`, {
        where: file,
        ...(remedy && { remedy }),
      });
    }
    result[name] =
      typeof kind === 'object' ? readObject(given, kind, full, file) : readScalar(given, kind, full, file);
  }
  return result;
}

function readScalar(value: unknown, kind: FieldKind, path: string, file: string): unknown {
  const fail = (expected: string): never => {
    throw new LabError(`${path}: Invalid value: ${JSON.stringify(value)}: must be ${expected}`, {
      where: file,
    });
  };
  if (value === null) return undefined;
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? value : fail('a string');
    case 'boolean':
      return typeof value === 'boolean' ? value : fail('true or false');
    case 'int':
      return Number.isInteger(value) ? value : fail('a whole number');
    case 'duration':
      return (typeof value === 'string' ? parseDuration(value) : undefined) ?? fail('a duration such as 10s');
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? value
        : fail('a list of strings');
    case 'taints':
      return Array.isArray(value) ? value : fail('a list of taints');
    case 'map':
      return typeof value === 'object' ? value : fail('a map');
  }
}

/** `10Mi` and its kin, in bytes. */
function sizeOf(text: string, file: string): number {
  const match = /^(\d+)(Ki|Mi|Gi|k|M|G)?$/.exec(text);
  const factors: Readonly<Record<string, number>> = {
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    k: 1e3,
    M: 1e6,
    G: 1e9,
  };
  if (match === null)
    throw new LabError(`containerLogMaxSize: Invalid value: "${text}": must be a size such as 10Mi`, {
      where: file,
    });
  return Number(match[1]) * (match[2] === undefined ? 1 : factors[match[2]]!);
}

/** Upstream's defaults (Models pkg/kubelet/apis/config/v1beta1/defaults.go). */
function withDefaults(values: Values, file: string): KubeletConfig {
  const at = <T>(path: string, otherwise: T): T => {
    let current: unknown = values;
    for (const key of path.split('.')) current = (current as Values | undefined)?.[key];
    return (current ?? otherwise) as T;
  };
  const mode = at('authorization.mode', 'Webhook');
  if (mode !== 'Webhook' && mode !== 'AlwaysAllow') {
    throw new LabError(`unknown authorization mode ${mode}`, {
      where: file,
      remedy: 'use Webhook or AlwaysAllow',
    });
  }
  const driver: string = at('cgroupDriver', 'cgroupfs');
  if (driver !== 'systemd' && driver !== 'cgroupfs') {
    throw new LabError(`unknown cgroup driver ${driver}`, { where: file, remedy: 'use systemd or cgroupfs' });
  }
  return {
    address: at('address', '0.0.0.0'),
    port: at('port', 10250),
    healthzPort: at('healthzPort', 10248),
    healthzBindAddress: at('healthzBindAddress', '127.0.0.1'),
    anonymous: at('authentication.anonymous.enabled', false),
    webhookAuthentication: at('authentication.webhook.enabled', true),
    webhookCacheMs: at('authentication.webhook.cacheTTL', 120_000),
    clientCAFile: at<string | undefined>('authentication.x509.clientCAFile', undefined) || undefined,
    authorizationMode: mode,
    authorizedCacheMs: at('authorization.webhook.cacheAuthorizedTTL', 300_000),
    unauthorizedCacheMs: at('authorization.webhook.cacheUnauthorizedTTL', 30_000),
    clusterDomain: at('clusterDomain', ''),
    clusterDNS: at('clusterDNS', []),
    containerRuntimeEndpoint: at('containerRuntimeEndpoint', 'unix:///run/containerd/containerd.sock'),
    podCIDR: at('podCIDR', ''),
    resolvConf: at('resolvConf', '/etc/resolv.conf'),
    runtimeRequestTimeoutMs: at('runtimeRequestTimeout', 120_000),
    tlsCertFile: at<string | undefined>('tlsCertFile', undefined) || undefined,
    tlsPrivateKeyFile: at<string | undefined>('tlsPrivateKeyFile', undefined) || undefined,
    registerNode: at('registerNode', true),
    registerWithTaints: at('registerWithTaints', []),
    maxPods: at('maxPods', 110),
    nodeStatusUpdateMs: at('nodeStatusUpdateFrequency', 10_000),
    nodeStatusReportMs: at('nodeStatusReportFrequency', 300_000),
    syncFrequencyMs: at('syncFrequency', 60_000),
    leaseDurationSeconds: at('nodeLeaseDurationSeconds', 40),
    failSwapOn: at('failSwapOn', true),
    containerLogMaxBytes: sizeOf(at('containerLogMaxSize', '10Mi'), file),
    containerLogMaxFiles: at('containerLogMaxFiles', 5),
  };
}

export function loadKubeletConfig(file: string): KubeletConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why =
      errorCode(error) === 'ENOENT' ? `open ${file}: no such file or directory` : errorMessage(error);
    throw new LabError(`failed to load kubelet config file: ${why}`, {
      where: '--config',
      remedy: 'copy kubelet-config.yaml to this machine',
    });
  }
  return parseKubeletConfig(text, file);
}
