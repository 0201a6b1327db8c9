import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/lib/clock.ts';
import { endWhenForgotten } from '../../../src/machines/providers/portable/forgotten.ts';

test('a process ends when its runtime folder is deleted, and not before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'forgotten-'));
  const record = join(folder, '4711');
  writeFileSync(record, '{}');
  const clock = new FakeClock();
  let ended = 0;
  endWhenForgotten(record, clock, () => ended++);
  await clock.advance(60_000);
  expect(ended).toBe(0);
  rmSync(folder, { recursive: true });
  await clock.advance(10_000);
  expect(ended).toBe(1);
});
