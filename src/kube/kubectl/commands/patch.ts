import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { dryRunFlag, fieldManagerFlag, fileFlags, outputFlag, readDryRun } from '../cli/shared-flags.ts';
import { parseDocuments } from '../cluster/manifests.ts';
import { fetchTarget, findTargets } from '../cluster/targets.ts';
import { printOutcome } from '../output/object-printer.ts';
import { patchObject } from './write.ts';

export const patch = command({
  name: 'patch',
  summary: 'Update fields of a resource',
  usage: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  flags: {
    ...fileFlags,
    ...outputFlag,
    ...dryRunFlag,
    ...fieldManagerFlag,
    patch: { type: 'string', short: 'p', default: '', help: 'The patch, as JSON or YAML' },
    'patch-file': { type: 'string', default: '', help: 'A file that holds the patch' },
    type: { type: 'string', default: 'strategic', help: 'json, merge or strategic' },
    subresource: { type: 'string', default: '', help: 'status or scale' },
  },
  async run(session, { flags, positional }) {
    const dryRun = readDryRun(flags['dry-run']);
    const { type } = flags;
    if (type !== 'json' && type !== 'merge' && type !== 'strategic')
      throw new KubectlError(`--type must be one of [json merge strategic], not ${JSON.stringify(type)}`);
    const text =
      flags['patch-file'] === ''
        ? flags.patch
        : readFileSync(resolve(session.cwd, flags['patch-file']), 'utf8');
    if (text === '')
      throw new KubectlError('must specify --patch or --patch-file containing the contents of the patch');
    const content = readPatch(text);
    const targets = await findTargets(session, positional, flags);
    for (const target of targets) {
      if (dryRun === 'client') {
        printOutcome(
          session,
          { object: await fetchTarget(session, target), resource: target.resource, verb: 'patched' },
          flags.output,
          dryRun,
        );
        continue;
      }
      const before = await fetchTarget(session, target);
      const object = await patchObject(session, target, content, type, {
        dryRun,
        fieldManager: flags['field-manager'] ?? 'kubectl-patch',
        ...(flags.subresource !== '' && { subresource: flags.subresource }),
      });
      const isSame = object.metadata.resourceVersion === before.metadata.resourceVersion && dryRun === 'none';
      printOutcome(
        session,
        { object, resource: target.resource, verb: isSame ? 'patched (no change)' : 'patched' },
        flags.output,
        dryRun,
      );
    }
  },
});

function readPatch(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so YAML; the list of a JSON patch is no document that parseDocuments takes.
  }
  try {
    return text.trimStart().startsWith('-')
      ? (parseDocuments(`items:\n${text}`, 'patch')[0]! as { items?: unknown }).items
      : parseDocuments(text, 'patch')[0];
  } catch (error) {
    throw new KubectlError(
      `unable to parse ${JSON.stringify(text)}: ${(error as Error).message.replace(/^.*?: /, '')}`,
    );
  }
}
