import { isNotFound } from '../../client/errors.ts';
import { command, type Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { fileFlags, outputFlag, selectorFlags } from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { waitForObject, withTimeout } from '../cluster/follow.ts';
import { fetchTarget, findTargets, fullName, type Target } from '../cluster/targets.ts';
import { printObject } from '../output/object-printer.ts';
import { readWaitCondition } from './wait-condition.ts';
import { timedOut } from './wait-until-gone.ts';

/** What a negative --timeout means. */
const aWeekMs = 7 * 24 * 3_600_000;

/** Models kubectl/pkg/cmd/wait. */
export const wait = command({
  name: 'wait',
  summary: 'Experimental: Wait for a specific condition on one or many resources',
  usage: '([-f FILENAME] | TYPE/NAME ...) --for=delete|create|condition=NAME[=VALUE]|jsonpath=EXPR[=VALUE]',
  flags: {
    ...fileFlags,
    ...selectorFlags,
    ...outputFlag,
    for: { type: 'array', help: 'delete, create, condition=NAME[=VALUE] or jsonpath=EXPR[=VALUE]' },
    timeout: { type: 'duration', default: 30_000, help: 'How long; 0 looks once, less than 0 waits a week' },
    all: { type: 'boolean', help: 'All objects of the resource in the namespace' },
  },
  async run(session, { flags, positional }) {
    const condition = readWaitCondition(flags.for.at(-1) ?? '');
    const once = flags.timeout === 0;
    const limit = withTimeout(session, flags.timeout < 0 ? aWeekMs : flags.timeout);
    const targets = await findTargets(session, positional, flags);
    if (targets.length === 0 && condition.whenAbsent === 'error')
      throw new KubectlError('no matching resources found');
    for (const target of targets) {
      let last = await fetchIfThere(session, target);
      // Whether an object may be missing depends on what is waited for.
      if (last === undefined && condition.whenAbsent === 'passed') continue;
      if (last === undefined && condition.whenAbsent === 'error') await fetchTarget(session, target);
      const isMet = once
        ? condition.isMet(last)
        : await waitForObject(session, target, limit, (object) => {
            last = object ?? last;
            return condition.isMet(object);
          });
      if (!isMet) throw timedOut(target);
      print(target, last);
    }

    function print(target: Target, object: KubeObject | undefined): void {
      if (flags.output === '') session.print(`${fullName(target)} condition met`);
      else if (object !== undefined) session.stdout.write(printObject(object, flags.output, target.resource));
    }
  },
});

async function fetchIfThere(session: Session, target: Target): Promise<KubeObject | undefined> {
  return fetchTarget(session, target).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}
