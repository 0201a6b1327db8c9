import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';

/** --pod-running-timeout, as every streaming command has it. */
export const podRunningTimeoutFlag = (timeoutMs: number) =>
  ({
    'pod-running-timeout': {
      type: 'duration',
      default: timeoutMs,
      help: 'How long to wait until at least one pod is there, such as 5s, 2m or 3h',
    },
  }) as const;

/** A mistake in the words of the command line. Models kubectl/pkg/cmd/util UsageErrorf. */
export const usageError = (session: Session, message: string) =>
  new KubectlError(`${message}\nSee '${session.path} -h' for help and examples`);
