import type { MachineStatus, UnitStatus } from '../../machines/client.ts';
import type { ClusterFacts } from '../lab/facts.ts';
import type { UiState } from '../state/ui-state.ts';
import { blank, type Line, line, span, type Tone } from '../text/line.ts';
import { memoize } from '../text/memoize.ts';
import { renderTable } from '../text/table.ts';
import { wrap, wrapWith } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { type Area, askingBody, type Body, labIsOff } from './body.ts';

const unitName = ({ name }: UnitStatus) => name.replace(/\.service$/, '');

/** A machine as a sentence, for a screen reader. */
function spokenMachine(machine: MachineStatus, selected: boolean, theme: Theme): Line {
  const units = machine.units.map((unit) =>
    [unitName(unit), unit.loadState === 'bad-setting' ? 'bad-setting' : unit.activeState, unit.subState].join(
      ' ',
    ),
  );
  const rest = machine.power === 'on' ? (units.length === 0 ? ['no units yet'] : units) : [];
  const link = machine.link === 'down' ? ['link down'] : [];
  const parts = [machine.name, machine.address, machine.power, ...link, ...rest];
  return line(`${selected ? `${theme.glyphs.cursor} ` : ''}${parts.join(', ')}`);
}

function unitSpans(unit: UnitStatus, theme: Theme): Line {
  const { glyphs } = theme;
  const name = unitName(unit);
  const look: readonly [string, Tone] =
    unit.loadState === 'bad-setting' || unit.activeState === 'failed'
      ? [glyphs.fail, 'fail']
      : unit.activeState === 'active'
        ? [glyphs.pass, 'pass']
        : unit.activeState === 'inactive'
          ? [glyphs.todo, 'dim']
          : [glyphs.part, 'warn'];
  const again = unit.subState === 'auto-restart' ? ' restarting' : '';
  const restarts =
    unit.restarts > 0 ? ` (${unit.restarts} ${unit.restarts === 1 ? 'restart' : 'restarts'})` : '';
  // No-break spaces keep the mark with its unit where the line is wrapped.
  return [span(look[0], look[1]), span(`\u00a0${name}${again}${restarts}`.replaceAll(' ', '\u00a0'))];
}

function machineLines(machine: MachineStatus, selected: boolean, columns: number, theme: Theme): Line[] {
  if (theme.linear) return [spokenMachine(machine, selected, theme)];
  const { glyphs } = theme;
  const on = machine.power === 'on';
  const first: Line = [
    span(selected ? `${glyphs.cursor} ` : '  ', 'accent'),
    span(`${on ? glyphs.pass : glyphs.todo} `, on ? 'pass' : 'dim'),
    span(machine.name.padEnd(15), selected ? 'strong' : undefined),
    span(machine.address.padEnd(13), 'dim'),
  ];
  const units: Line = on
    ? machine.units.flatMap((unit, index) => [
        ...(index === 0 ? [] : [span('  ')]),
        ...unitSpans(unit, theme),
      ])
    : [span('off', 'dim')];
  const link: Line = machine.link === 'down' ? [span('  link down', 'fail')] : [];
  const all = [...(units.length === 0 ? [span('no units yet', 'dim')] : units), ...link];
  return wrapWith(all, columns, first, [span(' '.repeat(32))]).map((row) =>
    row.map((part) => ({ ...part, text: part.text.replaceAll('\u00a0', ' ') })),
  );
}

/** A sign before a name; spoken, the words beside it say the same. */
const named = (sign: string, tone: Tone, name: string, theme: Theme): Line =>
  theme.linear ? line(name) : [span(sign, tone), span(` ${name}`)];

function etcdLines({ etcd }: ClusterFacts, columns: number, theme: Theme): Line[] {
  if (etcd === undefined) return [];
  const rows = etcd.map((member) =>
    member.error === undefined
      ? [
          member.leader
            ? named(theme.glyphs.pass, 'pass', member.machine, theme)
            : named(theme.glyphs.todo, 'dim', member.machine, theme),
          line(member.leader ? 'leader' : 'follower', member.leader ? 'strong' : 'dim'),
          line(member.term),
          line(member.index),
          line(member.memberId, 'dim'),
          line(member.version, 'dim'),
        ]
      : [named(theme.glyphs.fail, 'fail', member.machine, theme), line('no answer', 'fail')],
  );
  const header = ['  member', 'role', 'term', 'index', 'id', 'version'].map((name) => line(name));
  const why = etcd.flatMap(({ machine, error }) =>
    error === undefined ? [] : wrap([span(`${machine}: ${theme.letters(error)}`, 'dim')], columns),
  );
  return [
    blank,
    line('etcd', 'heading'),
    ...renderTable({ header, rows }, columns, theme.glyphs.rule),
    ...why,
  ];
}

function nodeLines({ nodes }: ClusterFacts, columns: number, theme: Theme): Line[] {
  if (nodes === undefined) return [];
  if (nodes.length === 0)
    return [blank, line('Nodes', 'heading'), line('No kubelet has registered yet.', 'dim')];
  const rows = nodes.map((node) => [
    node.ready
      ? named(theme.glyphs.pass, 'pass', node.name, theme)
      : named(theme.glyphs.fail, 'fail', node.name, theme),
    [
      span(node.ready ? 'Ready' : 'NotReady', node.ready ? 'plain' : 'fail'),
      ...(node.cordoned ? [span(',SchedulingDisabled', 'warn')] : []),
    ],
    line(node.address),
    line(node.version, 'dim'),
  ]);
  const header = ['  node', 'status', 'address', 'version'].map((name) => line(name));
  return [blank, line('Nodes', 'heading'), ...renderTable({ header, rows }, columns, theme.glyphs.rule)];
}

function podLines({ pods }: ClusterFacts, columns: number, theme: Theme): Line[] {
  if (pods === undefined || pods.length === 0) return [];
  const tone = (status: string): Tone => {
    if (/^(Running|Succeeded|Completed)$/.test(status)) return 'pass';
    return /^(Pending|ContainerCreating|PodInitializing|Terminating|Init:\d.*)$/.test(status)
      ? 'warn'
      : 'fail';
  };
  const rows = pods.map((pod) => [
    [span(`${pod.namespace}/`, 'dim'), span(pod.name)],
    line(pod.ready),
    [
      span(pod.status, tone(pod.status)),
      ...(pod.restarts > 0 ? [span(theme.letters(` ×${pod.restarts}`), 'warn')] : []),
    ],
    line(pod.address),
    line(pod.node, 'dim'),
  ]);
  const header = ['pod', 'ready', 'status', 'address', 'node'].map((name) => line(name));
  return [blank, line('Pods', 'heading'), ...renderTable({ header, rows }, columns, theme.glyphs.rule)];
}

/** Laid out once an answer of the lab: a key that moves the mark changes nothing of it. */
const tables = memoize(
  (facts: ClusterFacts, columns: number, theme: Theme): readonly Line[] => [
    ...etcdLines(facts, columns, theme),
    ...nodeLines(facts, columns, theme),
    ...podLines(facts, columns, theme),
  ],
  2,
);

/** Machines with their units, etcd's members, nodes and pods. */
export function clusterBody(ui: UiState, area: Area, theme: Theme): Body {
  const facts = ui.cluster;
  if (facts === undefined) return askingBody;
  if (facts.machines === undefined) return labIsOff;
  const columns = area.columns - 1;
  const cursor = Math.min(ui.cursor.cluster ?? 0, facts.machines.length - 1);
  const lines: Line[] = [line('Machines', 'heading')];
  let selected = 0;
  for (const [index, machine] of facts.machines.entries()) {
    if (index === cursor) selected = lines.length;
    lines.push(...machineLines(machine, index === cursor, columns, theme));
  }
  lines.push(...tables(facts, columns, theme));
  const on = facts.machines.filter((machine) => machine.power === 'on').length;
  return {
    lines,
    selected,
    goesOn: true,
    count: facts.machines.length,
    status: [
      span(`${on} of ${facts.machines.length} machines on`, 'dim'),
      ...(facts.apiError === undefined ? [] : [span(`; API: ${theme.letters(facts.apiError)}`, 'warn')]),
    ],
  };
}
