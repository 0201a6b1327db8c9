import { valuesAt } from './data-path.ts';
import { type ApiQuestion, askApi } from './kube-api.ts';
import type { CheckContext } from './types.ts';

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
}

/** Waiting for these is how every pod begins. */
const ordinary = new Set(['ContainerCreating', 'PodInitializing']);

/**
 * Why the pods of a Deployment do not get on: the first that cannot be scheduled, or whose container waits or has ended. A
 * Deployment itself only counts them. Undefined: no pod has anything to say.
 */
export async function podTrouble(
  context: CheckContext,
  question: ApiQuestion,
  deployment: unknown,
): Promise<string | undefined> {
  const namespace = String(valuesAt(deployment, '.metadata.namespace')[0] ?? 'default');
  const labels = (valuesAt(deployment, '.spec.selector.matchLabels')[0] ?? {}) as Record<string, string>;
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const path = `/api/v1/namespaces/${namespace}/pods?${new URLSearchParams({ labelSelector })}`;
  const answer = await askApi(context, { ...question, path });
  if ('finding' in answer || answer.data === undefined) return undefined;
  const pods = valuesAt(answer.data, '.items[*]');
  if (pods.length === 0) return 'no pod has been made for it';
  const name = (pod: unknown) => String(valuesAt(pod, '.metadata.name')[0]);
  for (const pod of pods) {
    const said = troubleOf(pod);
    if (said !== undefined) return `pod ${name(pod)}: ${said}`;
  }
  const unready = pods.find(runsUnready);
  if (unready === undefined) return undefined;
  return `pod ${name(unready)} runs and is not ready; read kubectl -n ${namespace} logs ${name(unready)}`;
}

/** All its containers run, and a readiness probe says no: only the program knows why. */
function runsUnready(pod: unknown): boolean {
  const statuses = valuesAt(pod, '.status.containerStatuses[*]') as readonly { readonly ready?: boolean }[];
  return statuses.some((status) => status.ready === false);
}

function troubleOf(pod: unknown): string | undefined {
  const unscheduled = valuesAt(pod, '.status.conditions[type=PodScheduled]')[0] as
    | { status?: string; message?: string }
    | undefined;
  if (unscheduled?.status === 'False') return unscheduled.message ?? 'it cannot be scheduled';
  for (const state of valuesAt(pod, '.status.containerStatuses[*].state') as readonly ContainerState[]) {
    const { waiting, terminated } = state;
    if (waiting !== undefined && !ordinary.has(waiting.reason ?? ''))
      return [waiting.reason, waiting.message].filter((text) => text).join(', ');
    if (terminated !== undefined) return `${terminated.reason ?? 'ended'}, exit code ${terminated.exitCode}`;
  }
  return undefined;
}
