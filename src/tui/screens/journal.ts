import type { JournalEntry, MachineStatus } from '../../machines/client.ts';
import type { UiState } from '../state/ui-state.ts';
import { blank, type Line, line, span, type Tone } from '../text/line.ts';
import { memoize } from '../text/memoize.ts';
import { contains, wrapWith } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import type { Area, Body } from './body.ts';

export interface JournalChoice {
  readonly machine: string;
  /** Undefined: everything the machine says. */
  readonly unit: string | undefined;
}

/** What can be followed: each machine as a whole, then its units. */
export const journalChoices = (machines: readonly MachineStatus[]): JournalChoice[] =>
  machines.flatMap((machine) => [
    { machine: machine.name, unit: undefined },
    ...machine.units.map((unit) => ({ machine: machine.name, unit: unit.name })),
  ]);

const priorityTone = (priority: number): Tone | undefined =>
  priority <= 3 ? 'fail' : priority === 4 ? 'warn' : undefined;

/** As journalctl prints it, without the host: the header names that. */
export function entryLine(entry: JournalEntry): Line {
  const time = new Date(entry.time).toISOString().slice(11, 19);
  return [
    span(`${time} `, 'dim'),
    span(`${entry.identifier}[${entry.pid}]: `, 'accent'),
    span(entry.message.replace(/\t/g, '  '), priorityTone(entry.priority)),
  ];
}

function choiceBody(ui: UiState, theme: Theme): Body {
  const machines = ui.cluster?.machines;
  if (ui.cluster === undefined) return { lines: [line('Asking the lab …', 'dim')] };
  if (machines === undefined) {
    return {
      lines: [
        blank,
        line('  The lab is not running.'),
        blank,
        line('  u starts it and switches all machines on.', 'dim'),
      ],
    };
  }
  const choices = journalChoices(machines);
  const cursor = Math.min(ui.cursor.journal ?? 0, choices.length - 1);
  const lines = choices.map((choice, index): Line => {
    const selected = index === cursor;
    const mark = span(selected ? `${theme.glyphs.cursor} ` : '  ', 'accent');
    return choice.unit === undefined
      ? [mark, span(choice.machine, 'strong')]
      : [mark, span('    '), span(choice.unit, selected ? 'strong' : undefined)];
  });
  return {
    top: [line('Whose journal?', 'heading')],
    lines,
    selected: cursor,
    count: choices.length,
    status: [span('A machine alone shows everything it says.', 'dim')],
  };
}

const wrapped = memoize(
  (lines: readonly Line[], columns: number) =>
    lines.flatMap((row) => wrapWith(row, columns, [], [span(' '.repeat(9))])),
  2,
);

/** First the choice of a machine or unit, then what it says, followed. */
export function journalBody(ui: UiState, area: Area, theme: Theme): Body {
  const { journal, find } = ui;
  if (journal === undefined) return choiceBody(ui, theme);
  const lines =
    find === undefined || find === ''
      ? journal.lines
      : journal.lines.filter((entry) => contains(entry, find));
  const name = journal.unit === undefined ? journal.machine : `${journal.unit} on ${journal.machine}`;
  const count =
    find === undefined
      ? `${lines.length} lines`
      : `${lines.length} of ${journal.lines.length} lines with "${find}"`;
  return {
    lines: lines.length === 0 ? [line('Nothing yet.', 'dim')] : wrapped(lines, area.columns - 1),
    status: [
      span(name, 'strong'),
      span(`  ${count}${ui.scroll.journal === undefined ? ', following' : ', G follows'}`, 'dim'),
    ],
  };
}
