import type { StatusBody } from '../../client/errors.ts';
import { KubectlError } from '../cli/errors.ts';

/**
 * What the error channel says of a command's end, as an error to throw; undefined for success. Models client-go
 * tools/remotecommand errorDecoderV4.
 */
export function commandError(message: string): KubectlError | undefined {
  // A server that says nothing has nothing to complain about.
  if (message === '') return undefined;
  let status: StatusBody;
  try {
    status = JSON.parse(message) as StatusBody;
  } catch {
    return new KubectlError(`error stream protocol error: invalid status in ${JSON.stringify(message)}`);
  }
  if (status.status === 'Success') return undefined;
  if (status.status !== 'Failure') return new KubectlError('error stream protocol error: unknown error');
  if (status.reason !== 'NonZeroExitCode') return new KubectlError(status.message ?? '');
  if (status.details === undefined)
    return new KubectlError('error stream protocol error: details must be set');
  const cause = status.details.causes?.find(({ reason }) => reason === 'ExitCode');
  if (cause === undefined) return new KubectlError('error stream protocol error: no ExitCode cause given');
  const text = cause.message ?? '';
  if (!/^\d{1,3}$/.test(text) || Number(text) > 255)
    return new KubectlError(`error stream protocol error: invalid exit code value ${JSON.stringify(text)}`);
  return new KubectlError(`command terminated with exit code ${text}`, {
    exitCode: Number(text),
    plain: true,
  });
}
