import { absence } from '../absence.ts';
import { type MachineReason, machineReasons, onEachHost, place, readHostText } from '../hosts.ts';
import { lastWords } from '../last-words.ts';
import { Parameters } from '../parameters.ts';
import type { CheckContext, CheckKind, CheckSpec, Finding, Host, UnitStatus } from '../types.ts';
import { eventually } from '../wait.ts';
import { contentReasons, examineUnitFile, type WantedUnit } from './unit-content.ts';

type Reason =
  | MachineReason
  | 'missing-unit'
  | keyof typeof contentReasons
  | 'not-loaded'
  | 'not-enabled'
  | 'crashing'
  | 'not-active';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  'missing-unit': 'the unit file is not there',
  ...contentReasons,
  'not-loaded': 'systemd has not read the unit file yet',
  'not-enabled': 'the unit would not start after a reboot',
  crashing: 'the program starts and ends again',
  'not-active': 'the unit is not running',
};

/** What a result means, where it is more than a program that ended with an error. */
const endings: Readonly<Record<string, string>> = {
  signal: 'something kills it',
  timeout: 'it does not get ready in the time that systemd allows',
  'start-limit-hit': 'it ended so often in a short time that systemd starts it no more',
};

/** Enough for one run of a program that complains a lot. */
const journalLines = 200;

/** A program that reads its files needs a moment until it ends over one. */
const settledMs = 3000;

/** Between two failures a program runs, too, for a moment: it is not well before it has stayed. */
const isRelapsing = ({ restarts = 0, since = 0 }: UnitStatus, nowMs: number) =>
  restarts > 0 && nowMs - since < settledMs;

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
  const relapsing = running && isRelapsing(status, context.clock.now());
  if (active && (!running || relapsing)) {
    const lines = lastWords(await context.machines.journal(host, unit, journalLines));
    const tail = lines.length === 0 ? '' : ` It said last:\n${lines.map((line) => `  ${line}`).join('\n')}`;
    const again = relapsing || (status.activeState === 'activating' && status.subState === 'auto-restart');
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
    const wanted: WantedUnit = {
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
        const findings = examineUnitFile(text, place(host, path), wanted);
        const state = await eventually(context, waitMs, () =>
          examineState(context, host, unit, enabled, active),
        );
        return [...findings, ...state];
      });
  },
};
