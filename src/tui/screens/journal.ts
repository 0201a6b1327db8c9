import type { JournalEntry, MachineStatus } from '../../machines/client.ts';
import type { UiState } from '../state/ui-state.ts';
import { type Line, line, span, type Tone } from '../text/line.ts';
import { contains } from '../text/width.ts';
import { wrapEach } from '../text/wrap-each.ts';
import type { Theme } from '../theme.ts';
import { type Area, askingBody, type Body, labIsOff } from './body.ts';

export interface JournalChoice {
  readonly machine: string;
  /** Undefined: everything the machine says. */
  readonly unit: string | undefined;
}

/** What can be followed: each machine as a whole, then its units; of those what has the text in its name. */
export const journalChoices = (machines: readonly MachineStatus[], find = ''): JournalChoice[] =>
  machines
    .flatMap((machine): JournalChoice[] => [
      { machine: machine.name, unit: undefined },
      ...machine.units.map((unit) => ({ machine: machine.name, unit: unit.name })),
    ])
    .filter(({ machine, unit }) => `${machine} ${unit ?? ''}`.toLowerCase().includes(find.toLowerCase()));

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

/** The choice of a machine or unit. */
export function journalsBody(ui: UiState, theme: Theme): Body {
  if (ui.cluster === undefined) return askingBody;
  const { machines } = ui.cluster;
  if (machines === undefined) return labIsOff;
  const choices = journalChoices(machines, ui.find);
  const cursor = Math.min(ui.cursor.journals ?? 0, choices.length - 1);
  const lines = choices.map((choice, index): Line => {
    const selected = index === cursor;
    const mark = span(selected ? `${theme.glyphs.cursor} ` : theme.linear ? '' : '  ', 'accent');
    if (choice.unit === undefined) return [mark, span(choice.machine, 'strong')];
    // Where its machine is filtered away a unit alone would not say whose it is.
    const alone = theme.linear || choices[index - 1]?.machine !== choice.machine;
    return [
      mark,
      span(theme.linear ? '' : '    '),
      span(choice.unit, selected ? 'strong' : undefined),
      ...(alone ? [span(` on ${choice.machine}`, 'dim')] : []),
    ];
  });
  return {
    top: [line('Whose journal?', 'heading')],
    lines: lines.length === 0 ? [line(`Nothing has "${ui.find}" in its name.`, 'dim')] : lines,
    selected: Math.max(0, cursor),
    count: choices.length,
    status: [span('A machine alone shows everything it says.', 'dim')],
  };
}

/** Under the message, not under the time. */
const hang = [span(' '.repeat(9))];

/** What a machine or unit says, followed. */
export function journalBody(ui: UiState, area: Area, theme: Theme): Body {
  const { journal, find = '' } = ui;
  if (journal === undefined) return journalsBody(ui, theme);
  const lines = find === '' ? journal.lines : journal.lines.filter((entry) => contains(entry, find));
  const unit = journal.unit?.replace(/\.service$/, '');
  const name = unit === undefined ? journal.machine : `${unit} on ${journal.machine}`;
  const all = `${journal.lines.length} ${journal.lines.length === 1 ? 'line' : 'lines'}`;
  const count = find === '' ? all : `${lines.length} of ${all} with "${find}"`;
  const how =
    journal.over !== undefined
      ? [span(`, ended: ${theme.letters(journal.over)}; `, 'warn'), span('Enter follows again')]
      : [span(ui.scroll.journal === undefined ? ', following' : ', Enter follows', 'dim')];
  return {
    lines: lines.length === 0 ? [line('Nothing yet.', 'dim')] : wrapEach(lines, area.columns - 1, hang),
    status: [span(name, 'strong'), span(`  ${count}`, 'dim'), ...how],
  };
}
