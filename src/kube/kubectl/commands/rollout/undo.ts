import { isDeepStrictEqual } from 'node:util';
import type { PodTemplateSpec } from '../../../api/types/core-v1.ts';
import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { dryRunFlag, fileFlags, outputFlag, readDryRun, selectorFlags } from '../../cli/shared-flags.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { fetchTarget, findTargets, fullName } from '../../cluster/targets.ts';
import { printOutcome } from '../../output/object-printer.ts';
import { lastAppliedAnnotation } from '../last-applied.ts';
import { patchObject } from '../write.ts';
import { listRevisions, type Revision, revisionAnnotation } from './revisions.ts';

/** Annotations that belong to the deployment and not to one of its states. */
const ownAnnotations = [
  lastAppliedAnnotation,
  revisionAnnotation,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
];

/** Models kubectl/pkg/cmd/rollout/rollout_undo.go and polymorphichelpers/rollback.go. */
export const undo = command({
  name: 'undo',
  summary: 'Undo a previous rollout',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: {
    ...fileFlags,
    ...selectorFlags,
    ...outputFlag,
    ...dryRunFlag,
    'to-revision': {
      type: 'int',
      default: 0,
      help: 'The revision to go back to; 0 is the one before the last',
    },
  },
  async run(session, { flags, positional }) {
    const wanted = flags['to-revision'];
    if (wanted < 0) throw new KubectlError(`revision must be a positive integer: ${wanted}`);
    const dryRun = readDryRun(flags['dry-run']);
    for (const target of await findTargets(session, positional, flags)) {
      const object = await fetchTarget(session, target);
      if ((object.spec as { paused?: boolean } | undefined)?.paused)
        throw new KubectlError(
          `you cannot rollback a paused ${target.resource.singular}; resume it first with 'kubectl rollout resume ${fullName(target)}' and try again`,
        );
      const revision = choose(await listRevisions(session, target, object), wanted, target.name);
      const { template } = object.spec as { template: unknown };
      const wantedTemplate = withoutHash(revision.template);
      if (isDeepStrictEqual(template, wantedTemplate)) {
        const verb = `skipped rollback (current template already matches revision ${revision.number})`;
        printOutcome(session, { object, resource: target.resource, verb }, flags.output, dryRun);
        continue;
      }
      const patch = [
        { op: 'replace', path: '/spec/template', value: wantedTemplate },
        { op: 'replace', path: '/metadata/annotations', value: annotationsOf(object, revision) },
      ];
      const result =
        dryRun === 'client' ? object : await patchObject(session, target, patch, 'json', { dryRun });
      printOutcome(
        session,
        { object: result, resource: target.resource, verb: 'rolled back' },
        flags.output,
        dryRun,
      );
    }
  },
});

function choose(revisions: readonly Revision[], wanted: number, name: string): Revision {
  const found = wanted > 0 ? revisions.find(({ number }) => number === wanted) : revisions.at(-2);
  if (found !== undefined) return found;
  if (wanted > 0) throw new KubectlError(`unable to find specified revision ${wanted} in history`);
  throw new KubectlError(`no rollout history found for deployment ${JSON.stringify(name)}`);
}

/** The change cause goes back with the template. */
function annotationsOf(object: KubeObject, revision: Revision): Record<string, string> {
  const isOwn = ([key]: [string, string]) => ownAnnotations.includes(key);
  const own = Object.entries(object.metadata.annotations ?? {}).filter(isOwn);
  const old = Object.entries(revision.annotations).filter((entry) => !isOwn(entry));
  return Object.fromEntries([...own, ...old]);
}

/** The hash by which a deployment tells its replica sets apart is no part of what was asked for. */
function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { 'pod-template-hash': _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
