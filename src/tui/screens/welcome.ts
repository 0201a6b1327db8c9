import type { Finding } from '../../cli/doctor/probes.ts';
import type { UiState } from '../state/ui-state.ts';
import { blank, type Line, line, span } from '../text/line.ts';
import { truncate, wrap, wrapWith } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { Area, Body } from './body.ts';

/** What the choice of machines means for the learner. */
const costs: Readonly<Record<string, readonly [string, string]>> = {
  'hard-way': [
    '3 controllers, 3 workers, a load balancer',
    'about 900 MB of memory; what the course is written for',
  ],
  small: ['1 controller, 2 workers, a load balancer', 'about half; etcd has no majority to lose'],
  single: ['1 machine for everything, a load balancer', 'the least; no second node to talk to'],
};

export const topologyChoices = Object.keys(costs);

const intro =
  'You are about to build a Kubernetes cluster by hand: certificates, etcd, control planes, workers, DNS. ' +
  'Everything runs in one folder, offline, and nothing outside it is changed. Each step says why it exists, ' +
  'and checks tell you what is wrong and where.';

/** The doctor in as few lines as it needs: all that is well in one, the rest with its remedy. */
export function doctorLines(findings: readonly Finding[] | undefined, columns: number, theme: Theme): Line[] {
  if (findings === undefined) return [line('Looking at this computer ...', 'dim')];
  const { glyphs } = theme;
  const well = findings.filter((finding) => finding.state === 'good').map((finding) => finding.name);
  const signs = { good: glyphs.pass, note: glyphs.dot, problem: glyphs.fail };
  const problems = findings.filter((finding) => finding.state === 'problem');
  const notes = findings.filter((finding) => finding.state === 'note');
  return [
    ...wrapWith(
      [span(problems.length === 0 ? 'This computer will do: ' : 'Good: ', 'strong'), span(well.join(', '))],
      columns,
      [span(`${glyphs.pass} `, 'pass')],
      [span('  ')],
    ),
    ...problems.flatMap(({ name, found, remedy, state }) =>
      wrapWith(
        [span(`${name}: ${theme.letters(found)}. ${remedy ?? ''}`)],
        columns,
        [span(`${signs[state]} `, 'fail')],
        [span('  ')],
      ),
    ),
    ...notes
      .slice(0, 3)
      .map(({ name, found, remedy }) =>
        truncate(
          [
            span(`${glyphs.dot} `, 'dim'),
            span(`${name}: ${theme.letters(found)}`),
            span(` (${remedy ?? ''})`, 'dim'),
          ],
          columns,
          glyphs.ellipsis,
        ),
      ),
  ];
}

/** First run: what this is, whether this computer will do, and which machines. */
export function welcomeBody(ui: UiState, area: Area, theme: Theme): Body {
  const columns = Math.min(90, area.columns - 2);
  const welcome = ui.welcome;
  const names = welcome?.topologies ?? [];
  const cursor = ui.cursor.welcome ?? 0;
  const choices = names.flatMap((name, index): Line[] => {
    const [machines, cost] = costs[name] ?? ['', ''];
    const selected = index === cursor;
    return [
      [
        span(selected ? `${theme.glyphs.cursor} ` : '  ', 'accent'),
        span(name.padEnd(10), selected ? 'strong' : 'plain'),
        span(machines),
      ],
      [span(`            ${cost}`, 'dim')],
    ];
  });
  const lines = [
    line('Welcome to k8s-lab', 'title'),
    blank,
    ...wrap([span(intro)], columns),
    blank,
    ...doctorLines(welcome?.findings, columns, theme),
    blank,
    line('Which machines?', 'heading'),
    ...choices,
  ];
  return {
    lines,
    selected: lines.length - choices.length + cursor * 2 + 1,
    count: names.length,
    status: [span('The lab will be in ', 'dim'), span(ui.workspace, 'code'), span('; Enter makes it', 'dim')],
  };
}
