import type { Container, Pod } from '../../api/types/core-v1.ts';
import { PodSandboxState } from '../../cri/index.ts';
import {
  newestContainer,
  type PodRuntimeStatus,
  type RuntimeContainer,
} from '../runtime/pod-runtime-status.ts';
import { ephemeralContainers, hashContainer, isHostNetwork, isSidecar, restartPolicyOf } from './pod.ts';

export interface ContainerToKill {
  readonly id: string;
  readonly name: string;
  readonly message: string;
  readonly reason: 'Unknown' | 'LivenessProbe' | 'StartupProbe' | 'SpecChanged';
}

/** What has to be done for a pod now. Models kuberuntime podActions. */
export interface PodActions {
  /** Stop everything that runs, the sandbox too. */
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  /** The sandbox to go on with, when none is created. */
  readonly sandboxId: string | undefined;
  /** How many sandboxes there were before. */
  readonly attempt: number;
  readonly initContainersToStart: readonly Container[];
  readonly containersToStart: readonly Container[];
  /** They wait for no init container. */
  readonly ephemeralContainersToStart: readonly Container[];
  readonly containersToKill: readonly ContainerToKill[];
}

/** What the probes say about a container by its id; undefined when there is no such probe or no result yet. */
export interface ProbeResults {
  liveness(containerId: string): boolean | undefined;
  startup(containerId: string): boolean | undefined;
}

/** Whether a container that ended is started again. Models ShouldContainerBeRestarted. */
export function shouldRestart(pod: Pod, container: Container, last: RuntimeContainer | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (last === undefined || last.state === 'unknown' || last.state === 'created') return true;
  if (last.state === 'running') return false;
  if (isSidecar(container)) return true;
  const policy = restartPolicyOf(pod);
  return policy === 'Always' || (policy === 'OnFailure' && last.exitCode !== 0);
}

const nothing = {
  killPod: false,
  createSandbox: false,
  attempt: 0,
  initContainersToStart: [],
  ephemeralContainersToStart: [],
  containersToKill: [],
};

/**
 * Compares what should run with what does. Pure: the edge carries the answer out. Models computePodActions in
 * pkg/kubelet/kuberuntime/kuberuntime_manager.go.
 */
export function computePodActions(pod: Pod, status: PodRuntimeStatus, probes: ProbeResults): PodActions {
  const sandbox = usableSandbox(pod, status);
  if (sandbox.needsNew) return actionsWithNewSandbox(pod, status, sandbox.attempt);

  const ephemeralContainersToStart = ephemeralContainers(pod).filter(
    ({ name }) => newestContainer(status, name) === undefined,
  );
  const init = initActions(pod, status, probes);
  if (!init.done) {
    return {
      ...nothing,
      ephemeralContainersToStart,
      sandboxId: sandbox.id,
      attempt: sandbox.attempt,
      initContainersToStart: init.start,
      containersToStart: [],
      containersToKill: init.kill,
    };
  }
  const start: Container[] = [];
  const kill: ContainerToKill[] = [...init.kill];
  let keep = 0;
  for (const container of pod.spec?.containers ?? []) {
    const current = newestContainer(status, container.name);
    if (current === undefined || current.state !== 'running') {
      if (shouldRestart(pod, container, current)) {
        // What the runtime lost track of is stopped first, so that it does not run twice.
        if (current?.state === 'unknown') {
          kill.push({
            id: current.id,
            name: container.name,
            reason: 'Unknown',
            message: `Container is in "${current.state}" state, try killing it before restart`,
          });
        }
        start.push(container);
      }
      continue;
    }
    const failure = reasonToKill(container, current, probes);
    if (failure === undefined) {
      keep++;
      continue;
    }
    const restart = failure.reason === 'SpecChanged' || restartPolicyOf(pod) !== 'Never';
    const message = restart ? `${failure.text}, will be restarted` : failure.text;
    kill.push({ id: current.id, name: container.name, reason: failure.reason, message });
    if (restart) start.push(container);
  }
  const killPod = keep === 0 && start.length === 0;
  return {
    ...nothing,
    killPod,
    sandboxId: sandbox.id,
    attempt: sandbox.attempt,
    initContainersToStart: killPod ? [] : init.start,
    containersToStart: start,
    ephemeralContainersToStart: killPod ? [] : ephemeralContainersToStart,
    containersToKill: killPod ? [] : kill,
  };
}

function reasonToKill(
  container: Container,
  current: RuntimeContainer,
  probes: ProbeResults,
): { readonly reason: ContainerToKill['reason']; readonly text: string } | undefined {
  const { name } = container;
  if (current.hash !== '' && current.hash !== hashContainer(container))
    return { reason: 'SpecChanged', text: `Container ${name} definition changed` };
  if (probes.liveness(current.id) === false)
    return { reason: 'LivenessProbe', text: `Container ${name} failed liveness probe` };
  if (probes.startup(current.id) === false)
    return { reason: 'StartupProbe', text: `Container ${name} failed startup probe` };
  return undefined;
}

/** Models PodSandboxChanged: exactly one ready sandbox, of the right network, with an address. */
function usableSandbox(pod: Pod, status: PodRuntimeStatus) {
  const [newest] = status.sandboxes;
  if (newest === undefined) return { needsNew: true, attempt: 0, id: undefined };
  const attempt = newest.metadata?.attempt ?? 0;
  const ready = status.sandboxes.filter(({ state }) => state === PodSandboxState.READY);
  const again = { needsNew: true, attempt: attempt + 1, id: newest.id };
  if (ready.length > 1 || newest.state !== PodSandboxState.READY) return again;
  if (!isHostNetwork(pod) && (newest.network?.ip ?? '') === '') return again;
  return { needsNew: false, attempt, id: newest.id };
}

function actionsWithNewSandbox(pod: Pod, status: PodRuntimeStatus, attempt: number): PodActions {
  const init = pod.spec?.initContainers ?? [];
  const main = pod.spec?.containers ?? [];
  const ended = (container: Container) => {
    const last = newestContainer(status, container.name);
    // A container that went down with its sandbox is not one that did its work, unless it exited by itself with 0.
    return last !== undefined && !shouldRestart(pod, container, last) && last.state === 'exited';
  };
  const remaining = main.filter((container) => !ended(container));
  const mayRunAgain = restartPolicyOf(pod) !== 'Never' || attempt === 0 || status.containers.length === 0;
  // Nothing is left to run: no sandbox for its own sake, but the old one is taken down.
  const createSandbox = remaining.length > 0 && mayRunAgain && pod.metadata.deletionTimestamp === undefined;
  // Init containers run again in a new sandbox, unless the main containers ran already and may not run again.
  return {
    ...nothing,
    killPod: true,
    createSandbox,
    sandboxId: undefined,
    attempt,
    initContainersToStart: createSandbox && init.length > 0 ? [init[0]!] : [],
    containersToStart: createSandbox && init.length === 0 ? remaining : [],
  };
}

interface InitActions {
  /** Whether the main containers may run. */
  readonly done: boolean;
  readonly start: readonly Container[];
  readonly kill: readonly ContainerToKill[];
}

/** Init containers one after the other; a sidecar lets the next go on once it has started. */
function initActions(pod: Pod, status: PodRuntimeStatus, probes: ProbeResults): InitActions {
  const init = pod.spec?.initContainers ?? [];
  const start: Container[] = [];
  const kill: ContainerToKill[] = [];
  // Once a main container exists, the init containers are done whatever became of their remains.
  const mainExists = (pod.spec?.containers ?? []).some(
    (container) => newestContainer(status, container.name) !== undefined,
  );
  for (const container of init) {
    const current = newestContainer(status, container.name);
    if (isSidecar(container)) {
      if (current?.state === 'running') {
        const failure = reasonToKill(container, current, probes);
        if (failure !== undefined) {
          kill.push({
            id: current.id,
            name: container.name,
            reason: failure.reason,
            message: `${failure.text}, will be restarted`,
          });
          start.push(container);
        } else if (
          container.startupProbe !== undefined &&
          probes.startup(current.id) !== true &&
          !mainExists
        ) {
          return { done: false, start, kill };
        }
        continue;
      }
      if (shouldRestart(pod, container, current)) start.push(container);
      if (!mainExists) return { done: false, start, kill };
      continue;
    }
    if (mainExists) continue;
    if (current === undefined) return { done: false, start: [...start, container], kill };
    if (current.state === 'running') return { done: false, start, kill };
    if (current.state === 'exited' && current.exitCode === 0) continue;
    if (current.state === 'unknown') {
      kill.push({
        id: current.id,
        name: container.name,
        reason: 'Unknown',
        message: `Init container is in "${current.state}" state, try killing it before restart`,
      });
    }
    // It failed: try again, or let the whole pod fail.
    if (restartPolicyOf(pod) === 'Never' && current.state === 'exited')
      return { done: false, start: [], kill };
    return { done: false, start: [...start, container], kill };
  }
  return { done: true, start, kill };
}
