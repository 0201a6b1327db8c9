import { formatEntry, stamp } from '../journal-format.ts';
import { describeExit } from './exit-status.ts';
import type { Machine } from './machine.ts';
import type { Service } from './service.ts';

/** What systemctl prints about units. Models src/systemctl/systemctl-show.c and systemctl-list-units.c. */

const dot: Readonly<Record<string, string>> = {
  active: '●',
  failed: '×',
  activating: '●',
  deactivating: '●',
};

/** `1min 3s ago` as systemd words it. */
function relativeTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'day'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return `${Math.max(0, Math.floor(ms))}ms`;
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => (unit === 'day' ? `${value} day${value === 1 ? '' : 's'}` : `${value}${unit}`))
    .join(' ');
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const units = ['K', 'M', 'G'];
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)}${units[unit]}`;
}

/** The block of `systemctl status`, with the unit's last journal lines. */
export function describeUnit(machine: Machine, service: Service, lines: number): string {
  const { unit } = service;
  const status = machine.unitStatus(service);
  const title = unit.description === service.name ? service.name : `${service.name} - ${unit.description}`;
  const output = [`${dot[service.activeState] ?? '○'} ${title}`];
  const preset = status.enabled ? 'enabled' : unit.wantedBy.length > 0 ? 'disabled' : 'static';
  output.push(
    unit.error === undefined
      ? `     Loaded: loaded (${unit.path}; ${preset})`
      : `     Loaded: bad-setting (Reason: Unit ${service.name} has a bad unit file setting.)`,
  );
  const sub =
    service.activeState === 'failed' || (service.subState === 'auto-restart' && service.result !== 'success')
      ? `${service.subState === 'failed' ? '' : `${service.subState}) (`}Result: ${service.result}`
      : service.subState;
  const since =
    service.since === undefined
      ? ''
      : ` since ${stamp(service.since, 'full')}; ${relativeTime(Date.now() - service.since)} ago`;
  output.push(`     Active: ${service.activeState} (${sub})${since}`);
  for (const [index, entry] of unit.documentation.entries()) {
    output.push(`${index === 0 ? '       Docs: ' : '             '}${entry}`);
  }
  if (status.pid !== undefined) output.push(`   Main PID: ${status.pid} (${identifier(service)})`);
  else if (service.lastMain !== undefined) {
    output.push(`   Main PID: ${service.lastMain.pid ?? 0} (${describeExit(service.lastMain.status)})`);
  }
  if (status.memory !== undefined) output.push(`     Memory: ${formatBytes(status.memory)}`);
  const entries =
    lines === 0 ? [] : machine.journal.read({ unit: service.name, lines, thisBoot: true }, machine.bootId);
  if (entries.length > 0) {
    output.push('', ...entries.map((entry) => formatEntry(entry, machine.name, 'short')));
  }
  return `${output.join('\n')}\n`;
}

function identifier(service: Service): string {
  const path = service.unit.execStart[0]?.path ?? service.name;
  return path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
}

interface ListOptions {
  readonly all: boolean;
  readonly states: readonly string[];
  readonly legend: boolean;
}

export function listUnits(machine: Machine, names: readonly string[], options: ListOptions): string {
  const services = machine
    .services()
    .filter((service) => names.length === 0 || names.includes(service.name))
    .filter((service) =>
      options.states.length > 0
        ? options.states.includes(service.activeState) || options.states.includes(service.subState)
        : options.all || service.activeState !== 'inactive',
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const width = Math.max(4, ...services.map((service) => service.name.length));
  const rows = services.map((service) => {
    const mark = service.activeState === 'failed' ? '●' : ' ';
    const { loadState } = machine.unitStatus(service);
    return `${mark} ${service.name.padEnd(width)} ${loadState.padEnd(6)} ${service.activeState.padEnd(10)} ${service.subState.padEnd(12)} ${service.unit.description}`;
  });
  if (!options.legend) return rows.map((row) => `${row}\n`).join('');
  const head = `  ${'UNIT'.padEnd(width)} LOAD   ${'ACTIVE'.padEnd(10)} ${'SUB'.padEnd(12)} DESCRIPTION`;
  return [head, ...rows, '', `${services.length} loaded units listed.`, ''].join('\n');
}

export function listUnitFiles(machine: Machine, names: readonly string[], legend: boolean): string {
  const files = machine.store.names().filter((name) => names.length === 0 || names.includes(name));
  const width = Math.max(9, ...files.map((name) => name.length));
  const rows = files.map(
    (name) => `${name.padEnd(width)} ${machine.store.isEnabled(name) ? 'enabled' : 'disabled'}`,
  );
  if (!legend) return rows.map((row) => `${row}\n`).join('');
  return [`${'UNIT FILE'.padEnd(width)} STATE`, ...rows, '', `${files.length} unit files listed.`, ''].join(
    '\n',
  );
}

/** `systemctl show`: the properties that scripts ask for. */
export function showProperties(
  machine: Machine,
  name: string,
  wanted: readonly string[],
  valueOnly: boolean,
): string {
  const service = machine.service(name);
  const status = service === undefined ? undefined : machine.unitStatus(service);
  const unit = service?.unit;
  const all: Readonly<Record<string, string>> = {
    Id: name,
    Names: name,
    Description: status?.description ?? name,
    LoadState: status?.loadState ?? 'not-found',
    ActiveState: status?.activeState ?? 'inactive',
    SubState: status?.subState ?? 'dead',
    UnitFileState: status === undefined ? '' : status.enabled ? 'enabled' : 'disabled',
    FragmentPath: unit?.path ?? '',
    NeedDaemonReload: service !== undefined && machine.needsReload(service) ? 'yes' : 'no',
    Type: unit?.type ?? '',
    Restart: unit?.restart ?? '',
    Result: status?.result ?? 'success',
    NRestarts: String(status?.restarts ?? 0),
    MainPID: String(status?.pid ?? 0),
    ExecMainStatus: exitNumber(service),
    MemoryCurrent: status?.memory === undefined ? '[not set]' : String(status.memory),
    ActiveEnterTimestamp:
      status?.activeState === 'active' && status.since !== undefined ? stamp(status.since, 'full') : '',
  };
  const keys = wanted.length > 0 ? wanted.filter((key) => key in all) : Object.keys(all);
  return keys.map((key) => `${valueOnly ? '' : `${key}=`}${all[key]}\n`).join('');
}

function exitNumber(service: Service | undefined): string {
  const status = service?.lastMain?.status;
  return status !== undefined && 'code' in status ? String(status.code) : '0';
}
