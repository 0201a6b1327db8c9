import { hasEnded, isReady, isTerminating } from '../../api/pods.ts';
import type { ContainerPort, Pod, Service, ServicePort } from '../../api/types/core-v1.ts';

/** One port of a service as one pod serves it. */
export interface ResolvedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** A pod behind a service. */
export interface ServiceEndpoint {
  readonly pod: Pod;
  readonly address: string;
  readonly hostname: string | undefined;
  readonly ports: readonly ResolvedPort[];
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** Pods by label equality; a service without a selector has no pods of its own. */
export function selects(service: Service, pod: Pod): boolean {
  const selector = Object.entries(service.spec?.selector ?? {});
  const labels = pod.metadata?.labels ?? {};
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}

/** A target port is a number, or the name of a port of a container, which may differ from pod to pod. */
function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  if (/^\d+$/.test(target)) return Number(target);
  const matches = (candidate: ContainerPort) =>
    candidate.name === target && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP');
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers.flatMap((container) => container.ports ?? []).find(matches)?.containerPort;
}

/** The endpoints of a service, sorted by address. Models pkg/controller/util/endpoint and endpointslice/utils.go. */
export function endpointsOf(service: Service, pods: readonly Pod[]): readonly ServiceEndpoint[] {
  const publishNotReady = service.spec?.publishNotReadyAddresses === true;
  return pods
    .filter((pod) => selects(service, pod) && !hasEnded(pod) && (pod.status?.podIP ?? '') !== '')
    .map((pod) => {
      const serving = publishNotReady || isReady(pod);
      const terminating = isTerminating(pod);
      const { hostname, subdomain } = pod.spec ?? {};
      return {
        pod,
        address: pod.status!.podIP!,
        hostname: hostname && subdomain === service.metadata?.name ? hostname : undefined,
        ports: (service.spec?.ports ?? []).flatMap((port) => {
          const number = targetPort(pod, port);
          if (number === undefined) return [];
          const appProtocol = port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol };
          return [{ name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: number, ...appProtocol }];
        }),
        serving,
        terminating,
        ready: publishNotReady || (serving && !terminating),
      };
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Endpoints with the same ports, by those ports: objects of both kinds list ports once for many addresses. */
export function groupByPorts(endpoints: readonly ServiceEndpoint[]): readonly (readonly ServiceEndpoint[])[] {
  const groups = new Map<string, ServiceEndpoint[]>();
  for (const endpoint of endpoints) {
    const key = JSON.stringify(endpoint.ports);
    groups.set(key, [...(groups.get(key) ?? []), endpoint]);
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
