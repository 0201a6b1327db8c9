import { describe, expect, it } from 'vitest';
import { machineTroubles, ok, testKind, type World } from '../fake-context.ts';

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

  it('compares versions by number, wherever they are printed', async () => {
    const version = (stdout: string, stderr = ''): World => ({
      exec: () => ({ exitCode: 0, stdout, stderr }),
    });
    const spec = { run: 'x', minVersion: '1.27' };
    for (const text of ['v1.27', '1.27.0', 'x version 2.0 (go1.20)', 'v1.100.1'])
      await passes(spec, version(text));
    await passes(spec, version('', 'v1.30.2'));
    for (const text of ['1.26.99', '0.99', 'v1.9'])
      await fails(spec, version(text), 'too-old', /at least 1\.27 is wanted/);
  });
  it('says what the shell says of a program that does not start', async () => {
    const exec = () => ({ exitCode: 126, stdout: '', stderr: 'bash: bin/cfssl: Permission denied\n' });
    await fails(
      { run: 'cfssl version' },
      { exec },
      'failed',
      '`cfssl version` ends with exit code 126: bash: bin/cfssl: Permission denied',
    );
    await fails(
      { run: 'x' },
      { exec: () => ({ exitCode: 1, stdout: '', stderr: '' }) },
      'failed',
      '`x` ends with exit code 1',
    );
  });
  it('looks for the tool first, and asks it only then', async () => {
    const commands: string[] = [];
    const exec = (_host: string, command: string) => {
      commands.push(command);
      return { exitCode: 1, stdout: '', stderr: '' };
    };
    await fails({ tool: "it's", run: 'x' }, { exec }, 'not-found', "it's is not on the PATH.");
    expect(commands).toEqual(["command -v 'it'\\''s'"]);
  });
});
