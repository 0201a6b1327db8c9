import { sleep } from '../../../../lib/clock.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import { isNotFound, StatusError } from '../../../client/errors.ts';
import { command, type Session } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { dryRunSuffix, readDryRun } from '../../cli/shared-flags.ts';
import { withTimeout } from '../../cluster/follow.ts';
import type { Target } from '../../cluster/targets.ts';
import { waitUntilGone } from '../wait-until-gone.ts';
import { findNodes, nodeFlags, setSchedulable } from './cordon.ts';
import { podsToDrain } from './drain-filter.ts';

/** A disruption budget may allow tomorrow what it refuses now. */
const retryMs = 5000;

/** Models kubectl/pkg/cmd/drain and kubectl/pkg/drain. */
export const drain = command({
  name: 'drain',
  summary: 'Drain node in preparation for maintenance',
  usage: 'NODE',
  flags: {
    ...nodeFlags,
    force: { type: 'boolean', help: 'Go on in spite of pods that nothing would start again' },
    'ignore-daemonsets': { type: 'boolean', help: "Leave a DaemonSet's pods where they are" },
    'delete-emptydir-data': { type: 'boolean', help: 'Go on in spite of data in emptyDir volumes' },
    'disable-eviction': { type: 'boolean', help: 'Delete pods, past any disruption budget' },
    'grace-period': { type: 'int', default: -1, help: "Seconds a pod gets to end; -1 is the pod's own wish" },
    timeout: { type: 'duration', default: 0, help: 'How long to try; 0 is as long as it takes' },
    'pod-selector': { type: 'string', default: '', help: 'Drain only the pods with these labels' },
  },
  async run(session, { flags, positional }) {
    const dryRun = readDryRun(flags['dry-run']);
    const targets = await findNodes(session, positional, flags);
    for (const target of targets) await setSchedulable(session, target, false, dryRun);
    const failed: { name: string; error: KubectlError }[] = [];
    for (const target of targets) {
      try {
        const { pods, warnings } = podsToDrain(
          await podsOn(session, target.name, flags['pod-selector']),
          flags,
        );
        if (warnings.length > 0) session.warn(`Warning: ${warnings.join('; ')}`);
        await evictAll(session, pods, flags, dryRun !== 'none');
        session.print(`node/${target.name} drained${dryRunSuffix[dryRun]}`);
      } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        session.warn(
          `error: unable to drain node "${target.name}" due to error: ${error.message}, continuing command...`,
        );
        failed.push({ name: target.name, error });
      }
    }
    if (failed.length === 0) return 0;
    session.warn('There are pending nodes to be drained:');
    for (const { name } of failed) session.warn(` ${name}`);
    for (const { error } of failed) session.warn(error.message.replace(/^\[(.*)\]$/s, '$1'));
    return 1;
  },
});

async function podsOn(session: Session, node: string, labelSelector: string): Promise<Pod[]> {
  const cluster = session.cluster();
  const resource = (await cluster.discovery()).find('pods');
  const query = { fieldSelector: `spec.nodeName=${node}`, ...(labelSelector !== '' && { labelSelector }) };
  return (await cluster.request<{ items: Pod[] }>('GET', cluster.path(resource, undefined), { query })).items;
}

interface EvictFlags {
  readonly 'disable-eviction': boolean;
  readonly 'grace-period': number;
  readonly timeout: number;
}

async function evictAll(
  session: Session,
  pods: readonly Pod[],
  flags: EvictFlags,
  isDryRun: boolean,
): Promise<void> {
  const resource = (await session.cluster().discovery()).find('pods');
  const targets = pods.map((pod): Target & { uid: string | undefined } => ({
    resource,
    namespace: pod.metadata?.namespace,
    name: pod.metadata?.name ?? '',
    uid: pod.metadata?.uid,
  }));
  const [doing, done] = flags['disable-eviction'] ? ['deleting', 'deleted'] : ['evicting', 'evicted'];
  for (const { namespace, name } of targets)
    session.warn(`${doing} pod ${namespace}/${name}${isDryRun ? ' (dry run)' : ''}`);
  if (isDryRun) return;
  await Promise.all(
    targets.map(async (target) => {
      if (await evict(session, target, flags))
        await waitUntilGone(session, target, target.uid, flags.timeout);
      session.print(`pod/${target.name} ${done}`);
    }),
  );
}

/** Resolves to false when the pod has gone already. */
async function evict(session: Session, target: Target, flags: EvictFlags): Promise<boolean> {
  const cluster = session.cluster();
  const signal = withTimeout(session, flags.timeout);
  const deleteOptions = flags['grace-period'] >= 0 ? { gracePeriodSeconds: flags['grace-period'] } : {};
  const { resource, namespace, name } = target;
  for (;;) {
    try {
      if (flags['disable-eviction'])
        await cluster.request('DELETE', cluster.path(resource, namespace, name), { body: deleteOptions });
      else
        await cluster.request('POST', cluster.path(resource, namespace, name, 'eviction'), {
          body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions },
        });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      if (!(error instanceof StatusError) || error.code !== 429) throw error;
      session.warn(
        `error when evicting pods/"${name}" -n "${namespace}" (will retry after ${retryMs / 1000}s): ${error.message}`,
      );
    }
    await sleep(session.clock, retryMs, signal);
    if (signal.aborted)
      throw new KubectlError(
        `error when waiting for pod "${name}" in namespace "${namespace}" to terminate: global timeout reached: ${flags.timeout / 1000}s`,
      );
  }
}
