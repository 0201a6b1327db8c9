import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { parse } from 'yaml';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { didYouMean } from '../../lib/nearest.ts';

/** The part of a KubeProxyConfiguration that this proxy honours; everything else is refused by name. */
export interface ProxyConfig {
  readonly kubeconfig: string;
  readonly hostnameOverride: string | undefined;
  readonly clusterCIDR: string | undefined;
  readonly healthzBindAddress: string;
}

const apiVersion = 'kubeproxy.config.k8s.io/v1alpha1';
const known = [
  'apiVersion',
  'kind',
  'clientConnection',
  'mode',
  'clusterCIDR',
  'hostnameOverride',
  'healthzBindAddress',
  'bindAddress',
];
const modes = ['', 'iptables', 'nftables', 'ipvs'];

function isCidr(text: string): boolean {
  const [address = '', bits = ''] = text.split('/');
  return isIPv4(address) && /^\d+$/.test(bits) && Number(bits) <= 32;
}

/** Throws LabError with the file and the field. */
export function parseProxyConfig(text: string, file: string): ProxyConfig {
  const fail = (what: string, remedy?: string): never => {
    throw new LabError(what, { where: file, ...(remedy && { remedy }) });
  };
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return fail(`invalid YAML: ${errorMessage(error).split('\n')[0]}`);
  }
  if (document === null || typeof document !== 'object') return fail('the file is empty');
  const root = document as Readonly<Record<string, unknown>>;
  if (root.apiVersion !== apiVersion || root.kind !== 'KubeProxyConfiguration') {
    fail(
      `no kind "${root.kind}" is registered for version "${root.apiVersion}"`,
      `use KubeProxyConfiguration of ${apiVersion}`,
    );
  }
  for (const name of Object.keys(root)) {
    if (!known.includes(name))
      fail(`strict decoding error: unknown field "${name}"`, didYouMean(name, known));
  }
  if (!modes.includes(String(root.mode ?? '')))
    fail(`mode: Invalid value: "${root.mode}": must be iptables, ipvs, nftables or empty`);
  const connection = (root.clientConnection ?? {}) as { kubeconfig?: unknown };
  if (typeof connection.kubeconfig !== 'string')
    fail('clientConnection.kubeconfig is missing', 'name the kubeconfig of kube-proxy there');
  const clusterCIDR = root.clusterCIDR === undefined ? undefined : String(root.clusterCIDR);
  if (clusterCIDR !== undefined && !isCidr(clusterCIDR)) {
    fail(
      `clusterCIDR: Invalid value: "${clusterCIDR}": must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)`,
    );
  }
  return {
    kubeconfig: connection.kubeconfig as string,
    hostnameOverride: root.hostnameOverride === undefined ? undefined : String(root.hostnameOverride),
    clusterCIDR,
    healthzBindAddress: String(root.healthzBindAddress ?? '0.0.0.0:10256'),
  };
}

export function loadProxyConfig(file: string): ProxyConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabError(`failed to read --config: ${errorMessage(error)}`, { where: file });
  }
  return parseProxyConfig(text, file);
}
