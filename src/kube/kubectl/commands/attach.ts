import { hasEnded } from '../../api/pods.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { attachTo } from '../streams/attach.ts';
import { fetchNamed, podOf } from '../streams/find-pod.ts';
import { byActivity } from '../streams/pod-order.ts';
import { podRunningTimeoutFlag } from '../streams/shared-flags.ts';

/** Models kubectl/pkg/cmd/attach. */
export const attach = command({
  name: 'attach',
  summary: 'Attach to a running container',
  usage: '(POD | TYPE/NAME) -c CONTAINER',
  flags: {
    ...podRunningTimeoutFlag(60_000),
    container: { type: 'string', short: 'c', default: '', help: 'The container; the first when not given' },
    stdin: { type: 'boolean', short: 'i', help: 'Pass standard input to the container' },
    tty: { type: 'boolean', short: 't', help: 'Standard input is a terminal' },
    quiet: { type: 'boolean', short: 'q', help: 'Print nothing but what the container prints' },
  },
  async run(session, { flags, positional }) {
    if (positional.length === 0) throw new KubectlError('at least 1 argument is required for attach');
    if (positional.length > 2)
      throw new KubectlError(
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${positional.length}: [${positional.join(' ')}]`,
      );
    const timeoutMs = flags['pod-running-timeout'];
    if (timeoutMs <= 0) throw new KubectlError('--pod-running-timeout must be higher than zero');
    const pod = await podOf(session, await fetchNamed(session, positional.join('/')), {
      order: byActivity,
      timeoutMs,
      what: 'cannot attach to',
    });
    if (hasEnded(pod))
      throw new KubectlError(
        `cannot attach a container in a completed pod; current phase is ${pod.status?.phase}`,
      );
    await attachTo(session, pod, flags);
  },
});
