import type { Command } from 'commander';
import { type CliIo, type CommonOptions, seconds } from '../io.ts';
import { describe } from '../options.ts';

/** `up` and `down`: the machines' power buttons. */
export function registerPower(program: Command, io: CliIo): void {
  describe(program.command('up'), {
    summary: 'switch the machines on (all, or those named); units that are enabled start',
    examples: ['k8s-lab up', 'k8s-lab up worker-0'],
  })
    .argument('[machine...]')
    .action(async (names: string[], options: CommonOptions) => {
      const { openSession } = await import('../../course/session.ts');
      const { findMachine } = await import('../../machines/topology.ts');
      const session = await openSession({ ...options, env: io.env });
      for (const name of names) findMachine(session.workspace.topology, name);
      const started = performance.now();
      const client = await session.client();
      if (names.length === 0) await client.up();
      for (const name of names) await client.power(name, 'on');
      for (const { name, address, power } of await client.machines()) {
        io.out(`${name.padEnd(16)} ${address.padEnd(16)} ${power}\n`);
      }
      io.out(`up in ${seconds(performance.now() - started)}\n`);
    });

  describe(program.command('down'), {
    summary: 'switch the machines off (all, and the lab with them; or those named); disks stay',
    examples: ['k8s-lab down', 'k8s-lab down worker-0'],
  })
    .argument('[machine...]')
    .action(async (names: string[], options: CommonOptions) => {
      const { openWorkspace, workspaceDir } = await import('../../machines/workspace.ts');
      const { runningLab } = await import('../../machines/client.ts');
      const { findMachine } = await import('../../machines/topology.ts');
      const workspace = await openWorkspace(workspaceDir(options.workspace, io.env));
      for (const name of names) findMachine(workspace.topology, name);
      const client = await runningLab(workspace);
      if (client === undefined) {
        io.out('The lab is down already.\n');
        return;
      }
      if (names.length === 0) await client.down();
      for (const name of names) await client.power(name, 'off');
      io.out(names.length === 0 ? 'Everything is off; no process is left.\n' : `${names.join(', ')} off.\n`);
    });
}
