import type { Pod } from '../../api/types/core-v1.ts';
import { isHostNetwork, namespaceOf } from '../pods/pod.ts';

/** The content of a resolv.conf. */
export interface DnsSettings {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface DnsContext {
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  /** What the node itself uses. */
  readonly node: DnsSettings;
}

export const noDns: DnsSettings = { servers: [], searches: [], options: [] };

/** Reads a resolv.conf; the last `search` line counts, as in libc. */
export function parseResolvConf(text: string): DnsSettings {
  const servers: string[] = [];
  const options: string[] = [];
  let searches: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && words[0] !== undefined) servers.push(words[0]);
    else if (keyword === 'search')
      searches = words.map((word) => (word === '.' ? word : word.replace(/\.$/, '')));
    else if (keyword === 'options') options.push(...words);
  }
  return { servers, searches, options };
}

const unique = (values: readonly string[]) => [...new Set(values)];

/** Limits of libc that upstream holds: three servers, 32 search domains. */
const maximumServers = 3;
const maximumSearches = 32;

/** A pod's DNS by its policy, with its dnsConfig on top. Models pkg/kubelet/network/dns GetPodDNS. */
export function podDns(pod: Pod, { clusterDNS, clusterDomain, node }: DnsContext): DnsSettings {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const wantsCluster =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !isHostNetwork(pod));
  let base = node;
  if (policy === 'None') base = noDns;
  else if (wantsCluster && clusterDNS.length > 0) {
    const domains =
      clusterDomain === ''
        ? []
        : [`${namespaceOf(pod)}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
    base = {
      servers: clusterDNS,
      searches: unique([...domains, ...node.searches]),
      options: ['ndots:5'],
    };
  }
  const extra = pod.spec?.dnsConfig;
  const options = new Map(base.options.map((option) => [option.split(':')[0]!, option]));
  for (const { name = '', value } of extra?.options ?? [])
    options.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  return {
    servers: unique([...base.servers, ...(extra?.nameservers ?? [])]).slice(0, maximumServers),
    searches: unique([...base.searches, ...(extra?.searches ?? [])]).slice(0, maximumSearches),
    options: [...options.values()],
  };
}

/** The host name of a pod: its own wish, else its name, cut to what a label may hold. */
export function podHostname(pod: Pod): string {
  const name = pod.spec?.hostname || (pod.metadata.name ?? '');
  return name.slice(0, 63).replace(/[-.]+$/, '');
}

/** Below the Service that the pod names as its subdomain; undefined when it names none. */
function fullName(pod: Pod, clusterDomain: string): string | undefined {
  const { subdomain } = pod.spec ?? {};
  if (!subdomain) return undefined;
  return `${podHostname(pod)}.${subdomain}.${namespaceOf(pod)}.svc.${clusterDomain}`;
}

/** What `hostname` prints in the pod: Linux gives it 64 characters. Models GeneratePodHostNameAndDomain. */
export function sandboxHostname(pod: Pod, clusterDomain: string): string {
  if (pod.spec?.setHostnameAsFQDN !== true) return podHostname(pod);
  const name = fullName(pod, clusterDomain) ?? podHostname(pod);
  if (name.length <= 64) return name;
  throw new Error(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${name} is too long (64 characters is the max, ${name.length} characters requested)`,
  );
}

/** Models ensureHostsFile: a pod with the node's network sees the node's own file, with the aliases below. */
export function hostsFile(
  pod: Pod,
  podIPs: readonly string[],
  clusterDomain: string,
  nodeHosts: string,
): string {
  const aliases = (pod.spec?.hostAliases ?? []).map(
    ({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`,
  );
  const tail = aliases.length === 0 ? '' : `\n# Entries added by HostAliases.\n${aliases.join('\n')}\n`;
  if (isHostNetwork(pod)) return `# Kubernetes-managed hosts file (host network).\n${nodeHosts}${tail}`;
  const hostname = podHostname(pod);
  const full = fullName(pod, clusterDomain);
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...podIPs.map((ip) => [ip, ...(full === undefined ? [] : [full]), hostname].join('\t')),
  ];
  return `${lines.join('\n')}\n${tail}`;
}
