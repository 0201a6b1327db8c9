import { controllerOf } from '../../../api/owners.ts';
import { hasEnded } from '../../../api/pods.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import { KubectlError } from '../../cli/errors.ts';

/** Set by a kubelet for pods that come from files of its node: the API server cannot end them. */
const mirrorAnnotation = 'kubernetes.io/config.mirror';

export interface DrainFlags {
  readonly force: boolean;
  readonly 'ignore-daemonsets': boolean;
  readonly 'delete-emptydir-data': boolean;
}

const names = (pods: readonly Pod[]) =>
  pods.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`).join(', ');
const hasLocalData = (pod: Pod) => (pod.spec?.volumes ?? []).some(({ emptyDir }) => emptyDir !== undefined);

/**
 * Which pods a drain ends. Throws, with all reasons together, when there are pods that would be lost, or come back at
 * once, and no flag says that this is meant. Models kubectl/pkg/drain filters.go.
 */
export function podsToDrain(
  pods: readonly Pod[],
  flags: DrainFlags,
): { pods: readonly Pod[]; warnings: readonly string[] } {
  const ours = pods.filter((pod) => pod.metadata?.annotations?.[mirrorAnnotation] === undefined);
  const isDaemon = (pod: Pod) => controllerOf(pod)?.kind === 'DaemonSet' && !hasEnded(pod);
  const daemons = ours.filter(isDaemon);
  const others = ours.filter((pod) => !isDaemon(pod));
  const alone = others.filter((pod) => controllerOf(pod) === undefined && !hasEnded(pod));
  const withData = others.filter((pod) => hasLocalData(pod) && !hasEnded(pod));
  const problems = [
    daemons.length > 0 &&
      !flags['ignore-daemonsets'] &&
      `cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): ${names(daemons)}`,
    withData.length > 0 &&
      !flags['delete-emptydir-data'] &&
      `cannot delete Pods with local storage (use --delete-emptydir-data to override): ${names(withData)}`,
    alone.length > 0 &&
      !flags.force &&
      `cannot delete Pods that declare no controller (use --force to override): ${names(alone)}`,
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new KubectlError(`[${problems.join(', ')}]`);
  return {
    pods: others,
    warnings: [
      ...(daemons.length > 0 ? [`ignoring DaemonSet-managed Pods: ${names(daemons)}`] : []),
      ...(alone.length > 0 ? [`deleting Pods that declare no controller: ${names(alone)}`] : []),
    ],
  };
}
