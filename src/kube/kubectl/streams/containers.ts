import type { Container, Pod } from '../../api/types/core-v1.ts';
import { KubectlError } from '../cli/errors.ts';

const annotation = 'kubectl.kubernetes.io/default-container';

type Named = Pick<Container, 'name' | 'tty' | 'stdin'>;

/** Main, ephemeral and init containers, as a message lists them. */
function allContainerNames(pod: Pod): string {
  const { containers = [], ephemeralContainers = [], initContainers = [] } = pod.spec ?? {};
  return [
    ...containers.map(({ name }) => name),
    ...ephemeralContainers.map(({ name }) => `${name} (ephem)`),
    ...initContainers.map(({ name }) => `${name} (init)`),
  ].join(', ');
}

/** A container of any sort by its name. */
export function findContainer(pod: Pod, name: string): Named | undefined {
  const { containers = [], ephemeralContainers = [], initContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers].find((one) => one.name === name);
}

/** The one that the pod's annotation names. */
export const annotatedContainer = (pod: Pod) => pod.metadata.annotations?.[annotation] || undefined;

/** The first container; `warn` hears of it when there was a choice. */
export function firstContainer(pod: Pod, warn: (text: string) => void): string {
  const { containers = [], ephemeralContainers = [], initContainers = [] } = pod.spec ?? {};
  const first = containers[0];
  if (first === undefined)
    throw new KubectlError(`pod ${pod.metadata.namespace}/${pod.metadata.name} does not have any containers`);
  if (containers.length + ephemeralContainers.length + initContainers.length > 1)
    warn(`Defaulted container ${JSON.stringify(first.name)} out of: ${allContainerNames(pod)}`);
  return first.name;
}

/** The annotation's, if the pod has that one, else the first. Models podcmd FindOrDefaultContainerByName. */
export function defaultContainer(pod: Pod, warn: (text: string) => void): string {
  const annotated = annotatedContainer(pod);
  if (annotated !== undefined && findContainer(pod, annotated) !== undefined) return annotated;
  return firstContainer(pod, warn);
}
