import type { Node } from '../../../api/types/core-v1.ts';
import { command, type Session } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { type DryRun, dryRunFlag, readDryRun, selectorFlags } from '../../cli/shared-flags.ts';
import { fetchTarget, findTargets, type Target } from '../../cluster/targets.ts';
import { printOutcome } from '../../output/object-printer.ts';
import { patchObject } from '../write.ts';

const { selector } = selectorFlags;
export const nodeFlags = { selector, ...dryRunFlag } as const;

/** Nodes by name (with or without `node/`), or by -l. */
export async function findNodes(
  session: Session,
  words: readonly string[],
  flags: { readonly selector: string },
): Promise<Target[]> {
  if (words.length > 0 && flags.selector !== '')
    throw new KubectlError('error: cannot specify both a node name and a --selector option', { plain: true });
  if (words.length === 0 && flags.selector === '')
    throw new KubectlError(`USAGE: ${session.path.replace(/^kubectl /, '')} NODE [flags]`);
  const named = words.map((word) => (word.includes('/') ? word : `node/${word}`));
  const targets = await findTargets(session, named.length > 0 ? named : ['nodes'], flags);
  const other = targets.find(({ resource }) => resource.kind !== 'Node');
  if (other !== undefined) throw new KubectlError(`${other.resource.resource} is not a node`);
  return targets;
}

/** Tells the scheduler to leave the node alone, or that it may use it again. Models kubectl/pkg/cmd/drain. */
export async function setSchedulable(
  session: Session,
  target: Target,
  schedulable: boolean,
  dryRun: DryRun,
): Promise<void> {
  const object = await fetchTarget(session, target);
  const isSchedulable = (object as unknown as Node).spec?.unschedulable !== true;
  const verb = schedulable ? 'uncordoned' : 'cordoned';
  if (isSchedulable === schedulable)
    return printOutcome(session, { object, resource: target.resource, verb: `already ${verb}` }, '', dryRun);
  const patch = { spec: { unschedulable: schedulable ? null : true } };
  if (dryRun !== 'client') await patchObject(session, target, patch, 'strategic', { dryRun });
  printOutcome(session, { object, resource: target.resource, verb }, '', dryRun);
}

const schedulableCommand = (name: string, summary: string, schedulable: boolean) =>
  command({
    name,
    summary,
    usage: 'NODE',
    flags: nodeFlags,
    async run(session, { flags, positional }) {
      const dryRun = readDryRun(flags['dry-run']);
      for (const target of await findNodes(session, positional, flags))
        await setSchedulable(session, target, schedulable, dryRun);
    },
  });

export const cordon = schedulableCommand('cordon', 'Mark node as unschedulable', false);
export const uncordon = schedulableCommand('uncordon', 'Mark node as schedulable', true);
