import { isNotFound } from '../../client/errors.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { fileFlags, readDryRun } from '../cli/shared-flags.ts';
import { targetsOfFiles } from '../cluster/targets.ts';
import { printOutcome } from '../output/object-printer.ts';
import { readValidation } from './apply.ts';
import { createFlags } from './create/submit.ts';
import { deleteTarget } from './delete.ts';
import { lastAppliedAnnotation, withLastApplied } from './last-applied.ts';
import { waitUntilGone } from './wait-until-gone.ts';
import { createObject, replaceObject } from './write.ts';

export const replace = command({
  name: 'replace',
  summary: 'Replace a resource by file name or stdin',
  usage: '-f FILENAME',
  flags: {
    ...createFlags,
    ...fileFlags,
    force: { type: 'boolean', help: 'Delete the object and create it anew' },
    'grace-period': {
      type: 'int',
      default: -1,
      help: 'With --force: seconds that the object gets to end by itself',
    },
    timeout: { type: 'duration', default: 0, help: 'With --force: how long to wait for its end' },
  },
  async run(session, { flags, positional }) {
    if (positional.length > 0)
      throw new KubectlError(`Unexpected args: [${positional.join(' ')}]`, { usage: true });
    if (flags.filename.length === 0) throw new KubectlError('must specify one of -f and -k');
    const dryRun = readDryRun(flags['dry-run']);
    for (const target of await targetsOfFiles(session, flags)) {
      const given = target.object!;
      const keepsConfig = flags['save-config'] || lastAppliedAnnotation in (given.metadata.annotations ?? {});
      const object = keepsConfig ? withLastApplied(given) : given;
      const options = {
        dryRun,
        fieldManager: flags['field-manager'] ?? 'kubectl-replace',
        fieldValidation: readValidation(flags.validate),
      };
      if (flags.force && dryRun === 'none') {
        const grace = flags['grace-period'] >= 0 ? { gracePeriodSeconds: flags['grace-period'] } : {};
        try {
          const uid = await deleteTarget(session, target, {
            kind: 'DeleteOptions',
            apiVersion: 'v1',
            ...grace,
          });
          session.print(`${target.resource.singular} "${target.name}" deleted`);
          await waitUntilGone(session, { ...target, object: given }, uid, flags.timeout);
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
        const created = await createObject(session, target.resource, object, options);
        printOutcome(session, { object: created, resource: target.resource, verb: 'replaced' }, flags.output);
        continue;
      }
      const replaced = dryRun === 'client' ? object : await replaceObject(session, target, object, options);
      printOutcome(
        session,
        { object: replaced, resource: target.resource, verb: 'replaced' },
        flags.output,
        dryRun,
      );
    }
  },
});
