import { splitWords } from '../../machines/units/command-line.ts';
import { parseUnitFile } from '../../machines/units/unit-file.ts';
import { absence } from '../absence.ts';
import { flagMeaning } from '../flag-meaning.ts';
import { type MachineReason, machineReasons, onEachHost, place, readHostText } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckContext, CheckKind, CheckSpec, Finding, Host } from '../types.ts';
import { eventually } from '../wait.ts';

type Reason =
  | MachineReason
  | 'missing-unit'
  | 'bad-unit-file'
  | 'wrong-program'
  | 'missing-flag'
  | 'wrong-flag'
  | 'unexpected-flag'
  | 'not-loaded'
  | 'not-enabled'
  | 'crashing'
  | 'not-active';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  'missing-unit': 'the unit file is not there',
  'bad-unit-file': 'the unit file has a mistake',
  'wrong-program': 'ExecStart names another program',
  'missing-flag': 'a flag is missing in ExecStart',
  'wrong-flag': 'a flag in ExecStart has another value',
  'unexpected-flag': 'a flag is there that should not be',
  'not-loaded': 'systemd has not read the unit file yet',
  'not-enabled': 'the unit would not start after a reboot',
  crashing: 'the program starts and ends again',
  'not-active': 'the unit is not running',
};

interface Wanted {
  readonly unit: string;
  readonly program: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly without: readonly string[];
  readonly why: Readonly<Record<string, unknown>>;
}

/** The flags of a command line by name without dashes. Models Go's flag and pflag: `--a=b`, `--a b`, `--switch`. */
function readFlags(words: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const match = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(words[index]!);
    if (match === null) continue;
    const next = words[index + 1];
    const value = match[2] ?? (next === undefined || next.startsWith('-') ? 'true' : words[++index]!);
    const earlier = flags.get(match[1]!);
    // A flag given again adds to a list.
    flags.set(match[1]!, earlier === undefined ? value : `${earlier},${value}`);
  }
  return flags;
}

/** Lists are sets: the order of --etcd-servers or --initial-cluster does not matter. */
const canonical = (value: string) =>
  value
    .split(',')
    .map((item) => item.trim())
    .sort()
    .join(',');

function examineText(text: string, where: string, wanted: Wanted): Finding<Reason>[] {
  const { unit } = wanted;
  const file = parseUnitFile(text, where);
  const remedy = 'write the unit file again, then systemctl daemon-reload and systemctl restart';
  const bad = (message: string, found: string): Finding<Reason> => ({
    reason: 'bad-unit-file',
    message: `${where}: ${message}`,
    expected: 'a unit file that systemd reads without a complaint',
    found,
    where,
    remedy,
  });
  if (file.warnings.length > 0)
    return [bad(`systemd stumbles over it: ${file.warnings[0]}`, file.warnings[0]!)];
  const starts = (file.sections.get('Service') ?? []).filter((setting) => setting.key === 'ExecStart');
  const start = starts.at(-1);
  if (start === undefined) return [bad('it has no ExecStart in [Service].', 'no ExecStart')];
  let words: readonly string[];
  try {
    words = splitWords(start.value);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [bad(`ExecStart (line ${start.line}) does not parse: ${found}.`, found)];
  }
  // A continued line whose backslash is missing ends the command, and its flags become settings without a meaning.
  const stray = (file.sections.get('Service') ?? []).find((setting) => setting.key.startsWith('-'));
  if (stray !== undefined)
    return [
      bad(
        `line ${stray.line} (${stray.key}) stands alone: the line before it does not end with a backslash.`,
        `${stray.key}=${stray.value}`,
      ),
    ];
  const findings: Finding<Reason>[] = [];
  const program = (words[0] ?? '').replace(/^[-@:+!]+/, '');
  if (wanted.program !== undefined && program !== wanted.program)
    findings.push({
      reason: 'wrong-program',
      message: `${where} starts ${program}, and ${wanted.program} is wanted.`,
      expected: wanted.program,
      found: program,
      where,
      remedy,
    });
  const flags = readFlags(words.slice(1));
  const because = (flag: string) => {
    const why = wanted.why[flag] ?? flagMeaning(flag);
    return why === undefined ? '.' : `: ${String(why)}.`;
  };
  for (const [name, value] of Object.entries(wanted.flags)) {
    const flag = name.replace(/^--?/, '');
    const found = flags.get(flag);
    const expected = value === null ? `--${flag}` : `--${flag}=${String(value)}`;
    if (found === undefined)
      findings.push({
        reason: 'missing-flag',
        message: `${where} starts ${unit.replace(/\.service$/, '')} without --${flag}${because(flag)}`,
        expected,
        found: 'no such flag',
        where,
        remedy: `add ${expected} to ExecStart, then systemctl daemon-reload and systemctl restart ${unit}`,
      });
    else if (value !== null && canonical(found) !== canonical(String(value)))
      findings.push({
        reason: 'wrong-flag',
        message: `${where} has --${flag}=${found}, and ${String(value)} is wanted${because(flag)}`,
        expected,
        found: `--${flag}=${found}`,
        where,
        remedy: `correct --${flag} in ExecStart, then systemctl daemon-reload and systemctl restart ${unit}`,
      });
  }
  for (const name of wanted.without) {
    const flag = name.replace(/^--?/, '');
    if (!flags.has(flag)) continue;
    findings.push({
      reason: 'unexpected-flag',
      message: `${where} has --${flag}, which does not belong there${because(flag)}`,
      expected: `no --${flag}`,
      found: `--${flag}=${flags.get(flag)}`,
      where,
      remedy: `take --${flag} out of ExecStart, then systemctl daemon-reload and systemctl restart ${unit}`,
    });
  }
  return findings;
}

/** What a result means, where it is more than a program that ended with an error. */
const endings: Readonly<Record<string, string>> = {
  signal: 'something kills it',
  timeout: 'it does not get ready in the time that systemd allows',
  'start-limit-hit': 'it ended so often in a short time that systemd starts it no more',
};

async function examineState(
  context: CheckContext,
  host: Host,
  unit: string,
  enabled: boolean,
  active: boolean,
): Promise<Finding<Reason>[]> {
  const status = await context.machines.unit(host, unit);
  const where = `${host}:${unit}`;
  if (status.loadState !== 'loaded')
    return [
      {
        reason: status.loadState === 'not-found' ? 'not-loaded' : 'bad-unit-file',
        message:
          status.loadState === 'not-found'
            ? `${host} does not know ${unit}: systemd reads new unit files only when it is told to.`
            : `${host} cannot use ${unit}: systemd says ${status.loadState}.`,
        expected: 'loaded',
        found: status.loadState,
        where,
        remedy: `on ${host}: systemctl daemon-reload, then systemctl status ${unit}`,
      },
    ];
  const findings: Finding<Reason>[] = [];
  const running = status.activeState === 'active';
  if (active && !running) {
    const lines = await context.machines.journal(host, unit, 5);
    const tail = lines.length === 0 ? '' : ` It said last:\n${lines.map((line) => `  ${line}`).join('\n')}`;
    const again = status.activeState === 'activating' && status.subState === 'auto-restart';
    const crashing = again || status.activeState === 'failed';
    const ending = endings[status.result ?? ''];
    findings.push({
      reason: crashing ? 'crashing' : 'not-active',
      message: crashing
        ? `${unit} on ${host} ${again ? 'starts and ends again' : 'has failed'}${ending === undefined ? '' : `: ${ending}`}.${tail}`
        : status.activeState === 'inactive'
          ? `${unit} on ${host} is inactive: ${status.enabled ? 'it was stopped, and would come back with the machine' : 'nobody has started it'}.`
          : `${unit} on ${host} is ${status.activeState}.${tail}`,
      expected: 'active (running)',
      found: `${status.activeState} (${status.subState})`,
      where,
      remedy: crashing
        ? `read it all: ssh ${host} journalctl -u ${unit.replace(/\.service$/, '')}`
        : `on ${host}: systemctl ${status.enabled ? 'start' : 'enable --now'} ${unit}`,
    });
  }
  if (enabled && !status.enabled)
    findings.push({
      reason: 'not-enabled',
      message: `${unit} on ${host} is not enabled: it would not start after a reboot.`,
      expected: 'enabled',
      found: 'disabled',
      where,
      remedy: `on ${host}: systemctl enable ${unit}`,
    });
  return findings;
}

/**
 * A service and its unit file. Parameters: `unit`; `on` (hosts); `program` (path in ExecStart); `flags` (flag → value; `~` only asks that it
 * is there); `without` (flags that must not be there); `why` (flag → clause); `enabled`, `active` (default true); `wait`.
 */
export const unitKind: CheckKind<Reason> = {
  kind: 'unit',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const name = parameters.string('unit');
    const unit = name.includes('.') ? name : `${name}.service`;
    const on = parameters.words('on');
    const wanted: Wanted = {
      unit,
      program: parameters.optionalString('program'),
      flags: parameters.optionalMap('flags') ?? {},
      without: parameters.optionalWords('without') ?? [],
      why: parameters.optionalMap('why') ?? {},
    };
    const enabled = parameters.boolean('enabled', true);
    const active = parameters.boolean('active', true);
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();
    const path = `/etc/systemd/system/${unit}`;

    return (context) =>
      onEachHost(context, on, async (host) => {
        const text = await readHostText(context, host, path);
        if (text === undefined) {
          const again = `write it on ${host} with the commands of this step`;
          const { says, found, remedy } = await absence(context, host, path, again);
          return [
            {
              reason: 'missing-unit' as const,
              message: `The unit file ${place(host, path)} ${says}.`,
              expected: path,
              found,
              where: place(host, path),
              remedy,
            },
          ];
        }
        const findings = examineText(text, place(host, path), wanted);
        const state = await eventually(context, waitMs, () =>
          examineState(context, host, unit, enabled, active),
        );
        return [...findings, ...state];
      });
  },
};
