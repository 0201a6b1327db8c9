import { isNotFound } from '../../client/errors.ts';
import { command, type Session } from '../cli/command.ts';
import { errorText, KubectlError, withContext } from '../cli/errors.ts';
import {
  dryRunFlag,
  type dryRunQuery,
  dryRunSuffix,
  fileFlags,
  readDryRun,
  selectorFlags,
} from '../cli/shared-flags.ts';
import { singularName } from '../cluster/discovery.ts';
import { findTargets, fullName, type Target } from '../cluster/targets.ts';
import { waitUntilGone } from './wait-until-gone.ts';

const cascades: Readonly<Record<string, 'Background' | 'Foreground' | 'Orphan'>> = {
  background: 'Background',
  true: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
  false: 'Orphan',
};

export const deleteCommand = command({
  name: 'delete',
  summary: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  usage: '([-f FILENAME] | TYPE [(NAME | -l label | --all)])',
  flags: {
    ...fileFlags,
    ...selectorFlags,
    ...dryRunFlag,
    all: { type: 'boolean', help: 'All objects of the resource in the namespace' },
    force: { type: 'boolean', help: 'With --grace-period=0: do not wait for the kubelet' },
    'grace-period': { type: 'int', default: -1, help: 'Seconds that the object gets to end by itself' },
    now: { type: 'boolean', help: 'As --grace-period=1' },
    cascade: {
      type: 'string',
      bare: 'background',
      default: 'background',
      help: 'background, foreground or orphan',
    },
    'ignore-not-found': { type: 'boolean', help: 'An object that is not there is no error' },
    wait: { type: 'boolean', default: true, help: 'Wait until the objects are gone' },
    timeout: { type: 'duration', default: 0, help: 'How long to wait; 0 decides by the grace period' },
    output: { type: 'string', short: 'o', default: '', help: 'name prints only TYPE/NAME' },
  },
  async run(session, { flags, positional }) {
    const dryRun = readDryRun(flags['dry-run']);
    const propagationPolicy = cascades[flags.cascade];
    if (propagationPolicy === undefined)
      throw new KubectlError(
        `invalid cascade value (${flags.cascade}). Must be "background", "foreground", or "orphan"`,
      );
    if (flags.output !== '' && flags.output !== 'name')
      throw new KubectlError(`unexpected -o output mode: ${flags.output}. We only support '-o name'`);
    if (flags.all && flags.selector !== '')
      throw new KubectlError('cannot set --all and --selector at the same time');
    let grace = flags['grace-period'];
    if (flags.now && grace === -1) grace = 1;
    if (flags.force && grace < 0) grace = 0;
    // Without --force a grace period of zero still asks the kubelet to clean up first.
    if (grace === 0 && !flags.force) grace = 1;
    if (flags.force)
      session.warn(
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
      );

    const targets = await findTargets(session, positional, flags);
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy,
      ...(grace >= 0 && { gracePeriodSeconds: grace }),
    };
    const ignoreNotFound = flags['ignore-not-found'] || flags.all || flags.selector !== '';
    const errors: string[] = [];
    const deleted: { target: Target; uid: string | undefined }[] = [];
    for (const target of targets) {
      try {
        const uid =
          dryRun === 'client'
            ? undefined
            : await deleteTarget(session, target, { ...body, ...dryRunList(dryRun) });
        deleted.push({ target, uid });
        const text = deletedText(target, flags.force) + dryRunSuffix[dryRun];
        session.print(flags.output === 'name' ? fullName(target) : text);
      } catch (error) {
        const placed =
          target.source === undefined
            ? error
            : withContext(error, `error when deleting ${JSON.stringify(target.source)}`);
        if (!(ignoreNotFound && isNotFound(error)))
          errors.push(errorText(placed, session.cluster().serverIfKnown()));
      }
    }
    if (flags.wait && dryRun === 'none' && !flags.force)
      for (const { target, uid } of deleted) await waitUntilGone(session, target, uid, flags.timeout);
    for (const text of errors) session.warn(text);
    if (targets.length === 0) session.print('No resources found');
    return errors.length > 0 ? 1 : 0;
  },
});

/** `pod "web" deleted from default namespace`, the words of 1.34. */
export function deletedText(target: Target, isForced = false): string {
  const where = target.namespace === undefined ? '' : ` from ${target.namespace} namespace`;
  return `${singularName(target.resource)} "${target.name}" ${isForced ? 'force ' : ''}deleted${where}`;
}

const dryRunList = (dryRun: Parameters<typeof dryRunQuery>[0]) =>
  dryRun === 'server' ? { dryRun: ['All'] } : {};

/** Resolves to the uid of what was deleted: another object may take its name soon. */
export async function deleteTarget(
  session: Session,
  target: Target,
  options: object,
): Promise<string | undefined> {
  const cluster = session.cluster();
  const answer = await cluster.request<{ metadata?: { uid?: string }; details?: { uid?: string } }>(
    'DELETE',
    cluster.path(target.resource, target.namespace, target.name),
    { body: options },
  );
  return answer?.details?.uid ?? answer?.metadata?.uid ?? target.object?.metadata.uid;
}
