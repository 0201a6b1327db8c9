import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createJumpbox } from '../../../src/checks/live/jumpbox.ts';

const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-jumpbox-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the jumpbox', () => {
  it('reads files of the workspace by relative paths, and others by absolute ones', async () => {
    writeFileSync(join(folder, 'key.pem'), 'x');
    const jumpbox = createJumpbox(folder, process.env);
    for (const path of ['key.pem', './key.pem', join(folder, 'key.pem')])
      expect(Buffer.from((await jumpbox.readFile(path))!).toString()).toBe('x');
    expect(await jumpbox.stat('none')).toBeUndefined();
  });
  it('runs commands in the workspace, in the environment it is given', async () => {
    const jumpbox = createJumpbox(folder, { ...process.env, WHO: 'learner' });
    writeFileSync(join(folder, 'a.txt'), 'a');
    expect(await jumpbox.exec('cat a.txt; echo $WHO >&2; exit 3')).toEqual({
      exitCode: 3,
      stdout: 'a',
      stderr: 'learner\n',
    });
    // Braces are bash's: the commands of the course use them.
    expect((await jumpbox.exec('echo {1,2}')).stdout).toBe('1 2\n');
  });
  it('stops a command that does not end, and says so', async () => {
    const jumpbox = createJumpbox(folder, process.env, 50);
    expect(await jumpbox.exec('exec sleep 60')).toEqual({
      exitCode: 143,
      stdout: '',
      stderr: 'stopped: no end after 0.05 s\n',
    });
  });
});
