import type { Pod } from '../../api/types/core-v1.ts';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { annotatedContainer, findContainer, firstContainer } from './containers.ts';
import { findPods, isPod, podSelector } from './find-pod.ts';
import { byLogging } from './pod-order.ts';

/** One log: of one container of one pod. */
export interface LogSource {
  readonly pod: Pod;
  readonly container: string;
}

export interface SourceOptions {
  /** '' leaves the choice to the pod. */
  readonly container: string;
  readonly allContainers: boolean;
  readonly allPods: boolean;
  readonly timeoutMs: number;
}

/** The logs that an object stands for. Models kubectl/pkg/polymorphichelpers logsForObjectWithClient. */
export async function logSources(
  session: Session,
  object: KubeObject,
  options: SourceOptions,
): Promise<LogSource[]> {
  if (isPod(object)) return sourcesOfPod(object as unknown as Pod, options, session.warn);
  const selector = podSelector(object, 'cannot get the logs from');
  const { namespace } = object.metadata;
  const found = await findPods(session, namespace, selector, {
    order: byLogging,
    timeoutMs: options.timeoutMs,
  });
  if (found.length > 1 && !options.allPods)
    session.warn(`Found ${found.length} pods, using pod/${found[0]!.metadata.name}`);
  const wanted = options.allPods ? found : found.slice(0, 1);
  return wanted.flatMap((pod) => sourcesOfPod(pod, options, session.warn));
}

/** Throws KubectlError when the pod has no such container. */
export function sourcesOfPod(
  pod: Pod,
  options: Pick<SourceOptions, 'container' | 'allContainers' | 'allPods'>,
  warn: (text: string) => void,
): LogSource[] {
  if (!options.allContainers) return [{ pod, container: chooseLog(pod, options, warn) }];
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => ({
    pod,
    container: name,
  }));
}

function chooseLog(
  pod: Pod,
  options: Pick<SourceOptions, 'container' | 'allPods'>,
  warn: (text: string) => void,
): string {
  if (options.container !== '') {
    if (findContainer(pod, options.container) !== undefined) return options.container;
    throw new KubectlError(`container ${options.container} is not valid for pod ${pod.metadata.name}`);
  }
  const annotated = annotatedContainer(pod);
  if (annotated !== undefined) {
    if (findContainer(pod, annotated) !== undefined) return annotated;
    warn(`Default container name ${JSON.stringify(annotated)} not found in pod ${pod.metadata.name}`);
  }
  return firstContainer(pod, options.allPods ? () => undefined : warn);
}

/** --since-time, as the server takes it. Throws KubectlError. */
export function readSinceTime(text: string): string {
  if (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  )
    return text;
  const quoted = JSON.stringify(text);
  throw new KubectlError(
    `parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`,
  );
}
