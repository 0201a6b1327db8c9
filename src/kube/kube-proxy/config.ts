import { LabError } from '../../lib/errors.ts';
import { isCidr } from '../../lib/ipv4.ts';
import { decodeConfig, readConfigFile } from '../component-base/config-file.ts';

/** The part of a KubeProxyConfiguration that this proxy honours; everything else is refused by name. */
export interface ProxyConfig {
  readonly kubeconfig: string;
  readonly hostnameOverride: string | undefined;
  /** Read and checked; the lab's network never hides a pod's address, so nothing has to be told apart by it. */
  readonly clusterCIDR: string | undefined;
  /** HOST:PORT */
  readonly healthzBindAddress: string;
}

const configuration = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  fields: {
    clientConnection: { kubeconfig: 'string' },
    mode: 'string',
    clusterCIDR: 'string',
    hostnameOverride: 'string',
    healthzBindAddress: 'string',
  },
  unsupported: ['bindAddress', 'metricsBindAddress', 'nodePortAddresses', 'conntrack', 'iptables', 'ipvs'],
} as const;

const modes: readonly string[] = ['', 'iptables', 'nftables', 'ipvs'];

/** Throws LabError with the file and the field. */
export function parseProxyConfig(text: string, file: string): ProxyConfig {
  const values = decodeConfig(text, file, configuration);
  const { clientConnection, mode = '', clusterCIDR } = values;
  const fail = (what: string, remedy?: string): never => {
    throw new LabError(what, { where: file, ...(remedy && { remedy }) });
  };
  if (!modes.includes(mode))
    fail(`mode: Invalid value: "${mode}": must be iptables, ipvs, nftables or empty`);
  const { healthzBindAddress = '0.0.0.0:10256' } = values;
  if (!/:\d+$/.test(healthzBindAddress))
    fail(`healthzBindAddress: Invalid value: "${healthzBindAddress}": must be IP:port`);
  if (clusterCIDR !== undefined && !isCidr(clusterCIDR)) {
    fail(
      `clusterCIDR: Invalid value: "${clusterCIDR}": must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)`,
    );
  }
  return {
    kubeconfig:
      clientConnection?.kubeconfig ??
      fail('clientConnection.kubeconfig is missing', 'name the kubeconfig of kube-proxy there'),
    hostnameOverride: values.hostnameOverride,
    clusterCIDR,
    healthzBindAddress,
  };
}

/** Reads the file that --config names. Throws LabError with the file and the field. */
export function loadProxyConfig(file: string): ProxyConfig {
  return parseProxyConfig(readConfigFile(file), file);
}
