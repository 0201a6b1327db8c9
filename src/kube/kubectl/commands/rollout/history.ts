import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { fileFlags, outputFlag, selectorFlags } from '../../cli/shared-flags.ts';
import { fetchTarget, findTargets, fullName } from '../../cluster/targets.ts';
import { alignColumns } from '../../output/columns.ts';
import { printObject } from '../../output/object-printer.ts';
import { describePodTemplate } from '../describe/pod-template.ts';
import { listRevisions } from './revisions.ts';

/** Models kubectl/pkg/cmd/rollout/rollout_history.go. */
export const history = command({
  name: 'history',
  summary: 'View rollout history',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: {
    ...fileFlags,
    ...selectorFlags,
    ...outputFlag,
    revision: { type: 'int', default: 0, help: 'Show this revision with its pod template' },
  },
  async run(session, { flags, positional }) {
    if (flags.revision < 0) throw new KubectlError(`revision must be a positive integer: ${flags.revision}`);
    for (const target of await findTargets(session, positional, flags)) {
      const owner = await fetchTarget(session, target);
      const revisions = await listRevisions(session, target, owner);
      if (flags.revision > 0) {
        const found = revisions.find(({ number }) => number === flags.revision);
        if (found === undefined) throw new KubectlError('unable to find the specified revision');
        if (flags.output !== '') {
          const { kind, apiVersion, metadata } = owner;
          const shown = {
            apiVersion,
            kind,
            metadata,
            spec: { ...(owner.spec as object), template: found.template },
          };
          session.stdout.write(printObject(shown, flags.output, target.resource));
          continue;
        }
        session.print(`${fullName(target)} with revision #${flags.revision}`);
        session.stdout.write(`${describePodTemplate(found.template)}\n`);
        continue;
      }
      if (revisions.length === 0) {
        session.print(`${fullName(target)} \nNo rollout history found.`);
        continue;
      }
      const rows = revisions.map(({ number, changeCause }) => [String(number), changeCause || '<none>']);
      session.print(`${fullName(target)} `);
      session.print(alignHistory([['REVISION', 'CHANGE-CAUSE'], ...rows]));
    }
  },
});

/** This table alone has two blanks between its columns. */
const alignHistory = (rows: readonly (readonly string[])[]) =>
  alignColumns(rows).replace(/^(\S+) {2,}/gm, (_, first: string) => first.padEnd(10));
