/** The columns of a pod. Models printPod in pkg/printers/internalversion/printers.go. */
import { age } from '../duration.ts';
import { isReady } from '../pods.ts';
import type { ContainerStateTerminated, ContainerStatus, Pod } from '../types/core-v1.ts';
import { ageOf, columns, orNone, type PrintContext, type Printer } from './printer.ts';

export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  /** STATUS: the phase, or what keeps the pod from it. */
  readonly reason: string;
  readonly restarts: number;
  readonly lastRestart: string | undefined;
}

/** What READY, STATUS and RESTARTS say of a pod. */
function summarizePod(pod: Pod): PodSummary {
  const status = pod.status ?? {};
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const total = (pod.spec?.containers.length ?? 0) + sidecars.size;
  let reason = status.reason || status.phase || '';
  if (status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')) {
    reason = 'SchedulingGated';
  }
  const init = summarizeInit(pod, sidecars);
  if (init.reason !== undefined) reason = init.reason;
  let { ready, restarts, lastRestart } = init;
  const initialized =
    status.conditions?.some((c) => c.type === 'Initialized' && c.status === 'True') === true;
  if (init.reason === undefined || initialized) {
    const main = summarizeMain(pod, reason);
    reason = main.reason;
    ready += main.ready;
    restarts = init.sidecarRestarts + main.restarts;
    lastRestart = later(init.sidecarLastRestart, main.lastRestart);
  }
  if (pod.metadata.deletionTimestamp != null) {
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') reason = 'Terminating';
  }
  return { ready, total, reason, restarts, lastRestart };
}

function summarizeInit(pod: Pod, sidecars: ReadonlySet<string>) {
  let restarts = 0;
  let sidecarRestarts = 0;
  let ready = 0;
  let lastRestart: string | undefined;
  let sidecarLastRestart: string | undefined;
  let reason: string | undefined;
  for (const [i, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const finished = container.lastState?.terminated?.finishedAt;
    restarts += container.restartCount;
    lastRestart = later(lastRestart, finished);
    const sidecar = sidecars.has(container.name);
    if (sidecar) {
      sidecarRestarts += container.restartCount;
      sidecarLastRestart = later(sidecarLastRestart, finished);
    }
    const { terminated, waiting } = container.state ?? {};
    if (terminated != null && terminated.exitCode === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready) ready += 1;
      continue;
    }
    if (terminated != null) reason = `Init:${terminatedReason(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') reason = `Init:${waiting.reason}`;
    else reason = `Init:${i}/${pod.spec?.initContainers?.length ?? 0}`;
    break;
  }
  return { restarts, sidecarRestarts, ready, lastRestart, sidecarLastRestart, reason };
}

function summarizeMain(pod: Pod, initial: string) {
  let reason = initial;
  let restarts = 0;
  let ready = 0;
  let running = false;
  let lastRestart: string | undefined;
  // From the last to the first: the first container's trouble is the one to show.
  for (const container of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    restarts += container.restartCount;
    lastRestart = later(lastRestart, container.lastState?.terminated?.finishedAt);
    const { terminated, waiting } = container.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated != null) reason = terminatedReason(terminated);
    else if (isRunning(container)) {
      running = true;
      ready += 1;
    }
  }
  if (reason === 'Completed' && running) {
    reason = isReady(pod) ? 'Running' : 'NotReady';
  }
  return { reason, restarts, ready, lastRestart };
}

function isRunning(container: ContainerStatus): boolean {
  return container.ready && container.state?.running != null;
}

function terminatedReason(state: ContainerStateTerminated): string {
  if (state.reason) return state.reason;
  return state.signal ? `Signal:${state.signal}` : `ExitCode:${state.exitCode}`;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(a) > Date.parse(b) ? a : b;
}

export const podPrinter: Printer<Pod> = {
  columns: columns(
    'Name',
    'Ready',
    'Status',
    'Restarts',
    'Age',
    'IP+',
    'Node+',
    'Nominated Node+',
    'Readiness Gates+',
  ),
  row: (pod, context: PrintContext) => {
    const { ready, total, reason, restarts, lastRestart } = summarizePod(pod);
    const since = restarts > 0 && lastRestart !== undefined ? ` (${age(lastRestart, context.now)} ago)` : '';
    return [
      pod.metadata.name,
      `${ready}/${total}`,
      reason,
      `${restarts}${since}`,
      ageOf(pod, context),
      orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
      orNone(pod.spec?.nodeName),
      orNone(pod.status?.nominatedNodeName),
      readinessGates(pod),
    ];
  },
  conditions: ({ status }) => {
    if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') return [];
    const message = status.phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
    return [{ type: 'Completed', status: 'True', reason: status.phase, message }];
  },
};

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) =>
    pod.status?.conditions?.some((c) => c.type === gate.conditionType && c.status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}
