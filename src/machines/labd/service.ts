import type { Cancel, Clock } from '../../lib/clock.ts';
import type { ActiveState } from '../api.ts';
import type { UnitCommand } from '../units/command-line.ts';
import type { RestartPolicy, ServiceUnit } from '../units/service-unit.ts';
import { describeExit, type ExitStatus, isClean, resultOf, type ServiceResult } from './exit-status.ts';

/** A started command. `exited` never rejects; a program that cannot be executed ends with status 203. */
export interface ServiceProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<ExitStatus>;
  /** Resolves when the program reports that it is ready; never when it does not. */
  readonly ready: Promise<void>;
  /** `group` reaches the processes it started too. */
  kill(signal: NodeJS.Signals, group: boolean): void;
}

/** What a service needs from the world. */
export interface ServiceEdge {
  readonly clock: Clock;
  run(unit: ServiceUnit, command: UnitCommand, mainPid: number | undefined): ServiceProcess;
  /** A line of systemd's own in the journal of the unit. */
  log(unit: string, message: string, priority?: number): void;
  changed(service: Service): void;
}

export type JobResult = 'done' | 'failed' | 'canceled' | 'timeout' | 'start-limit-hit' | 'bad-setting';

/** Models service_shall_restart() of src/core/service.c. */
export function shallRestart(policy: RestartPolicy, result: ServiceResult): boolean {
  if (result === 'start-limit-hit' || result === 'resources') return false;
  switch (policy) {
    case 'no':
    case 'on-watchdog':
      return false;
    case 'always':
      return true;
    case 'on-success':
      return result === 'success';
    case 'on-failure':
      return result !== 'success';
    case 'on-abnormal':
      return result !== 'success' && result !== 'exit-code';
    case 'on-abort':
      return result === 'signal' || result === 'core-dump';
  }
}

/**
 * One service's life: dead → start-pre → start → running → stop → dead, with failures and automatic restarts between
 * (models the states of src/core/service.c). Time and processes come from the edge.
 */
export class Service {
  unit: ServiceUnit;
  activeState: ActiveState = 'inactive';
  subState = 'dead';
  result: ServiceResult = 'success';
  since: number | undefined;
  restarts = 0;
  /** The last main process and how it ended, for `status`. */
  lastMain: { pid: number | undefined; status: ExitStatus } | undefined;
  #main: ServiceProcess | undefined;
  #control: ServiceProcess | undefined;
  #starts: number[] = [];
  #timer: Cancel | undefined;
  #startJob: Promise<JobResult> | undefined;
  #stopJob: Promise<void> | undefined;
  /** Grows with every start and stop: an asynchronous step that finds it changed is out of date. */
  #epoch = 0;
  readonly #edge: ServiceEdge;

  constructor(unit: ServiceUnit, edge: ServiceEdge) {
    this.unit = unit;
    this.#edge = edge;
  }

  get name(): string {
    return this.unit.name;
  }

  get mainPid(): number | undefined {
    return this.#main?.pid;
  }

  get isStarted(): boolean {
    return (
      this.activeState === 'active' || this.activeState === 'activating' || this.activeState === 'reloading'
    );
  }

  /** `systemctl kill`: what comes of it, the unit decides as if it had ended by itself. False: nothing runs. */
  signal(signal: NodeJS.Signals): boolean {
    const running = [this.#main, this.#control].filter((process) => process !== undefined);
    for (const process of running) process.kill(signal, true);
    return running.length > 0;
  }

  /** Resolves when the unit is up, or with the reason why it is not. A start under way is shared. */
  async start(): Promise<JobResult> {
    if (this.#stopJob !== undefined) await this.#stopJob;
    if (this.activeState === 'active') return 'done';
    if (this.#startJob !== undefined) return this.#startJob;
    this.#cancelTimer();
    this.restarts = 0;
    return this.#beginStart();
  }

  #beginStart(): Promise<JobResult> {
    const job = this.#runStart(++this.#epoch).finally(() => {
      if (this.#startJob === job) this.#startJob = undefined;
    });
    this.#startJob = job;
    return job;
  }

  async #runStart(epoch: number): Promise<JobResult> {
    const { unit } = this;
    if (unit.error !== undefined) return 'bad-setting';
    if (!this.#withinStartLimit()) {
      this.#log('Start request repeated too quickly.', 4);
      this.#log("Failed with result 'start-limit-hit'.", 4);
      this.#systemd(`Failed to start ${this.#title()}.`, 3);
      this.result = 'start-limit-hit';
      this.#enter('failed', 'failed');
      return 'start-limit-hit';
    }
    this.result = 'success';
    if (unit.type !== 'simple' || unit.execStartPre.length > 0) this.#systemd(`Starting ${this.#title()}...`);
    this.#enter('activating', unit.execStartPre.length > 0 ? 'start-pre' : 'start');
    if (Number.isFinite(unit.timeoutStartMs) && unit.type !== 'oneshot') {
      this.#timer = this.#edge.clock.after(unit.timeoutStartMs, () => this.#startTimedOut());
    }
    for (const command of unit.execStartPre) {
      const outcome = await this.#runControl(command, epoch);
      if (outcome !== 'success') return this.#startFailed(epoch, outcome);
    }
    if (unit.type === 'oneshot') return this.#runOneshot(epoch);
    this.#enter('activating', 'start');
    const main = this.#edge.run(unit, unit.execStart[0]!, undefined);
    this.#main = main;
    const over = main.exited.then((status) => this.#mainExited(main, status));
    if (unit.type === 'notify') {
      const first = await Promise.race([
        main.ready.then(() => 'ready' as const),
        over.then(() => 'over' as const),
      ]);
      if (first === 'over' || epoch !== this.#epoch) return this.#jobOutcome();
    } else if (unit.type === 'exec' && main.pid === undefined) {
      await over;
      return 'failed';
    }
    return this.#started(epoch);
  }

  /** Why a start ended early: the unit failed, or somebody stopped it. */
  #jobOutcome(): JobResult {
    if (this.result === 'timeout') return 'timeout';
    return this.result === 'success' ? 'canceled' : 'failed';
  }

  async #started(epoch: number): Promise<JobResult> {
    this.#cancelTimer();
    for (const command of this.unit.execStartPost) {
      const outcome = await this.#runControl(command, epoch);
      if (outcome !== 'success') return this.#startFailed(epoch, outcome);
    }
    if (epoch !== this.#epoch) return 'canceled';
    this.#systemd(`Started ${this.#title()}.`);
    this.#enter('active', 'running');
    return 'done';
  }

  async #runOneshot(epoch: number): Promise<JobResult> {
    this.#enter('activating', 'start');
    for (const command of this.unit.execStart) {
      const outcome = await this.#runControl(command, epoch, true);
      if (outcome !== 'success') return this.#startFailed(epoch, outcome);
    }
    if (epoch !== this.#epoch) return 'canceled';
    this.#systemd(`Finished ${this.#title()}.`);
    if (this.unit.remainAfterExit) this.#enter('active', 'exited');
    else {
      this.#log('Deactivated successfully.');
      this.#enter('inactive', 'dead');
    }
    return 'done';
  }

  async #runControl(
    command: UnitCommand,
    epoch: number,
    isMain = false,
  ): Promise<ServiceResult | 'superseded'> {
    const process = this.#edge.run(this.unit, command, this.mainPid);
    this.#control = process;
    const status = await process.exited;
    if (this.#control === process) this.#control = undefined;
    if (epoch !== this.#epoch) return 'superseded';
    if (isMain) this.lastMain = { pid: process.pid, status };
    const result = resultOf(status, this.unit.successExitStatus);
    if (result === 'success' || command.ignoreFailure) return 'success';
    this.#log(`${isMain ? 'Main' : 'Control'} process exited, ${describeExit(status)}`, 5);
    return result;
  }

  async #startFailed(epoch: number, result: ServiceResult | 'superseded'): Promise<JobResult> {
    if (result === 'superseded' || epoch !== this.#epoch) return this.#jobOutcome();
    this.#cancelTimer();
    this.#main?.kill('SIGTERM', true);
    this.#finish(result, true);
    return 'failed';
  }

  #startTimedOut(): void {
    this.#log('start operation timed out. Terminating.', 4);
    this.#epoch++;
    this.result = 'timeout';
    this.#control?.kill('SIGTERM', true);
    if (this.#main === undefined) this.#finish('timeout', true);
    else {
      const main = this.#main;
      main.kill('SIGTERM', true);
      this.#timer = this.#edge.clock.after(this.unit.timeoutStopMs, () => main.kill('SIGKILL', true));
    }
  }

  #mainExited(process: ServiceProcess, status: ExitStatus): void {
    if (this.#main !== process) return;
    this.#main = undefined;
    this.lastMain = { pid: process.pid, status };
    if (this.activeState === 'deactivating') return;
    this.#cancelTimer();
    const starting = this.activeState === 'activating';
    const { unit } = this;
    const byExit = resultOf(status, unit.successExitStatus);
    // A timeout was decided before the process ended by it.
    const result: ServiceResult =
      this.result === 'timeout' ? 'timeout' : starting && byExit === 'success' ? 'exit-code' : byExit;
    if (!isClean(status, [])) this.#log(`Main process exited, ${describeExit(status)}`, 5);
    if (unit.killMode !== 'process' && unit.killMode !== 'none') process.kill('SIGKILL', true);
    const prevented =
      unit.restartPreventExitStatus.includes('code' in status ? status.code : status.signal) &&
      'code' in status;
    this.#finish(result, starting, prevented);
  }

  /** The unit is down: for good, or until the restart timer. */
  #finish(result: ServiceResult, whileStarting: boolean, restartPrevented = false): void {
    this.#epoch++;
    this.result = result;
    if (result === 'success') this.#log('Deactivated successfully.');
    else this.#log(`Failed with result '${result}'.`, 4);
    if (whileStarting && result !== 'success') this.#systemd(`Failed to start ${this.#title()}.`, 3);
    if (restartPrevented || !shallRestart(this.unit.restart, result)) {
      this.#enter(result === 'success' ? 'inactive' : 'failed', result === 'success' ? 'dead' : 'failed');
      return;
    }
    this.#enter('activating', 'auto-restart');
    if (!Number.isFinite(this.unit.restartSecMs)) return;
    this.#timer = this.#edge.clock.after(this.unit.restartSecMs, () => {
      this.#timer = undefined;
      this.restarts++;
      this.#log(`Scheduled restart job, restart counter is at ${this.restarts}.`);
      void this.#beginStart();
    });
  }

  /** Resolves when no process of the unit is left. `urgent` (power off) kills without asking. */
  async stop(urgent = false): Promise<void> {
    if (urgent) {
      this.#main?.kill('SIGKILL', true);
      this.#control?.kill('SIGKILL', true);
    }
    this.#stopJob ??= this.#runStop(urgent).finally(() => {
      this.#stopJob = undefined;
    });
    return this.#stopJob;
  }

  async #runStop(urgent: boolean): Promise<void> {
    if (this.activeState === 'inactive' || this.activeState === 'failed') return;
    this.#epoch++;
    this.#cancelTimer();
    const { unit } = this;
    const main = this.#main;
    const control = this.#control;
    if (!urgent) this.#systemd(`Stopping ${this.#title()}...`);
    this.#enter('deactivating', 'stop-sigterm');
    if (!urgent && main !== undefined) {
      for (const command of unit.execStop) await this.#edge.run(unit, command, main.pid).exited;
    }
    let killed = false;
    const running = [main, control].filter((process) => process !== undefined);
    const group = unit.killMode === 'control-group';
    for (const process of running) {
      if (urgent) process.kill('SIGKILL', true);
      else if (unit.killMode !== 'none') process.kill(unit.killSignal, group);
    }
    if (running.length > 0 && !urgent && Number.isFinite(unit.timeoutStopMs)) {
      this.#timer = this.#edge.clock.after(unit.timeoutStopMs, () => {
        this.#log("State 'stop-sigterm' timed out. Killing.", 4);
        killed = true;
        for (const process of running) process.kill('SIGKILL', true);
      });
    }
    await Promise.all(running.map((process) => process.exited));
    if (unit.killMode === 'control-group' || unit.killMode === 'mixed') {
      for (const process of running) process.kill('SIGKILL', true);
    }
    this.#cancelTimer();
    this.#main = undefined;
    const status = this.lastMain?.status;
    const result = killed
      ? 'timeout'
      : main === undefined || status === undefined || urgent
        ? 'success'
        : resultOf(status, unit.successExitStatus);
    this.result = result;
    if (urgent) {
      this.#enter('inactive', 'dead');
      return;
    }
    if (status !== undefined && main !== undefined && !isClean(status, [])) {
      this.#log(`Main process exited, ${describeExit(status)}`, 5);
    }
    if (result === 'success') this.#log('Deactivated successfully.');
    else this.#log(`Failed with result '${result}'.`, 4);
    this.#systemd(`Stopped ${this.#title()}.`);
    this.#enter(result === 'success' ? 'inactive' : 'failed', result === 'success' ? 'dead' : 'failed');
  }

  /** Runs ExecReload=. False when the unit has none, or it failed. */
  async reload(): Promise<boolean> {
    if (this.activeState !== 'active' || this.unit.execReload.length === 0) return false;
    this.#systemd(`Reloading ${this.#title()}...`);
    let good = true;
    for (const command of this.unit.execReload) {
      const status = await this.#edge.run(this.unit, command, this.mainPid).exited;
      if (!isClean(status, []) && !command.ignoreFailure) good = false;
    }
    if (good) this.#systemd(`Reloaded ${this.#title()}.`);
    return good;
  }

  /** `systemctl reset-failed`. */
  resetFailed(): void {
    this.#starts = [];
    if (this.activeState === 'failed') {
      this.result = 'success';
      this.#enter('inactive', 'dead');
    }
  }

  #withinStartLimit(): boolean {
    const { startLimitIntervalMs, startLimitBurst } = this.unit;
    if (startLimitIntervalMs === 0 || startLimitBurst === 0) return true;
    const now = this.#edge.clock.monotonic();
    this.#starts = this.#starts.filter((time) => now - time < startLimitIntervalMs);
    if (this.#starts.length >= startLimitBurst) return false;
    this.#starts.push(now);
    return true;
  }

  #cancelTimer(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #enter(active: ActiveState, sub: string): void {
    if (active !== this.activeState) this.since = this.#edge.clock.now();
    this.activeState = active;
    this.subState = sub;
    this.#edge.changed(this);
  }

  #title(): string {
    return this.unit.description === this.name ? this.name : `${this.name} - ${this.unit.description}`;
  }

  #log(message: string, priority = 6): void {
    this.#edge.log(this.name, `${this.name}: ${message}`, priority);
  }

  #systemd(message: string, priority = 6): void {
    this.#edge.log(this.name, message, priority);
  }
}
