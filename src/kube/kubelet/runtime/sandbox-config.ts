import type { Pod, PodSecurityContext } from '../../api/types/core-v1.ts';
import { NamespaceMode, type PodSandboxConfigInit, Protocol } from '../../cri/index.ts';
import type { DnsSettings } from '../network/resolv-conf.ts';
import { isHostNetwork, nameOf, namespaceOf, qosClass, uidOf } from '../pods/pod.ts';
import { labels } from './pod-runtime-status.ts';

/** `/var/log/pods/default_web_UID`: the logs of all containers of a pod. */
export const podLogDirectory = (root: string, pod: Pod) =>
  `${root}/${namespaceOf(pod)}_${nameOf(pod)}_${uidOf(pod)}`;

export const idValue = (value: number | undefined) => (value === undefined ? undefined : { value });

export function namespaceOptions(pod: Pod) {
  const mode = (host: boolean | undefined, otherwise: number) =>
    host === true ? NamespaceMode.NODE : otherwise;
  return {
    network: mode(pod.spec?.hostNetwork, NamespaceMode.POD),
    ipc: mode(pod.spec?.hostIPC, NamespaceMode.POD),
    pid: mode(
      pod.spec?.hostPID,
      pod.spec?.shareProcessNamespace === true ? NamespaceMode.POD : NamespaceMode.CONTAINER,
    ),
  };
}

/** The frame of a pod as the runtime is told of it. Models generatePodSandboxConfig. */
export function sandboxConfig(
  pod: Pod,
  attempt: number,
  dns: DnsSettings,
  logRoot: string,
  hostname: string,
): PodSandboxConfigInit {
  const security: PodSecurityContext = pod.spec?.securityContext ?? {};
  const qos = qosClass(pod).toLowerCase();
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return {
    metadata: { name: nameOf(pod), uid: uidOf(pod), namespace: namespaceOf(pod), attempt },
    hostname,
    logDirectory: podLogDirectory(logRoot, pod),
    dnsConfig: { servers: dns.servers, searches: dns.searches, options: dns.options },
    portMappings: ports
      .filter(({ hostPort }) => hostPort !== undefined && hostPort !== 0 && !isHostNetwork(pod))
      .map(({ protocol, containerPort, hostPort, hostIP }) => ({
        protocol: Protocol[(protocol ?? 'TCP') as keyof typeof Protocol],
        containerPort,
        hostPort: hostPort ?? 0,
        hostIp: hostIP ?? '',
      })),
    labels: {
      ...pod.metadata.labels,
      [labels.podName]: nameOf(pod),
      [labels.podNamespace]: namespaceOf(pod),
      [labels.podUid]: uidOf(pod),
    },
    annotations: pod.metadata.annotations ?? {},
    linux: {
      cgroupParent: qos === 'guaranteed' ? `/kubepods/pod${uidOf(pod)}` : `/kubepods/${qos}/pod${uidOf(pod)}`,
      securityContext: {
        namespaceOptions: namespaceOptions(pod),
        runAsUser: idValue(security.runAsUser),
        runAsGroup: idValue(security.runAsGroup),
        supplementalGroups: [
          ...(security.fsGroup === undefined ? [] : [security.fsGroup]),
          ...(security.supplementalGroups ?? []),
        ],
      },
      sysctls: Object.fromEntries((security.sysctls ?? []).map(({ name, value }) => [name, value])),
    },
  };
}
