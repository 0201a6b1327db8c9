import type { Pod } from '../../api/types/core-v1.ts';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { defaultContainer, findContainer } from './containers.ts';
import { podPath } from './find-pod.ts';
import { type RemoteStreams, remoteCommand, usableStreams } from './remote-command.ts';

export interface AttachOptions extends RemoteStreams {
  /** '' leaves the choice to the pod. */
  readonly container: string;
  readonly quiet: boolean;
}

/** Throws KubectlError when the pod has no such container. */
export function containerToAttachTo(session: Session, pod: Pod, options: AttachOptions): string {
  const warn = options.quiet ? () => undefined : session.warn;
  if (options.container === '') return defaultContainer(pod, warn);
  if (findContainer(pod, options.container) !== undefined) return options.container;
  throw new KubectlError(
    `cannot attach to the container: container ${options.container} not found in pod ${pod.metadata.name}`,
  );
}

/**
 * Joins our streams with those of a container's own process, until that ends. A terminal is what the container was made
 * with: neither side can have one alone. Models kubectl/pkg/cmd/attach AttachOptions.Run.
 */
export async function attachTo(session: Session, pod: Pod, options: AttachOptions): Promise<void> {
  const container = containerToAttachTo(session, pod, options);
  const hasTty = findContainer(pod, container)?.tty === true;
  if (options.tty && !hasTty && !options.quiet)
    session.warn(`error: Unable to use a TTY - container ${container} did not allocate one`);
  const streams = usableStreams(session, { stdin: options.stdin, tty: hasTty }, options.quiet);
  if (!options.quiet) {
    session.warn(
      'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.',
    );
    session.warn("If you don't see a command prompt, try pressing enter.");
  }
  await remoteCommand(session, podPath(pod, 'attach'), new URLSearchParams({ container }), streams);
  if (options.quiet || !streams.tty || (pod.spec?.restartPolicy ?? 'Always') !== 'Always') return;
  const again = `kubectl attach ${pod.metadata.name} -c ${container} -i -t`;
  const ephemeral = pod.spec?.ephemeralContainers?.some(({ name }) => name === container);
  session.print(
    ephemeral
      ? `Session ended, the ephemeral container will not be restarted but may be reattached using '${again}' if it is still running`
      : `Session ended, resume using '${again}' command when the pod is running`,
  );
}
