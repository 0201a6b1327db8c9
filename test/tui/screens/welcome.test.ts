import { expect, test } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/probes.ts';
import { doctorLines, topologyChoices, welcomeBody } from '../../../src/tui/screens/welcome.ts';
import { initialState } from '../../../src/tui/state/ui-state.ts';
import { plainText } from '../../../src/tui/text/line.ts';
import { lineWidth } from '../../../src/tui/text/width.ts';
import { plainTheme, sizes } from '../open-screens.ts';

const good: Finding = { name: 'Node', state: 'good', found: 'v20' };
const text = (findings: readonly Finding[] | undefined) =>
  doctorLines(findings, 78, plainTheme).map(plainText).join('\n');

test('the doctor is waited for, and then needs one line when all is well', () => {
  expect(text(undefined)).toBe('Looking at this computer ...');
  expect(text([good, { ...good, name: 'Disk' }])).toBe('✔ This computer will do: Node, Disk');
});

test('a problem comes with its remedy, and takes the praise away', () => {
  const disk: Finding = { name: 'Disk', state: 'problem', found: '0.2 GiB free', remedy: 'free 1 GiB' };
  const shown = text([good, disk]);
  expect(shown).not.toContain('will do');
  expect(shown).toContain('✔ Good: Node');
  expect(shown).toContain('✖ Disk: 0.2 GiB free. free 1 GiB');
});

test('what is only good to know takes three lines at most, each within the window', () => {
  const notes = Array.from(
    { length: 5 },
    (_unused, index): Finding => ({
      name: `tool-${index}`,
      state: 'note',
      found: 'not found',
      remedy: 'not needed, since the lab brings one of its own that does all that the course wants',
    }),
  );
  const rows = doctorLines([good, ...notes], 78, plainTheme);
  expect(rows.filter((row) => plainText(row).includes('tool-'))).toHaveLength(3);
  for (const row of rows) expect(lineWidth(row)).toBeLessThanOrEqual(78);
});

test.each(sizes)('at $columns×$rows every choice is seen, the marked one too', ({ columns, rows }) => {
  for (const cursor of topologyChoices.keys()) {
    const ui = {
      ...initialState({ columns, rows }, '/labs/k8s'),
      screen: 'welcome' as const,
      welcome: { topologies: topologyChoices, findings: [good] },
      cursor: { welcome: cursor },
    };
    const body = welcomeBody(ui, { columns, rows: rows - 4 }, plainTheme);
    expect(body.lines.length).toBeLessThanOrEqual(rows - 4);
    const marked = body.lines.map(plainText).filter((row) => row.startsWith('▸'));
    expect(marked).toHaveLength(1);
    expect(marked[0]).toContain(topologyChoices[cursor]);
    expect(plainText(body.status!)).toContain('/labs/k8s');
  }
});
