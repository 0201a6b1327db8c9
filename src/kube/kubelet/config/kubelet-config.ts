import { LabError } from '../../../lib/errors.ts';
import { parseQuantity, quantityValue } from '../../api/quantity.ts';
import type { Taint } from '../../api/types/core-v1.ts';
import { type ConfigValues, decodeConfig, readConfigFile } from '../../component-base/config-file.ts';
import { honoured, unsupported } from './fields.ts';

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

const configuration = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  fields: honoured,
  unsupported,
} as const;

/** Reads one KubeletConfiguration. Throws LabError with the file and the field. */
export function parseKubeletConfig(text: string, file: string): KubeletConfig {
  return withDefaults(decodeConfig(text, file, configuration), file);
}

/** Reads the file that --config names. Throws LabError with the file and the field. */
export function loadKubeletConfig(file: string): KubeletConfig {
  return parseKubeletConfig(readConfigFile(file), file);
}

/** What kubelet does without --config. */
export const defaultKubeletConfig = (): KubeletConfig => withDefaults({}, 'defaults');

/** Upstream's defaults (Models pkg/kubelet/apis/config/v1beta1/defaults.go). */
function withDefaults(values: ConfigValues<typeof honoured>, file: string): KubeletConfig {
  const { anonymous, webhook, x509 } = values.authentication ?? {};
  const { mode = 'Webhook', webhook: authorizer } = values.authorization ?? {};
  if (mode !== 'Webhook' && mode !== 'AlwaysAllow') {
    throw new LabError(`unknown authorization mode ${mode}`, {
      where: file,
      remedy: 'use Webhook or AlwaysAllow',
    });
  }
  const { cgroupDriver: driver = 'cgroupfs' } = values;
  if (driver !== 'systemd' && driver !== 'cgroupfs') {
    throw new LabError(`unknown cgroup driver ${driver}`, { where: file, remedy: 'use systemd or cgroupfs' });
  }
  return {
    address: values.address ?? '0.0.0.0',
    port: values.port ?? 10250,
    healthzPort: values.healthzPort ?? 10248,
    healthzBindAddress: values.healthzBindAddress ?? '127.0.0.1',
    anonymous: anonymous?.enabled ?? false,
    webhookAuthentication: webhook?.enabled ?? true,
    webhookCacheMs: webhook?.cacheTTL ?? 120_000,
    clientCAFile: x509?.clientCAFile || undefined,
    authorizationMode: mode,
    authorizedCacheMs: authorizer?.cacheAuthorizedTTL ?? 300_000,
    unauthorizedCacheMs: authorizer?.cacheUnauthorizedTTL ?? 30_000,
    clusterDomain: values.clusterDomain ?? '',
    clusterDNS: values.clusterDNS ?? [],
    containerRuntimeEndpoint: values.containerRuntimeEndpoint ?? 'unix:///run/containerd/containerd.sock',
    podCIDR: values.podCIDR ?? '',
    resolvConf: values.resolvConf ?? '/etc/resolv.conf',
    runtimeRequestTimeoutMs: values.runtimeRequestTimeout ?? 120_000,
    tlsCertFile: values.tlsCertFile || undefined,
    tlsPrivateKeyFile: values.tlsPrivateKeyFile || undefined,
    registerNode: values.registerNode ?? true,
    registerWithTaints: (values.registerWithTaints ?? []) as readonly Taint[],
    maxPods: values.maxPods ?? 110,
    nodeStatusUpdateMs: values.nodeStatusUpdateFrequency ?? 10_000,
    nodeStatusReportMs: values.nodeStatusReportFrequency ?? 300_000,
    syncFrequencyMs: values.syncFrequency ?? 60_000,
    leaseDurationSeconds: values.nodeLeaseDurationSeconds ?? 40,
    failSwapOn: values.failSwapOn ?? true,
    containerLogMaxBytes: sizeOf(values.containerLogMaxSize ?? '10Mi', file),
    containerLogMaxFiles: values.containerLogMaxFiles ?? 5,
  };
}

/** `10Mi` and its kin, in bytes. */
function sizeOf(text: string, file: string): number {
  if (parseQuantity(text) === undefined)
    throw new LabError(`containerLogMaxSize: Invalid value: "${text}": must be a size such as 10Mi`, {
      where: file,
    });
  return quantityValue(text);
}
