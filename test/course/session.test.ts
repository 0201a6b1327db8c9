import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPackOf } from '../../src/course/session.ts';
import { openWorkspace } from '../../src/machines/workspace.ts';
import { temporaryFolder } from './fake-pack.ts';

test('a lab keeps its topology: another one is refused, also where the course is only read', async () => {
  const dir = join(temporaryFolder(), 'lab');
  await openWorkspace(dir, { create: true, topology: 'single' });
  expect(loadPackOf({ workspace: dir }).topology.name).toBe('single');
  expect(loadPackOf({ workspace: dir, topology: 'single' }).topology.name).toBe('single');
  expect(() => loadPackOf({ workspace: dir, topology: 'small' })).toThrow(
    expect.objectContaining({
      message: 'this lab has the topology "single"',
      where: dir,
      remedy: expect.stringContaining('--workspace'),
    }),
  );
  expect(() => loadPackOf({ workspace: dir, topology: 'smal' })).toThrow('unknown topology "smal"');
});
