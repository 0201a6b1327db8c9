import { describe, it } from 'vitest';
import { machineTroubles, ok, testKind } from '../fake-context.ts';

describe('the command check', () => {
  const { passes, fails } = testKind('command');
  it('passes', async () => {
    await passes(
      { tool: 'kubectl', run: 'kubectl version --client', minVersion: '1.27' },
      { exec: () => ok('Client Version: v1.34.2\n') },
    );
    await passes(
      { run: 'x', on: 'worker-0', exitCode: 3, matches: '^b$' },
      { exec: () => ({ exitCode: 3, stdout: 'a\nb\n', stderr: '' }) },
    );
  });
  it('tells what is wrong', async () => {
    await fails(
      { tool: 'cfssl' },
      { exec: () => ({ exitCode: 1, stdout: '', stderr: '' }) },
      'not-found',
      'cfssl is not on the PATH.',
    );
    await fails(
      { run: 'x y' },
      { exec: () => ({ exitCode: 2, stdout: '', stderr: 'a\nbad' }) },
      'failed',
      '`x y` ends with exit code 2: bad',
    );
    await fails(
      { run: 'x', minVersion: '1.2' },
      { exec: () => ok('dev') },
      'no-version',
      '`x` prints no version: dev',
    );
    await fails(
      { tool: 'kubectl', run: 'kubectl version', minVersion: '1.27' },
      { exec: () => ok('v1.9.10') },
      'too-old',
      'kubectl is 1.9.10, and at least 1.27 is wanted.',
    );
    await fails(
      { run: 'x', contains: 'ok' },
      { exec: () => ok('no') },
      'unexpected-output',
      '`x` does not print "ok".',
    );
    await machineTroubles(fails, { run: 'x', on: 'worker-0' }, 'worker-0');
  });
});
