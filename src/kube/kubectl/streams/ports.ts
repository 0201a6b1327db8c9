import { isIPv4, isIPv6 } from 'node:net';
import type { Container, Pod, Service } from '../../api/types/core-v1.ts';
import { KubectlError } from '../cli/errors.ts';

/** The words `[LOCAL:]REMOTE` of port-forward: names become numbers, a service's port the pod's. Pure. Models kubectl/pkg/cmd/portforward. */
export interface ForwardedPort {
  /** 0: any that is free. */
  readonly local: number;
  readonly remote: number;
}

function split(word: string): { local: string; remote: string } {
  const parts = word.split(':');
  return parts.length === 2
    ? { local: parts[0]!, remote: parts[1]! }
    : { local: parts[0]!, remote: parts[0]! };
}

const isNumber = (text: string) => /^[-+]?\d+$/.test(text);

const containersOf = (pod: Pod): readonly Container[] => [
  ...(pod.spec?.containers ?? []),
  ...(pod.spec?.initContainers ?? []),
];

function podPort(pod: Pod, name: string): number {
  for (const { ports = [] } of containersOf(pod))
    for (const port of ports) if (port.name === name) return port.containerPort;
  throw new KubectlError(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
}

function servicePort(service: Service, name: string): number {
  const found = service.spec?.ports?.find((port) => port.name === name);
  if (found === undefined)
    throw new KubectlError(`Service '${service.metadata.name}' does not have a named port '${name}'`);
  return found.port;
}

function targetPort(service: Service, pod: Pod, port: number): number {
  const found = service.spec?.ports?.find((one) => one.port === port);
  if (found === undefined)
    throw new KubectlError(`Service ${service.metadata.name} does not have a service port ${port}`);
  // Without a cluster address nothing translates ports.
  if (service.spec?.clusterIP === 'None') return port;
  const { targetPort: target } = found;
  if (typeof target === 'string' && !isNumber(target)) return podPort(pod, target);
  return Number(target ?? 0) || found.port;
}

const join = (local: string, remote: string) => (local === remote ? remote : `${local}:${remote}`);

/** The same words with the numbers of the pod. Throws KubectlError. */
export function portsOfPod(words: readonly string[], pod: Pod): string[] {
  refuseUdp(words, podPorts(pod), (name) => podPort(pod, name));
  return words.map((word) => {
    const { local, remote } = split(word);
    if (remote === '') throw new KubectlError('remote port cannot be empty');
    const number = isNumber(remote) ? remote : String(podPort(pod, remote));
    return local === remote ? number : `${local}:${number}`;
  });
}

/** The words name ports of the service; the connection goes to a pod. Throws KubectlError. */
export function portsOfService(words: readonly string[], service: Service, pod: Pod): string[] {
  const own = (service.spec?.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol }));
  refuseUdp(words, own, (name) => servicePort(service, name));
  return words.map((word) => {
    const { local, remote } = split(word);
    const number = isNumber(remote) ? Number(remote) : servicePort(service, remote);
    const near = isNumber(remote) || local !== remote ? local : String(number);
    return join(near, String(targetPort(service, pod, number)));
  });
}

interface KnownPort {
  readonly port: number;
  readonly protocol: string;
}

const podPorts = (pod: Pod): KnownPort[] =>
  (pod.spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, protocol = 'TCP' }) => ({ port: containerPort, protocol })),
  );

function refuseUdp(
  words: readonly string[],
  known: readonly KnownPort[],
  lookUp: (name: string) => number,
): void {
  const has = (port: number, protocol: string) =>
    known.some((one) => one.port === port && one.protocol === protocol);
  for (const word of words) {
    const { remote } = split(word);
    if (remote === '') continue;
    const port = isNumber(remote) ? Number(remote) : lookUp(remote);
    if (has(port, 'UDP') && !has(port, 'TCP'))
      throw new KubectlError(`UDP protocol is not supported for ${remote}`);
  }
}

function parsePort(text: string, which: string): number {
  const fail = (why: string) =>
    new KubectlError(
      `error parsing ${which} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    );
  if (!/^\d+$/.test(text)) throw fail('invalid syntax');
  if (Number(text) > 65_535) throw fail('value out of range');
  return Number(text);
}

/** `5000`, `8888:5000`, `:5000`. Throws KubectlError. Models client-go tools/portforward parsePorts. */
export function parsePorts(words: readonly string[]): ForwardedPort[] {
  return words.map((word) => {
    const parts = word.split(':');
    if (parts.length > 2) throw new KubectlError(`invalid port format '${word}'`);
    const local = parsePort(parts.length === 2 && parts[0] === '' ? '0' : parts[0]!, 'local');
    const remote = parsePort(parts.at(-1)!, 'remote');
    if (remote === 0) throw new KubectlError('remote port must be > 0');
    return { local, remote };
  });
}

export interface ListenAddress {
  readonly address: string;
  readonly network: 'tcp4' | 'tcp6';
  /** localhost stands for two addresses, of which one is enough. */
  readonly optional: boolean;
}

/** --address, sorted. Throws KubectlError. */
export function parseAddresses(words: readonly string[]): ListenAddress[] {
  const found = new Map<string, ListenAddress>();
  for (const word of words) {
    if (word === 'localhost') {
      if (!found.has('127.0.0.1'))
        found.set('127.0.0.1', { address: '127.0.0.1', network: 'tcp4', optional: true });
      if (!found.has('::1')) found.set('::1', { address: '::1', network: 'tcp6', optional: true });
    } else if (isIPv4(word)) found.set(word, { address: word, network: 'tcp4', optional: false });
    else if (isIPv6(word)) found.set(word, { address: word, network: 'tcp6', optional: false });
    else throw new KubectlError(`${word} is not a valid IP`);
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}
