import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { fieldManagerFlag, fileFlags, outputFlag, selectorFlags } from '../../cli/shared-flags.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { qualifiedName } from '../../cluster/discovery.ts';
import { fetchTarget, findTargets, type Target } from '../../cluster/targets.ts';
import { printOutcome } from '../../output/object-printer.ts';
import { patchObject } from '../write.ts';
import { history } from './history.ts';
import { status } from './status.ts';
import { undo } from './undo.ts';

/** A command that changes one field of a workload. */
function patchCommand(
  name: string,
  summary: string,
  verb: string,
  patchOf: (object: KubeObject, target: Target) => object,
) {
  return command({
    name,
    summary,
    usage: 'RESOURCE',
    flags: { ...fileFlags, ...selectorFlags, ...outputFlag, ...fieldManagerFlag },
    async run(session, { flags, positional }) {
      const { 'field-manager': fieldManager = 'kubectl-rollout' } = flags;
      for (const target of await findTargets(session, positional, flags)) {
        const patch = patchOf(await fetchTarget(session, target), target);
        const object = await patchObject(session, target, patch, 'strategic', { fieldManager });
        printOutcome(session, { object, resource: target.resource, verb }, flags.output);
      }
    },
  });
}

const isPaused = (object: KubeObject) => (object.spec as { paused?: boolean } | undefined)?.paused === true;

const pauseable = (object: KubeObject, target: Target, doing: string) => {
  if (object.kind !== 'Deployment')
    throw new KubectlError(
      `${qualifiedName(target.resource)} ${JSON.stringify(target.name)} ${doing} is not supported`,
    );
};

const pause = patchCommand('pause', 'Mark the provided resource as paused', 'paused', (object, target) => {
  pauseable(object, target, 'pausing');
  if (isPaused(object))
    throw new KubectlError(
      `${qualifiedName(target.resource)} ${JSON.stringify(target.name)} is already paused`,
    );
  return { spec: { paused: true } };
});

const resume = patchCommand('resume', 'Resume a paused resource', 'resumed', (object, target) => {
  pauseable(object, target, 'resuming');
  if (!isPaused(object))
    throw new KubectlError(`${qualifiedName(target.resource)} ${JSON.stringify(target.name)} is not paused`);
  return { spec: { paused: null } };
});

const restart = patchCommand('restart', 'Restart a resource', 'restarted', (object, target) => {
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(object.kind ?? ''))
    throw new KubectlError(
      `${qualifiedName(target.resource)} ${JSON.stringify(target.name)} restarting is not supported`,
    );
  if (isPaused(object)) throw new KubectlError(`can't restart paused deployment (run rollout resume first)`);
  const restartedAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': restartedAt } } } },
  };
});

/** Models kubectl/pkg/cmd/rollout. */
export const rollout = command({
  name: 'rollout',
  summary: 'Manage the rollout of a resource',
  subcommands: [history, pause, restart, resume, status, undo],
});
