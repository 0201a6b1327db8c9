import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { fileFlags, selectorFlags } from '../../cli/shared-flags.ts';
import { followObject, withTimeout } from '../../cluster/follow.ts';
import { fetchTarget, findTargets } from '../../cluster/targets.ts';
import { revisionOf } from './revisions.ts';
import { rolloutProgress } from './status-text.ts';

/** Models kubectl/pkg/cmd/rollout/rollout_status.go. */
export const status = command({
  name: 'status',
  summary: 'Show the status of the rollout',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: {
    ...fileFlags,
    ...selectorFlags,
    watch: { type: 'boolean', short: 'w', default: true, help: 'Watch until the rollout is through' },
    revision: { type: 'int', default: 0, help: 'Follow this revision only; 0 is the last one' },
    timeout: { type: 'duration', default: 0, help: 'How long to watch; 0 is as long as it takes' },
  },
  async run(session, { flags, positional }) {
    if (flags.revision < 0) throw new KubectlError(`revision must be a positive integer: ${flags.revision}`);
    const signal = withTimeout(session, flags.timeout);
    for (const target of await findTargets(session, positional, flags)) {
      await fetchTarget(session, target);
      let done = false;
      try {
        for await (const object of followObject(session, target, signal)) {
          if (object === undefined) throw new KubectlError('object has been deleted');
          if (flags.revision > 0 && flags.revision !== revisionOf(object))
            throw new KubectlError(
              `desired revision (${flags.revision}) is different from the running revision (${revisionOf(object)})`,
            );
          const progress = rolloutProgress(object);
          session.print(progress.text);
          done = progress.done || !flags.watch;
          if (done) break;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      if (!done) throw new KubectlError('timed out waiting for the condition');
    }
  },
});
