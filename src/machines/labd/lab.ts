import { join } from 'node:path';
import { type Cancel, type Clock, sleep } from '../../lib/clock.ts';
import { LabError } from '../../lib/errors.ts';
import { type Network, openNetwork } from '../../usernet/network.ts';
import { registeredProcesses } from '../../usernet/processes.ts';
import type { LabEvent, LabInfo, LinkState, PowerState } from '../api.ts';
import { jumpboxName } from '../identity.ts';
import { labVersion, type Workspace } from '../workspace.ts';
import { Machine } from './machine.ts';
import { readSavedState, writeSavedState } from './saved-state.ts';
import { sendSignal } from './service-process.ts';
import { ShellHost } from './shell-host.ts';

/** What units get to end by themselves at `down`. */
const shutDownMs = 4000;

/** All machines of a workspace, their network and what must outlive labd. */
export class Lab {
  readonly workspace: Workspace;
  readonly network: Network;
  readonly machines: readonly Machine[];
  readonly shells: ShellHost;
  proxyPort: number | undefined;
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: LabEvent) => void>();
  #saveTimer: Cancel | undefined;
  #closed = false;

  constructor(options: { readonly workspace: Workspace; readonly clock: Clock }) {
    this.workspace = options.workspace;
    this.#clock = options.clock;
    this.network = openNetwork(options.workspace.runtimeDir);
    this.shells = new ShellHost({ clock: options.clock, workspaceDir: options.workspace.dir });
    this.machines = options.workspace.topology.machines.map(
      (spec) =>
        new Machine({
          workspace: options.workspace,
          spec,
          clock: options.clock,
          emit: (event) => this.#emit(event),
          changed: () => this.saveSoon(),
        }),
    );
  }

  /** Throws {@link LabError} when the lab has no machine of that name. */
  machine(name: string): Machine {
    const found = this.machines.find((machine) => machine.name === name);
    if (found === undefined) throw new LabError(`unknown machine ${JSON.stringify(name)}`);
    return found;
  }

  onEvent(listener: (event: LabEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #emit(event: LabEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Cleans up after a labd that was killed, and starts again what ran under it. */
  async restore(): Promise<void> {
    await this.#killProcesses(() => true);
    this.#prepareNetwork();
    const saved = readSavedState(this.#stateFile);
    for (const machine of this.machines) {
      const state = saved[machine.name];
      this.network.routes(machine.name).restore(state?.routes ?? []);
      if (state?.power !== 'on') continue;
      machine.power = 'on';
      machine.bootId = state.bootId;
      this.network.setPower(machine.name, { on: true });
      if (state.link === 'down') {
        machine.link = 'down';
        this.network.setLink(machine.name, { up: false });
      }
      machine.log(undefined, 'The supervisor was restarted; units that were running are started again.', 4);
      void machine.start(state.running);
    }
  }

  #prepareNetwork(): void {
    const { network, workspace } = this;
    const { topology } = workspace;
    network.setLabNetworks({
      network: topology.network,
      podCidr: topology.podCidr,
      serviceCidr: topology.serviceCidr,
    });
    network.setHosts(Object.fromEntries(topology.machines.map(({ name, address }) => [name, address])));
    const prefixLength = Number(topology.network.split('/')[1]);
    const make = (name: string, address: string) => {
      network.createNamespace(name, { machine: name });
      if (network.namespace(name)!.addresses.some((entry) => entry.address === address)) return;
      network.addAddress(name, { address, prefixLength, device: 'eth0' });
    };
    make(jumpboxName, topology.jumpbox);
    for (const { name, address } of topology.machines) {
      make(name, address);
      network.setPower(name, { on: false });
      network.setLink(name, { up: true });
      this.#removePods(name);
    }
  }

  #removePods(machine: string): void {
    for (const namespace of this.network.namespaces()) {
      if (namespace.machine === machine && namespace.id !== machine)
        this.network.removeNamespace(namespace.id);
    }
    this.network.setServiceRules(machine, []);
  }

  async setPower(name: string, power: PowerState): Promise<void> {
    const machine = this.machine(name);
    if (power === 'on') {
      this.network.setPower(name, { on: true });
      await machine.powerOn();
      return;
    }
    this.network.setPower(name, { on: false });
    this.shells.endMachine(name);
    await machine.powerOff();
    await this.#killProcesses((machineName) => machineName === name);
    this.#removePods(name);
  }

  async reset(name: string): Promise<void> {
    await this.setPower(name, 'off');
    await this.setPower(name, 'on');
  }

  setLink(name: string, link: LinkState): void {
    const machine = this.machine(name);
    this.network.setLink(name, { up: link === 'up' });
    machine.setLink(link);
  }

  async up(): Promise<void> {
    await Promise.all(this.machines.map((machine) => this.setPower(machine.name, 'on')));
  }

  /**
   * All machines off, no process left. The caller ends labd itself. They are shut down before the plug is pulled: a
   * leader that can give its lease back spares everybody the wait for it after the next `up`.
   */
  async down(): Promise<void> {
    await Promise.all(this.machines.map((machine) => machine.shutDown(shutDownMs)));
    await Promise.all(this.machines.map((machine) => this.setPower(machine.name, 'off')));
    this.shells.stop();
    await this.#killProcesses(() => true);
    this.close();
  }

  close(): void {
    this.#save();
    this.#closed = true;
    for (const machine of this.machines) machine.journal.flush();
  }

  /** Ends the units at once and saves nothing: for a labd that has lost its lab to the next one. */
  abandon(): void {
    this.#closed = true;
    for (const machine of this.machines)
      for (const { mainPid } of machine.services())
        if (mainPid !== undefined) sendSignal(-mainPid, 'SIGKILL');
  }

  /** The machines' processes that registered themselves: also those that left their unit's process group. */
  processes(): { pid: number; machine: string; name: string }[] {
    return registeredProcesses(this.workspace.runtimeDir)
      .filter((record) => record.machine !== jumpboxName && record.pid !== process.pid)
      .map((record) => ({ pid: record.pid, machine: record.machine, name: record.program }));
  }

  /** A process may start another while it dies: look again until nobody is left. */
  async #killProcesses(belongs: (machine: string) => boolean): Promise<void> {
    for (let round = 0; round < 50; round++) {
      const left = this.processes().filter((entry) => belongs(entry.machine));
      if (left.length === 0) return;
      for (const { pid } of left) {
        if (!sendSignal(-pid, 'SIGKILL')) sendSignal(pid, 'SIGKILL');
        sendSignal(pid, 'SIGKILL');
      }
      await sleep(this.#clock, 20);
    }
  }

  info(): LabInfo {
    return {
      version: labVersion(),
      pid: process.pid,
      runtimeDir: this.workspace.runtimeDir,
      workspace: this.workspace.dir,
      proxyPort: this.proxyPort,
      processes: this.processes(),
    };
  }

  get #stateFile(): string {
    return join(this.workspace.labDir, 'units.json');
  }

  /** What a command on a machine may have changed is kept. */
  saveSoon(): void {
    this.#saveTimer ??= this.#clock.after(20, () => this.#save());
  }

  #save(): void {
    this.#saveTimer?.();
    this.#saveTimer = undefined;
    if (this.#closed) return;
    const machines = Object.fromEntries(
      this.machines.map((machine) => [
        machine.name,
        {
          power: machine.power,
          link: machine.link,
          bootId: machine.bootId,
          running: machine
            .services()
            .filter((service) => service.isStarted)
            .map((service) => service.name),
          routes: this.network.routes(machine.name).added(),
        },
      ]),
    );
    writeSavedState(this.#stateFile, machines);
  }
}
