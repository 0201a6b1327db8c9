import type { ContainerStatus, Pod, PodCondition } from '../../api/types/core-v1.ts';
import { isSidecar } from '../pods/pod.ts';
import type { PodPhase } from './phase.ts';

type Wanted = Pick<PodCondition, 'type' | 'status'> & { readonly reason?: string; readonly message?: string };

const yes = (type: string): Wanted => ({ type, status: 'True' });
const no = (type: string, reason?: string, message?: string): Wanted => ({
  type,
  status: 'False',
  ...(reason && { reason }),
  ...(message && { message }),
});
/** `[a b]`, as Go prints a list of names. */
const names = (list: readonly string[]) => `[${list.join(' ')}]`;

function initialized(pod: Pod, init: readonly ContainerStatus[], phase: PodPhase, started: boolean): Wanted {
  const missing: string[] = [];
  const incomplete: string[] = [];
  for (const container of pod.spec?.initContainers ?? []) {
    const status = init.find(({ name }) => name === container.name);
    if (status === undefined) missing.push(container.name);
    else if (isSidecar(container) ? status.started !== true : !status.ready) incomplete.push(container.name);
  }
  if (phase === 'Succeeded' && missing.length === 0) return { ...yes('Initialized'), reason: 'PodCompleted' };
  if ((missing.length === 0 && incomplete.length === 0) || started) return yes('Initialized');
  const texts = [
    ...(missing.length > 0 ? [`containers with unknown status: ${names(missing)}`] : []),
    ...(incomplete.length > 0 ? [`containers with incomplete status: ${names(incomplete)}`] : []),
  ];
  return no('Initialized', 'ContainersNotInitialized', texts.join(', '));
}

function containersReady(pod: Pod, all: readonly ContainerStatus[], phase: PodPhase): Wanted {
  if (phase === 'Succeeded') return no('ContainersReady', 'PodCompleted');
  if (phase === 'Failed') return no('ContainersReady', 'PodFailed');
  const counted = [
    ...(pod.spec?.initContainers ?? []).filter(isSidecar),
    ...(pod.spec?.containers ?? []),
  ].map(({ name }) => name);
  const unknown = counted.filter((name) => !all.some((status) => status.name === name));
  const unready = counted.filter((name) => all.find((status) => status.name === name)?.ready === false);
  if (unknown.length === 0 && unready.length === 0) return yes('ContainersReady');
  const texts = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${names(unknown)}`] : []),
    ...(unready.length > 0 ? [`containers with unready status: ${names(unready)}`] : []),
  ];
  return no('ContainersReady', 'ContainersNotReady', texts.join(', '));
}

function ready(pod: Pod, containers: Wanted): Wanted {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' };
  const texts: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (gate === undefined)
      texts.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True')
      texts.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  return texts.length === 0 ? yes('Ready') : no('Ready', 'ReadinessGatesNotReady', texts.join(', '));
}

const owned = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
]);

/**
 * The conditions of a pod. What others own (readiness gates, the scheduler's reasons) stays; a time of transition
 * changes only with the status. Models pkg/kubelet/status/generate.go.
 */
export function podConditions(inputs: {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  readonly hasSandbox: boolean;
  readonly previous: readonly PodCondition[];
  readonly now: string;
}): PodCondition[] {
  const { pod, phase, init, main, hasSandbox, previous, now } = inputs;
  const mainStarted = main.some(
    ({ state }) => state?.running !== undefined || state?.terminated !== undefined,
  );
  const containers = containersReady(pod, [...init, ...main], phase);
  const wanted: readonly Wanted[] = [
    hasSandbox ? yes('PodReadyToStartContainers') : no('PodReadyToStartContainers'),
    initialized(pod, init, phase, mainStarted),
    ready(pod, containers),
    containers,
    yes('PodScheduled'),
  ];
  const others = (pod.status?.conditions ?? []).filter(({ type }) => !owned.has(type));
  const generation = pod.metadata.generation;
  const conditions = wanted.map((condition) => {
    const old = previous.find(({ type }) => type === condition.type);
    const lastTransitionTime =
      old?.status === condition.status && old.lastTransitionTime !== undefined ? old.lastTransitionTime : now;
    return {
      ...condition,
      lastTransitionTime,
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
  return [...conditions, ...others];
}
