import { createHash } from 'node:crypto';
import type { Container, Pod } from '../../api/types/core-v1.ts';

export const uidOf = (pod: Pod) => pod.metadata.uid ?? '';
export const nameOf = (pod: Pod) => pod.metadata.name ?? '';
export const namespaceOf = (pod: Pod) => pod.metadata.namespace ?? 'default';

/** `web_default(UID)`, as upstream's texts name a pod (Models pkg/kubelet/util/format). */
export const formatPod = (pod: Pod) => `${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;

export const isHostNetwork = (pod: Pod) => pod.spec?.hostNetwork === true;
export const restartPolicyOf = (pod: Pod) => pod.spec?.restartPolicy ?? 'Always';

/** A sidecar: an init container that is started in turn, but runs on beside the others. */
export const isSidecar = (container: Container) => container.restartPolicy === 'Always';

/** Init and main containers. */
export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}

/** What `kubectl debug` adds to a pod that runs: started once, never again, and without a say in the pod's state. */
export const ephemeralContainers = (pod: Pod): readonly Container[] => pod.spec?.ephemeralContainers ?? [];

export function findContainer(pod: Pod, name: string): Container | undefined {
  return [...allContainers(pod), ...ephemeralContainers(pod)].find((container) => container.name === name);
}

/** `spec.containers{web}`: the part of the pod that an event is about. */
export function containerFieldPath(pod: Pod, name: string): string {
  const places = ['initContainers', 'ephemeralContainers'] as const;
  const place = places.find((list) => (pod.spec?.[list] ?? []).some((container) => container.name === name));
  return `spec.${place ?? 'containers'}{${name}}`;
}

/** Changes when the container has to be made anew. Models HashContainer, which looks at the name and the image. */
export function hashContainer(container: Container): string {
  const text = JSON.stringify([container.name, container.image ?? '']);
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Models pkg/apis/core/v1/helper/qos. */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = allContainers(pod);
  const names = ['cpu', 'memory'] as const;
  let any = false;
  let guaranteed = true;
  for (const { resources = {} } of containers) {
    for (const name of names) {
      const limit = resources.limits?.[name];
      const request = resources.requests?.[name] ?? limit;
      if (limit !== undefined || request !== undefined) any = true;
      if (limit === undefined || request !== limit) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
