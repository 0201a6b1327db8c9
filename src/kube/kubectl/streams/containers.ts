import type { Container, Pod } from '../../api/types/core-v1.ts';
import { KubectlError } from '../cli/errors.ts';

const annotation = 'kubectl.kubernetes.io/default-container';

type Named = Pick<Container, 'name'>;

/** Main, ephemeral and init containers, as a message lists them. */
export function allContainerNames(pod: Pod): string {
  const { containers = [], ephemeralContainers = [], initContainers = [] } = pod.spec ?? {};
  return [
    ...containers.map(({ name }) => name),
    ...ephemeralContainers.map(({ name }) => `${name} (ephem)`),
    ...initContainers.map(({ name }) => `${name} (init)`),
  ].join(', ');
}

export function findContainer(pod: Pod, name: string): Named | undefined {
  const { containers = [], ephemeralContainers = [], initContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers].find((one) => one.name === name);
}

/** The container of that name. Throws KubectlError when the pod has none. */
export function requireContainer(pod: Pod, name: string): string {
  if (findContainer(pod, name) !== undefined) return name;
  throw new KubectlError(
    `container ${name} is not valid for pod ${pod.metadata.name} out of: ${allContainerNames(pod)}`,
  );
}

/** The one that the pod's annotation names. */
export const annotatedContainer = (pod: Pod) => pod.metadata.annotations?.[annotation] || undefined;

/** The first container; `warn` hears of it when there was a choice. Models kubectl/pkg/cmd/util/podcmd. */
export function firstContainer(pod: Pod, warn: (text: string) => void): string {
  const { containers = [], ephemeralContainers = [], initContainers = [] } = pod.spec ?? {};
  const first = containers[0];
  if (first === undefined)
    throw new KubectlError(`pod ${pod.metadata.namespace}/${pod.metadata.name} does not have any containers`);
  if (containers.length + ephemeralContainers.length + initContainers.length > 1)
    warn(`Defaulted container ${JSON.stringify(first.name)} out of: ${allContainerNames(pod)}`);
  return first.name;
}

/** -c, else the annotation's, else the first. */
export function chooseContainer(pod: Pod, wanted: string, warn: (text: string) => void): string {
  const name = wanted !== '' ? wanted : annotatedContainer(pod);
  return name === undefined ? firstContainer(pod, warn) : requireContainer(pod, name);
}
