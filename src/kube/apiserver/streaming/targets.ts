import type { Endpoints, Node, Pod, Service } from '../../api/types/core-v1.ts';
import type { Registry } from '../registry/registry.ts';
import { waitUntilFresh } from '../registry/selection.ts';
import type { RequestInfo } from '../server/request-info.ts';
import { badRequest, internalError, notFound, serviceUnavailable } from '../status-errors.ts';

export interface Target {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Reached with our kubelet client certificate. */
  readonly isKubelet: boolean;
}

export interface KubeletTarget {
  readonly target: Target;
  readonly pod: Pod;
}

const kubeletPort = 10250;

/** The kubelet that runs the pod of the request. Throws 404 and, for a pod on no node, 400. */
export async function resolveKubelet(
  registry: Registry,
  info: RequestInfo,
  addressTypes: readonly string[],
): Promise<KubeletTarget> {
  const pod = await find<Pod>(registry, 'pods', info.namespace, info.name);
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '') throw badRequest(`pod ${info.name} does not have a host assigned`);
  return { pod, target: await kubeletOn(registry, nodeName, addressTypes) };
}

async function kubeletOn(
  registry: Registry,
  nodeName: string,
  addressTypes: readonly string[],
): Promise<Target> {
  const node = await find<Node>(registry, 'nodes', '', nodeName);
  const addresses = node.status?.addresses ?? [];
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? kubeletPort;
  for (const type of addressTypes) {
    const address = addresses.find((one) => one.type === type);
    if (address !== undefined) return { scheme: 'https', host: address.address, port, isKubelet: true };
  }
  throw internalError(
    `no preferred addresses found; known addresses: [${addresses.map(({ type, address }) => `${type}=${address}`).join(' ')}]`,
  );
}

/** `[https:]name[:port]` of pods/…/proxy, services/…/proxy and nodes/…/proxy. */
function splitName(text: string): { scheme: 'http' | 'https' | ''; name: string; port: string } {
  const parts = text.split(':');
  if (parts.length === 3)
    return { scheme: parts[0] === 'https' ? 'https' : 'http', name: parts[1]!, port: parts[2]! };
  return { scheme: '', name: parts[0]!, port: parts[1] ?? '' };
}

/** Where a proxied request goes. Models ResourceLocation of pods, services and nodes. */
export async function resolveBackend(
  registry: Registry,
  info: RequestInfo,
  addressTypes: readonly string[],
): Promise<Target> {
  const { scheme, name, port } = splitName(info.name);
  switch (info.resource) {
    case 'nodes': {
      const kubelet = await kubeletOn(registry, name, addressTypes);
      if (port === '' || Number(port) === kubelet.port) return kubelet;
      return { scheme: scheme || 'http', host: kubelet.host, port: Number(port), isKubelet: false };
    }
    case 'pods': {
      const pod = await find<Pod>(registry, 'pods', info.namespace, name);
      const host = pod.status?.podIP ?? '';
      if (host === '') throw badRequest('address not allowed');
      const declared = pod.spec?.containers.flatMap((container) => container.ports ?? [])[0]?.containerPort;
      const number = Number(port) || declared || 80;
      return { scheme: scheme || 'http', host, port: number, isKubelet: false };
    }
    default:
      return serviceTarget(registry, info.namespace, { scheme, name, port });
  }
}

async function serviceTarget(
  registry: Registry,
  namespace: string,
  wanted: { scheme: 'http' | 'https' | ''; name: string; port: string },
): Promise<Target> {
  const service = await find<Service>(registry, 'services', namespace, wanted.name);
  const ports = service.spec?.ports ?? [];
  const port =
    wanted.port === '' && ports.length === 1
      ? ports[0]
      : ports.find((one) => one.name === wanted.port || String(one.port) === wanted.port);
  if (port === undefined) {
    throw serviceUnavailable(
      `no service port ${JSON.stringify(wanted.port)} found for service "${wanted.name}"`,
    );
  }
  const endpoints = (await registry.reader.get('', 'endpoints', namespace, wanted.name)) as unknown as
    | Endpoints
    | undefined;
  const choices = (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports: open = [] }) => {
    const match = open.find((one) => (one.name ?? '') === (port.name ?? ''));
    return match === undefined ? [] : addresses.map(({ ip }) => ({ host: ip, port: match.port }));
  });
  const chosen = choices[Math.floor(Math.random() * choices.length)];
  if (chosen === undefined) {
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(wanted.name)}`);
  }
  return { scheme: wanted.scheme || 'http', ...chosen, isKubelet: false };
}

async function find<T>(registry: Registry, plural: string, namespace: string, name: string): Promise<T> {
  await waitUntilFresh(registry.cacher);
  const object = await registry.reader.get('', plural, namespace, name);
  if (object === undefined) throw notFound({ group: '', resource: plural }, name);
  return object as unknown as T;
}

/** The kubelet's path for a pod's container, with the options of the client as its query. */
export function containerPath(
  verb: 'containerLogs' | 'exec' | 'attach' | 'portForward',
  pod: Pod,
  query: URLSearchParams,
  _target: Target,
): { path: string } {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  if (verb === 'portForward') {
    // A client names them in the plural, a kubelet reads them one by one.
    const ports = query.getAll('ports').flatMap((text) => text.split(','));
    const text = ports.map((port) => `port=${encodeURIComponent(port)}`).join('&');
    return { path: `/portForward/${namespace}/${name}/${uid}${text === '' ? '' : `?${text}`}` };
  }
  const container = chooseContainer(pod, query.get('container') ?? '');
  const options = new URLSearchParams();
  for (const [field, value] of query) {
    if (field === 'container') continue;
    // The kubelet reads the streams under its own names.
    const kubelets = verb === 'containerLogs' ? undefined : streamNames[field];
    if (kubelets === undefined) options.append(field, value);
    else if (value === 'true' || value === '1') options.append(kubelets, '1');
  }
  const middle = verb === 'containerLogs' ? `${namespace}/${name}` : `${namespace}/${name}/${uid}`;
  const text = options.toString();
  return { path: `/${verb}/${middle}/${encodeURIComponent(container)}${text === '' ? '' : `?${text}`}` };
}

const streamNames: Readonly<Record<string, string>> = {
  stdin: 'input',
  stdout: 'output',
  stderr: 'error',
  tty: 'tty',
};

/** The container asked for, or the only one. */
function chooseContainer(pod: Pod, wanted: string): string {
  const name = pod.metadata?.name ?? '';
  const names = (list: readonly { name: string }[] | undefined) => (list ?? []).map((one) => one.name);
  const main = names(pod.spec?.containers);
  const init = names(pod.spec?.initContainers);
  const ephemeral = names(pod.spec?.ephemeralContainers);
  if (wanted !== '') {
    if ([...main, ...init, ...ephemeral].includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  if (main.length === 1) return main[0]!;
  const also = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${also}`,
  );
}
