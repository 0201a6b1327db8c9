import { expect, test } from 'vitest';
import { exitStatus, failureStatus, successStatus } from '../../../../src/containers/streaming/status.ts';
import { commandError } from '../../../../src/kube/kubectl/streams/exit-status.ts';

const read = (status: unknown) => {
  const error = commandError(JSON.stringify(status));
  return error && [error.exitCode, error.plain, error.message];
};

test('what the container runtime says of an end becomes our own exit code', () => {
  expect(read(successStatus)).toBeUndefined();
  expect(commandError('')).toBeUndefined();
  expect(read(exitStatus(['sh'], 0))).toBeUndefined();
  expect(read(exitStatus(['sh'], 7))).toEqual([7, true, 'command terminated with exit code 7']);
  expect(read(failureStatus('error executing command in container', 'no such file'))).toEqual([
    1,
    false,
    'Internal error occurred: error executing command in container: no such file',
  ]);
});

test('a status that makes no sense is an error, not a success', () => {
  const code = (message: string) => ({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message }] },
  });
  expect(commandError('{')?.message).toBe('error stream protocol error: invalid status in "{"');
  expect(read({ status: 'Perhaps' })).toEqual([1, false, 'error stream protocol error: unknown error']);
  expect(read({ status: 'Failure', reason: 'NonZeroExitCode' })).toEqual([
    1,
    false,
    'error stream protocol error: details must be set',
  ]);
  expect(read({ ...code('1'), details: { causes: [] } })?.[2]).toBe(
    'error stream protocol error: no ExitCode cause given',
  );
  expect(read(code('256'))?.[2]).toBe('error stream protocol error: invalid exit code value "256"');
});
