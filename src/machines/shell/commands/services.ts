import { LabError } from '../../../lib/errors.ts';
import { planJournalctl, runJournalctlPlan } from '../../journalctl.ts';
import { command, fail, ok, type ShellMachine } from '../command.ts';
import type { Command } from '../just-bash.ts';

/** Commands that labd answers: units, journal, power. */
export const serviceCommands = (machine: ShellMachine): Command[] => [
  command('systemctl', async (args) => {
    if (['poweroff', 'reboot', 'halt'].includes(args[0] ?? '')) return power(machine, args[0]!);
    try {
      return { ...(await (await machine.lab()).systemctl(machine.name, args)) };
    } catch (error) {
      return refused(error);
    }
  }),
  command('journalctl', async (args) => {
    try {
      const plan = planJournalctl(args, Date.now());
      const lab = await machine.lab();
      const live = machine.live();
      let stdout = '';
      const exitCode = await runJournalctlPlan(
        plan,
        machine.name,
        (query) => lab.journal(machine.name, { ...query, signal: machine.signal() }),
        (text) => {
          if (live !== undefined) live.write('stdout', text);
          else stdout += text;
        },
      );
      return { stdout, stderr: '', exitCode };
    } catch (error) {
      return refused(error);
    }
  }),
  ...['poweroff', 'halt', 'shutdown', 'reboot'].map((name) => command(name, () => power(machine, name))),
  command('ps', async () => {
    const lab = await machine.lab();
    const { processes } = await lab.info();
    const rows = processes
      .filter((entry) => entry.machine === machine.name)
      .map((entry) => `${String(entry.pid).padStart(7)} ?        ${entry.name}`);
    return ok(['    PID TTY      CMD', '      1 ?        systemd', ...rows, ''].join('\n'));
  }),
];

async function power(machine: ShellMachine, verb: string) {
  const lab = await machine.lab();
  // The machine takes this shell with it: the answer does not come back.
  await lab.power(machine.name, verb === 'reboot' ? 'reset' : 'off').catch(() => {});
  return ok();
}

function refused(error: unknown) {
  if (error instanceof LabError) return fail(`${error.message}\n`, 1);
  throw error;
}
