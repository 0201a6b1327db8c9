import { didYouMean } from '../../lib/nearest.ts';
import type { CommandResult } from '../api.ts';
import type { Machine } from './machine.ts';
import type { JobResult } from './service.ts';
import { type Options, parseOptions } from './systemctl-options.ts';
import { describeUnit, listUnitFiles, listUnits, showProperties } from './systemctl-views.ts';
import { unitName } from './unit-store.ts';

/** Output being put together, as a process would write it. */
class Output {
  stdout = '';
  stderr = '';
  exitCode = 0;

  out(text: string): void {
    this.stdout += `${text}\n`;
  }

  err(text: string, exitCode?: number): void {
    this.stderr += `${text}\n`;
    if (exitCode !== undefined) this.exitCode = exitCode;
  }

  get result(): CommandResult {
    return { stdout: this.stdout, stderr: this.stderr, exitCode: this.exitCode };
  }
}

type Verb = (
  machine: Machine,
  names: readonly string[],
  output: Output,
  options: Options,
) => Promise<void> | void;

const verbs: Readonly<Record<string, Verb>> = {
  start: (machine, names, output, options) => start(machine, names, output, options),
  stop: async (machine, names, output) => {
    const known = present(machine, names, output, 'stop');
    await machine.stop(known);
  },
  restart: async (machine, names, output, options) => {
    const known = present(machine, names, output, 'restart');
    await restart(machine, known, output, options);
  },
  'try-restart': async (machine, names, output, options) => {
    const running = names.filter((name) => machine.service(name)?.isStarted === true);
    await restart(machine, running, output, options);
  },
  reload: (machine, names, output) => reload(machine, names, output),
  'reload-or-restart': async (machine, names, output, options) => {
    for (const name of names) {
      const service = machine.service(name);
      if (service?.activeState === 'active' && service.unit.execReload.length > 0)
        await reload(machine, [name], output);
      else await verbs.restart!(machine, [name], output, options);
    }
  },
  kill: (machine, names, output, { signal }) => {
    for (const name of present(machine, names, output, 'kill')) {
      if (machine.service(name)!.signal(signal)) continue;
      output.err(`Failed to kill unit ${name}: No such process`, 1);
    }
  },
  status: (machine, names, output, options) => {
    const shown = names.length > 0 ? names : machine.services().map((service) => service.name);
    shown.forEach((name, index) => {
      if (index > 0) output.out('');
      const service = machine.service(name);
      if (service === undefined) {
        output.err(`Unit ${name} could not be found.`, 4);
        return;
      }
      if (machine.needsReload(service)) output.err(changedOnDisk(name));
      output.stdout += describeUnit(machine, service, options.lines);
      if (service.activeState !== 'active' && service.activeState !== 'activating' && output.exitCode === 0) {
        output.exitCode = 3;
      }
      if (service.activeState === 'activating' && output.exitCode === 0) output.exitCode = 3;
    });
  },
  'is-active': (machine, names, output, options) => {
    const states = names.map((name) => machine.service(name)?.activeState ?? 'inactive');
    if (!options.quiet) for (const state of states) output.out(state);
    const missing = names.some((name) => machine.service(name) === undefined);
    output.exitCode = states.some((state) => state === 'active') ? 0 : missing ? 4 : 3;
  },
  'is-failed': (machine, names, output, options) => {
    const states = names.map((name) => machine.service(name)?.activeState ?? 'inactive');
    if (!options.quiet) for (const state of states) output.out(state);
    output.exitCode = states.includes('failed') ? 0 : 1;
  },
  'is-enabled': (machine, names, output, options) => {
    let enabled = false;
    for (const name of names) {
      const service = machine.service(name);
      if (service === undefined) {
        output.err(`Failed to get unit file state for ${name}: No such file or directory`);
        continue;
      }
      const state = machine.store.isEnabled(name)
        ? 'enabled'
        : service.unit.wantedBy.length + service.unit.requiredBy.length > 0
          ? 'disabled'
          : 'static';
      if (state !== 'disabled') enabled = true;
      if (!options.quiet) output.out(state);
    }
    output.exitCode = enabled ? 0 : 1;
  },
  enable: async (machine, names, output, options) => {
    const known = names.filter((name) => {
      if (machine.store.find(name) !== undefined) return true;
      output.err(`Failed to enable unit: Unit file ${name} does not exist.`, 1);
      return false;
    });
    if (output.exitCode !== 0) return;
    // As systemctl does, read the files again first: the links go by what they say now.
    machine.daemonReload();
    for (const name of known) {
      const { unit } = machine.service(name)!;
      if (unit.wantedBy.length + unit.requiredBy.length + unit.aliases.length === 0) {
        output.err(
          'The unit files have no installation config (WantedBy=, RequiredBy=, UpheldBy=,\nAlso=, or Alias= settings in the [Install] section).',
        );
      }
      for (const line of machine.store.enable(unit)) output.err(line);
    }
    if (options.now) await start(machine, known, output, options);
  },
  disable: async (machine, names, output, options) => {
    for (const name of names) {
      if (machine.store.find(name) === undefined && !machine.store.isEnabled(name)) {
        output.err(`Failed to disable unit: Unit file ${name} does not exist.`, 1);
        continue;
      }
      for (const line of machine.store.disable(name)) output.err(line);
    }
    if (options.now) await machine.stop(names);
    machine.daemonReload();
  },
  'daemon-reload': (machine) => machine.daemonReload(),
  'reset-failed': (machine, names) => {
    for (const service of machine.services()) {
      if (names.length === 0 || names.includes(service.name)) service.resetFailed();
    }
  },
  'list-units': (machine, names, output, options) => {
    output.stdout += listUnits(machine, names, options);
  },
  'list-unit-files': (machine, names, output, options) => {
    output.stdout += listUnitFiles(machine, names, options.legend);
  },
  cat: (machine, names, output) => {
    names.forEach((name, index) => {
      const path = machine.store.find(name);
      if (path === undefined) {
        output.err(`No files found for ${name}.`, 1);
        return;
      }
      if (index > 0) output.out('');
      output.out(`# ${path}`);
      output.stdout += machine.store.text(path) ?? '';
    });
  },
  show: (machine, names, output, options) => {
    names.forEach((name, index) => {
      if (index > 0) output.out('');
      output.stdout += showProperties(machine, name, options.properties, options.value);
    });
  },
  'is-system-running': (machine, _names, output) => {
    const failed = machine.services().some((service) => service.activeState === 'failed');
    output.out(failed ? 'degraded' : 'running');
    output.exitCode = failed ? 1 : 0;
  },
};

const needsUnits = new Set(
  'start stop restart try-restart reload reload-or-restart kill is-active is-enabled enable disable cat show'.split(
    ' ',
  ),
);

const changedOnDisk = (name: string) =>
  `Warning: The unit file, source configuration file or drop-ins of ${name} changed on disk. Run 'systemctl daemon-reload' to reload units.`;

/** Runs `systemctl ARGS` on a machine that is on. Unknown verbs and options are refused by name. */
export async function systemctl(machine: Machine, args: readonly string[]): Promise<CommandResult> {
  const output = new Output();
  const parsed = parseOptions(args);
  if (typeof parsed === 'string') {
    output.err(parsed, 1);
    return output.result;
  }
  const { words, options } = parsed;
  const verb = words[0] ?? 'list-units';
  const run = verbs[verb];
  if (run === undefined) {
    const hint = didYouMean(verb, Object.keys(verbs));
    output.err(`Unknown command verb '${verb}'${hint === undefined ? '.' : `, ${hint}`}`, 1);
    return output.result;
  }
  const names = words.slice(1).map(unitName);
  if (names.length === 0 && needsUnits.has(verb)) {
    output.err('Too few arguments.', 1);
    return output.result;
  }
  await run(machine, names, output, options);
  return output.result;
}

/** The names that have a unit; the others are complained about with exit code 5, as systemctl does. */
function present(machine: Machine, names: readonly string[], output: Output, verb: string): string[] {
  return names.filter((name) => {
    const service = machine.service(name);
    if (service === undefined) {
      output.err(`Failed to ${verb} ${name}: Unit ${name} not found.`, 5);
      return false;
    }
    if (machine.needsReload(service)) output.err(changedOnDisk(name));
    return true;
  });
}

/** With the running units that require them (Models the restart jobs that Requires= propagates in systemd). */
async function restart(
  machine: Machine,
  names: readonly string[],
  output: Output,
  options: Pick<Options, 'noBlock'>,
): Promise<void> {
  const dependants = machine.dependants(names);
  await machine.stop(names);
  await start(machine, [...names, ...dependants], output, options);
}

async function start(
  machine: Machine,
  names: readonly string[],
  output: Output,
  options: Pick<Options, 'noBlock'>,
): Promise<void> {
  const known = present(machine, names, output, 'start');
  const started = machine.start(known);
  if (options.noBlock) return;
  const results = await started;
  for (const name of known) explain(machine, name, results.get(name) ?? 'done', output);
}

function explain(machine: Machine, name: string, result: JobResult, output: Output): void {
  const details = `See "systemctl status ${name}" and "journalctl -xeu ${name}" for details.`;
  const service = machine.service(name);
  switch (result) {
    case 'done':
      return;
    case 'bad-setting':
      output.err(
        `Failed to start ${name}: Unit ${name} has a bad unit file setting.\nSee system logs and 'systemctl status ${name}' for details.`,
        1,
      );
      return;
    case 'canceled':
      output.err(`Job for ${name} canceled.`, 1);
      return;
    case 'timeout':
      output.err(`Job for ${name} failed because a timeout was exceeded.\n${details}`, 1);
      return;
    case 'start-limit-hit':
      output.err(
        `Job for ${name} failed because start of the service was attempted too often.\n${details}`,
        1,
      );
      return;
    case 'failed':
      output.err(
        service?.result === 'signal'
          ? `Job for ${name} failed because a fatal signal was delivered to the control process.\n${details}`
          : `Job for ${name} failed because the control process exited with error code.\n${details}`,
        1,
      );
  }
}

async function reload(machine: Machine, names: readonly string[], output: Output): Promise<void> {
  for (const name of present(machine, names, output, 'reload')) {
    const service = machine.service(name)!;
    if (service.unit.execReload.length === 0) {
      output.err(`Failed to reload ${name}: Job type reload is not applicable for unit ${name}.`, 1);
    } else if (service.activeState !== 'active') {
      output.err(`${name} is not active, cannot reload.`, 1);
    } else if (!(await service.reload())) {
      output.err(`Job for ${name} failed.`, 1);
    }
  }
}
