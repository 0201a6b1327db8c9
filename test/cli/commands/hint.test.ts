import { expect, test } from 'vitest';
import { terminal } from '../terminal.ts';

test('hints come one more each time, from a nudge to the answer, and are remembered', async () => {
  const { run, said } = terminal();
  for (const count of [1, 2, 3, 3]) {
    said.out = '';
    expect(await run('hint', '4/ca')).toBe(0);
    expect(said.out).toMatch(/^Make the authority \(04-certificate-authority\/ca\)\n/);
    expect(said.out.match(/^Hint \d of 3: /gm)).toHaveLength(count);
  }
});

test('without a name the hint is for the step one is at', async () => {
  const { run, said } = terminal();
  await run('hint');
  expect(said.out).toContain('(01-prerequisites/doctor)');
});

test('two at once lose no hint', async () => {
  const first = terminal();
  await first.run('hint', '1');
  const second = terminal({ workspace: first.workspace });
  const third = terminal({ workspace: first.workspace });
  expect(await Promise.all([second.run('hint', '2'), third.run('hint', '4/ca')])).toEqual([0, 0]);
  const after = terminal({ workspace: first.workspace });
  await after.run('hint', '2');
  expect(after.said.out.match(/^Hint \d of 3/gm)).toHaveLength(2);
});
