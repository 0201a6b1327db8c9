import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../../lib/errors.ts';
import { GrpcCode, isGrpcError } from '../../../lib/grpc/status.ts';
import { type CriClient, PodSandboxState, type PodSandboxStatus } from '../../cri/index.ts';
import { parseLogRecord, tail } from '../logs/cri-log.ts';
import {
  annotations,
  emptyRuntimeStatus,
  labels,
  type PodRuntimeStatus,
  type RuntimeContainer,
  runtimeContainer,
} from './pod-runtime-status.ts';

/** A runtime error as Go's kubelet prints it. */
export function runtimeErrorText(error: unknown): string {
  return isGrpcError(error) ? error.describe() : errorMessage(error);
}

const newestFirst = <T extends { readonly createdAt: number }>(items: readonly T[]) =>
  items.toSorted((a, b) => b.createdAt - a.createdAt);

/** What vanished between a list and a look is no error. */
async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isGrpcError(error, GrpcCode.NotFound)) return undefined;
    throw error;
  }
}

/** All that the runtime knows of a pod, newest first. */
export async function readPodStatus(cri: CriClient, uid: string): Promise<PodRuntimeStatus> {
  const labelSelector = { [labels.podUid]: uid };
  const [{ items }, { containers }] = await Promise.all([
    cri.listPodSandbox({ filter: { labelSelector } }),
    cri.listContainers({ filter: { labelSelector } }),
  ]);
  if (items.length === 0 && containers.length === 0) return emptyRuntimeStatus;
  const [sandboxes, statuses] = await Promise.all([
    Promise.all(items.map(({ id }) => unlessGone(cri.podSandboxStatus({ podSandboxId: id })))),
    Promise.all(
      containers.map(async ({ id, podSandboxId }) => {
        const answer = await unlessGone(cri.containerStatus({ containerId: id }));
        if (answer?.status === undefined) return undefined;
        return withTerminationMessage(
          runtimeContainer(answer.status, podSandboxId),
          answer.status.annotations,
        );
      }),
    ),
  ]);
  const known = newestFirst(
    sandboxes.flatMap((answer) => (answer?.status === undefined ? [] : [answer.status])),
  );
  return {
    sandboxes: known,
    containers: newestFirst(statuses.filter((status): status is RuntimeContainer => status !== undefined)),
    ips: addressesOf(known[0]),
  };
}

/** How much of a container's last words is kept. */
const maximumMessageBytes = 4096;
const maximumLogLines = 80;
const maximumLogBytes = 2048;

/**
 * What an ended container left in its termination file; with FallbackToLogsOnError the end of its log, when it failed
 * without a word. Models getTerminationMessage.
 */
async function withTerminationMessage(
  container: RuntimeContainer,
  marks: Readonly<Record<string, string>>,
): Promise<RuntimeContainer> {
  if (container.state !== 'exited') return container;
  const file = marks[annotations.terminationMessageHostPath];
  const words = file === undefined ? '' : await readFile(file, 'utf8').catch(() => '');
  const message = `${container.message}${words}`.slice(0, maximumMessageBytes);
  const fallsBack = marks[annotations.terminationMessagePolicy] === 'FallbackToLogsOnError';
  if (message !== '' || !fallsBack || container.exitCode === 0) return { ...container, message };
  const log = await readFile(container.logPath, 'utf8').catch(() => '');
  const records = log.split('\n').flatMap((line) => parseLogRecord(line) ?? []);
  const end = tail(records, maximumLogLines).map(({ text }) => text);
  return { ...container, message: end.join('\n').slice(-maximumLogBytes) };
}

function addressesOf(sandbox: PodSandboxStatus | undefined): readonly string[] {
  if (sandbox?.state !== PodSandboxState.READY || !sandbox.network?.ip) return [];
  return [sandbox.network.ip, ...sandbox.network.additionalIps.map(({ ip }) => ip)];
}

/** The uids of the pods that the runtime has anything of. */
export async function podsInRuntime(cri: CriClient): Promise<ReadonlySet<string>> {
  const { items } = await cri.listPodSandbox({});
  return new Set(items.flatMap(({ metadata }) => (metadata?.uid ? [metadata.uid] : [])));
}

/** Whether the runtime is up, and whether it can give pods a network; undefined when all is well. */
export interface RuntimeHealth {
  readonly runtime: string | undefined;
  readonly network: string | undefined;
}

/** Models containerRuntime.Status and the node's runtime state. */
export async function readRuntimeHealth(cri: CriClient): Promise<RuntimeHealth> {
  try {
    const { status } = await cri.status({}, { timeoutMs: 5000 });
    const problem = (type: string) => {
      const condition = status?.conditions.find((one) => one.type === type);
      if (condition?.status === true) return undefined;
      return condition === undefined
        ? `${type} is not reported`
        : `${type}=false reason:${condition.reason} message:${condition.message}`;
    };
    const runtime = problem('RuntimeReady');
    const network = problem('NetworkReady');
    return {
      runtime: runtime && `container runtime status check may not have completed yet: ${runtime}`,
      network: network && `container runtime network not ready: ${network}`,
    };
  } catch (error) {
    return { runtime: `container runtime is down: ${runtimeErrorText(error)}`, network: undefined };
  }
}
