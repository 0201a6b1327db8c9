import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, sleep } from '../../lib/clock.ts';
import type { JournalEntry, LabEvent, LinkState, MachineStatus, PowerState, UnitStatus } from '../api.ts';
import { machineIdentity } from '../identity.ts';
import { hostnameOf } from '../machine-root.ts';
import type { MachineSpec } from '../topology.ts';
import { startGroups } from '../units/order.ts';
import type { ServiceUnit } from '../units/service-unit.ts';
import type { Workspace } from '../workspace.ts';
import { Journal } from './journal.ts';
import { type JobResult, Service } from './service.ts';
import { startServiceProcess } from './service-process.ts';
import { UnitStore } from './unit-store.ts';

export interface MachineOptions {
  readonly workspace: Workspace;
  readonly spec: MachineSpec;
  readonly clock: Clock;
  emit(event: LabEvent): void;
  /** Something that must survive labd changed: power, or which units run. */
  changed(): void;
}

/** A machine: power, units, journal. Processes come from service-process.ts, the network from lab.ts. */
export class Machine {
  readonly spec: MachineSpec;
  readonly root: string;
  readonly store: UnitStore;
  readonly journal: Journal;
  power: PowerState = 'off';
  link: LinkState = 'up';
  bootId: string | undefined;
  readonly #services = new Map<string, Service>();
  readonly #options: MachineOptions;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.spec = options.spec;
    this.root = options.workspace.machineRoot(options.spec.name);
    this.store = new UnitStore(this.root);
    this.journal = new Journal({
      dir: options.workspace.journalDir(options.spec.name),
      clock: options.clock,
    });
  }

  get name(): string {
    return this.spec.name;
  }

  /** Services in memory: started, failed or enabled ones, and those asked about. */
  services(): Service[] {
    return [...this.#services.values()];
  }

  /** The service of that name, its file read as systemd would: an idle unit anew, a busy one as it was loaded. */
  service(name: string): Service | undefined {
    const loaded = this.#services.get(name);
    if (loaded !== undefined && (loaded.activeState !== 'inactive' || this.store.isEnabled(name)))
      return loaded;
    return this.#load(name);
  }

  #load(name: string): Service | undefined {
    const unit = this.store.load(name, {
      hostname: hostnameOf(this.root, this.name),
      bootId: this.bootId ?? '',
    });
    const loaded = this.#services.get(name);
    if (unit === undefined) {
      if (loaded !== undefined && loaded.activeState === 'inactive') this.#services.delete(name);
      return this.#services.get(name);
    }
    if (loaded !== undefined) {
      if (loaded.unit.text !== unit.text) this.#warnAbout(unit);
      loaded.unit = unit;
      return loaded;
    }
    this.#warnAbout(unit);
    const service = new Service(unit, {
      clock: this.#options.clock,
      run: (current, command, mainPid) =>
        startServiceProcess(
          {
            root: this.root,
            workspaceDir: this.#options.workspace.dir,
            identity: machineIdentity(this.#options.workspace, this.name),
            output: (from, identifier, pid, line) => this.#append(from.name, identifier, pid, 6, line),
            log: (from, message, priority) => this.log(from, message, priority),
          },
          current,
          command,
          mainPid,
        ),
      log: (from, message, priority = 6) => this.log(from, message, priority),
      changed: (changed) => {
        this.#options.emit({ type: 'unit', machine: this.name, unit: this.unitStatus(changed) });
        this.#options.changed();
      },
    });
    this.#services.set(name, service);
    return service;
  }

  #warnAbout(unit: ServiceUnit): void {
    for (const warning of unit.warnings) this.log(unit.name, warning, 4);
  }

  /** `systemctl daemon-reload`: all unit files are read again; what runs goes on. */
  daemonReload(): void {
    for (const name of [...this.#services.keys()]) this.#load(name);
  }

  /** True when the file says something else than what is loaded. */
  needsReload(service: Service): boolean {
    const text = this.store.text(service.unit.path);
    return text !== undefined && text !== service.unit.text;
  }

  /** Starts units with those they require or want, in order. The answer has a result for each name asked for. */
  async start(names: readonly string[]): Promise<Map<string, JobResult>> {
    const wanted = new Map<string, Service>();
    const add = (name: string) => {
      if (wanted.has(name)) return;
      const service = this.service(name);
      if (service === undefined) return;
      wanted.set(name, service);
      for (const other of [...service.unit.requires, ...service.unit.wants]) {
        if (other.endsWith('.service')) add(other);
      }
    };
    for (const name of names) add(name);
    const results = new Map<string, JobResult>();
    for (const group of startGroups([...wanted.values()].map((service) => service.unit))) {
      await Promise.all(
        group.map(async ({ name, requires }) => {
          const broken = requires.find((other) => (results.get(other) ?? 'done') !== 'done');
          results.set(name, broken === undefined ? await wanted.get(name)!.start() : 'canceled');
          if (broken !== undefined) this.log(name, `Dependency failed for ${name}.`, 3);
        }),
      );
    }
    return results;
  }

  /** The running units that require one of these, or one that does. */
  dependants(names: readonly string[]): string[] {
    const found = new Set<string>();
    const add = (required: string) => {
      for (const { name, unit, isStarted } of this.services()) {
        if (!isStarted || found.has(name) || names.includes(name) || !unit.requires.includes(required))
          continue;
        found.add(name);
        add(name);
      }
    };
    for (const name of names) add(name);
    return [...found];
  }

  /** Stops units, after the running ones that require them. */
  async stop(names: readonly string[]): Promise<void> {
    for (const group of [this.dependants(names), names])
      await Promise.all(group.map((name) => this.#services.get(name)?.stop()));
  }

  /** Boots: a new boot id, an empty /run, then the enabled units in dependency order. */
  async powerOn(): Promise<void> {
    if (this.power === 'on') return;
    this.bootId = randomUUID();
    this.#setPower('on');
    for (const folder of ['run', 'tmp']) emptyFolder(join(this.root, folder));
    mkdirSync(join(this.root, 'run'), { recursive: true });
    this.log(undefined, `Startup of ${this.name} (boot ${this.bootId.replaceAll('-', '')}).`, 6);
    this.#services.clear();
    const starting = this.start(this.store.wantedAtBoot());
    // A unit that waits for its peers must not hold up the other machines.
    void starting.then(() => this.log(undefined, 'Reached target multi-user.target - Multi-User System.', 6));
  }

  /** Shuts down as a person would: units end by themselves, those that came last first, as far as time allows. */
  async shutDown(limitMs: number): Promise<void> {
    const { clock } = this.#options;
    const until = clock.monotonic() + limitMs;
    const groups = startGroups(this.services().map((service) => service.unit)).reverse();
    for (const group of groups) {
      const stopped = Promise.all(group.map(({ name }) => this.#services.get(name)?.stop()));
      const left = new AbortController();
      await Promise.race([stopped, sleep(clock, Math.max(0, until - clock.monotonic()), left.signal)]);
      left.abort();
    }
  }

  /** Pulls the plug: every process of every unit is killed. */
  async powerOff(): Promise<void> {
    if (this.power === 'off') return;
    this.#setPower('off');
    await Promise.all(this.services().map((service) => service.stop(true)));
    this.#services.clear();
    this.log(undefined, 'Power off.', 6);
    this.journal.flush();
  }

  #setPower(power: PowerState): void {
    this.power = power;
    this.#options.emit({ type: 'power', machine: this.name, power });
    this.#options.changed();
  }

  setLink(link: LinkState): void {
    this.link = link;
    this.log(undefined, `eth0: Link is ${link === 'up' ? 'Up' : 'Down'}`, 6, 'kernel');
    this.#options.emit({ type: 'link', machine: this.name, link });
    this.#options.changed();
  }

  /** A line in the journal that no program wrote. */
  log(unit: string | undefined, message: string, priority = 6, identifier = 'systemd'): void {
    this.#append(unit, identifier, 1, priority, message);
  }

  #append(
    unit: string | undefined,
    identifier: string,
    pid: number,
    priority: number,
    message: string,
  ): void {
    const entry: JournalEntry = {
      time: this.#options.clock.now(),
      bootId: this.bootId ?? '',
      unit,
      identifier,
      pid,
      priority,
      message,
    };
    this.journal.append(entry);
  }

  unitStatus(service: Service): UnitStatus {
    return {
      name: service.name,
      description: service.unit.description,
      loadState: service.unit.error === undefined ? 'loaded' : 'bad-setting',
      activeState: service.activeState,
      subState: service.subState,
      result: service.result,
      pid: service.mainPid,
      since: service.since,
      restarts: service.restarts,
      enabled: this.store.isEnabled(service.name),
      memory: service.mainPid === undefined ? undefined : residentBytes(service.mainPid),
    };
  }

  status(): MachineStatus {
    for (const name of this.store.names()) if (this.power === 'on') this.service(name);
    return {
      name: this.name,
      roles: this.spec.roles,
      address: this.spec.address,
      podCidr: this.spec.podCidr,
      power: this.power,
      link: this.link,
      bootId: this.bootId,
      units: this.services()
        .map((service) => this.unitStatus(service))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }
}

function emptyFolder(path: string): void {
  try {
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true });
  } catch {
    // Not there: nothing to empty.
  }
}

/** From /proc; undefined on platforms without it. */
function residentBytes(pid: number): number | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return match === null ? undefined : Number(match[1]) * 1024;
  } catch {
    return undefined;
  }
}
