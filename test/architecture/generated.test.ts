import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { root } from './sources.ts';

test('the generated files are what the script makes of the API of this version', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-kube-api.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
