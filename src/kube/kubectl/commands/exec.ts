import { hasEnded } from '../../api/pods.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { fileFlags } from '../cli/shared-flags.ts';
import { fetchTarget, findTargets } from '../cluster/targets.ts';
import { defaultContainer } from '../streams/containers.ts';
import { fetchNamed, podOf, podPath } from '../streams/find-pod.ts';
import { byActivity } from '../streams/pod-order.ts';
import { remoteCommand, usableStreams } from '../streams/remote-command.ts';
import { podRunningTimeoutFlag, usageError } from '../streams/shared-flags.ts';

/** Models kubectl/pkg/cmd/exec. */
export const exec = command({
  name: 'exec',
  summary: 'Execute a command in a container',
  usage: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  flags: {
    ...podRunningTimeoutFlag(60_000),
    filename: fileFlags.filename,
    container: { type: 'string', short: 'c', default: '', help: 'The container; the first when not given' },
    stdin: { type: 'boolean', short: 'i', help: 'Pass standard input to the command' },
    tty: { type: 'boolean', short: 't', help: 'Standard input is a terminal' },
    quiet: { type: 'boolean', short: 'q', help: 'Print nothing but what the command prints' },
  },
  async run(session, { flags, positional, dash }) {
    const words = dash < 0 ? positional : positional.slice(0, dash);
    const argv = dash < 0 ? [] : positional.slice(dash);
    const [word] = words;
    const fromFile = flags.filename.length > 0;
    if (words.length > 1 || (word !== undefined && fromFile))
      throw usageError(
        session,
        'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
      );
    if (word === undefined && !fromFile)
      throw new KubectlError('pod, type/name or --filename must be specified');
    if (argv.length === 0) throw new KubectlError('you must specify at least one command for the container');
    const object =
      word !== undefined ? await fetchNamed(session, word) : await objectOfFile(session, flags.filename);
    const pod = await podOf(session, object, {
      order: byActivity,
      timeoutMs: flags['pod-running-timeout'],
      what: 'cannot attach to',
    });
    if (hasEnded(pod))
      throw new KubectlError(
        `cannot exec into a container in a completed pod; current phase is ${pod.status?.phase}`,
      );
    const warn = flags.quiet ? () => undefined : session.warn;
    // Whether the pod has the container that was asked for is the server's to say.
    const container = flags.container !== '' ? flags.container : defaultContainer(pod, warn);
    const query = new URLSearchParams({ container });
    for (const argument of argv) query.append('command', argument);
    await remoteCommand(session, podPath(pod, 'exec'), query, usableStreams(session, flags, flags.quiet));
  },
});

async function objectOfFile(
  session: Parameters<typeof findTargets>[0],
  filename: readonly string[],
): ReturnType<typeof fetchNamed> {
  const targets = await findTargets(session, [], { filename });
  if (targets.length !== 1) throw new KubectlError('cannot exec into multiple objects at a time');
  return fetchTarget(session, targets[0]!);
}
