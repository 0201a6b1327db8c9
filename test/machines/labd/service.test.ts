import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../src/lib/clock.ts';
import type { ExitStatus } from '../../../src/machines/labd/exit-status.ts';
import { Service, type ServiceProcess, shallRestart } from '../../../src/machines/labd/service.ts';
import { parseServiceUnit } from '../../../src/machines/units/parse-service-unit.ts';

/** A process that the test ends by hand. */
class HandProcess implements ServiceProcess {
  readonly pid: number;
  readonly command: string;
  readonly signals: string[] = [];
  exit!: (status: ExitStatus) => void;
  becomeReady!: () => void;
  readonly exited = new Promise<ExitStatus>((resolve) => {
    this.exit = resolve;
  });
  readonly ready = new Promise<void>((resolve) => {
    this.becomeReady = resolve;
  });

  constructor(pid: number, command: string) {
    this.pid = pid;
    this.command = command;
  }

  kill(signal: NodeJS.Signals, group: boolean): void {
    this.signals.push(`${signal}${group ? ' group' : ''}`);
  }
}

function setUp(settings: string) {
  const clock = new FakeClock();
  const processes: HandProcess[] = [];
  const journal: string[] = [];
  const states: string[] = [];
  const unit = parseServiceUnit(
    `[Unit]\nDescription=Test\n[Service]\n${settings}\n`,
    '/etc/systemd/system/t.service',
    {
      unit: 't.service',
      hostname: 'm',
      bootId: '',
    },
  );
  const service = new Service(unit, {
    clock,
    run: (_unit, command) => {
      const process = new HandProcess(100 + processes.length, command.words.join(' '));
      processes.push(process);
      return process;
    },
    log: (_unit, message) => journal.push(message),
    changed: (changed) => states.push(`${changed.activeState}/${changed.subState}`),
  });
  return { clock, processes, journal, states, service };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a service', () => {
  it('of type simple is up as soon as its process is', async () => {
    const { service, states, journal } = setUp('ExecStart=/bin/x');
    expect(await service.start()).toBe('done');
    expect(states).toEqual(['activating/start', 'activating/start', 'active/running']);
    expect(journal).toEqual(['Started t.service - Test.']);
  });

  it('of type notify is up when the program says so', async () => {
    const { service, processes } = setUp('Type=notify\nExecStart=/bin/x');
    const started = service.start();
    await turn();
    expect(service.activeState).toBe('activating');
    processes[0]!.becomeReady();
    expect(await started).toBe('done');
    expect(service.activeState).toBe('active');
  });

  it('fails to start when a notify program ends before it is ready, and is started again later', async () => {
    const { service, processes, clock, journal } = setUp(
      'Type=notify\nRestart=on-failure\nRestartSec=5\nExecStart=/bin/x',
    );
    const started = service.start();
    await turn();
    processes[0]!.exit({ code: 1 });
    expect(await started).toBe('failed');
    expect(journal).toEqual([
      'Starting t.service - Test...',
      't.service: Main process exited, code=exited, status=1/FAILURE',
      "t.service: Failed with result 'exit-code'.",
      'Failed to start t.service - Test.',
    ]);
    expect(service.subState).toBe('auto-restart');
    await clock.advance(4999);
    expect(processes).toHaveLength(1);
    await clock.advance(1);
    expect(processes).toHaveLength(2);
    expect(journal).toContain('t.service: Scheduled restart job, restart counter is at 1.');
  });

  it('gives up after five starts in ten seconds', async () => {
    const { service, processes, clock, journal } = setUp('Restart=always\nExecStart=/bin/x');
    await service.start();
    for (let run = 0; run < 5; run++) {
      processes.at(-1)!.exit({ code: 2 });
      await turn();
      await clock.advance(100);
      await turn();
    }
    expect(processes).toHaveLength(5);
    expect(service.activeState).toBe('failed');
    expect(service.result).toBe('start-limit-hit');
    expect(journal).toContain('t.service: Start request repeated too quickly.');
    expect(await service.start()).toBe('start-limit-hit');
    await clock.advance(10_000);
    expect(await service.start()).toBe('done');
  });

  it('is stopped by SIGTERM to its group, and by SIGKILL when it does not listen', async () => {
    const { service, processes, clock, journal } = setUp('TimeoutStopSec=3\nExecStart=/bin/x');
    await service.start();
    const stopped = service.stop();
    await turn();
    expect(processes[0]!.signals).toEqual(['SIGTERM group']);
    await clock.advance(3000);
    expect(processes[0]!.signals).toContain('SIGKILL group');
    processes[0]!.exit({ signal: 'SIGKILL' });
    await stopped;
    expect(service.activeState).toBe('failed');
    expect(service.result).toBe('timeout');
    expect(journal).toContain("t.service: State 'stop-sigterm' timed out. Killing.");
  });

  it('ends clean by SIGTERM', async () => {
    const { service, processes, journal } = setUp('Restart=always\nExecStart=/bin/x');
    await service.start();
    const stopped = service.stop();
    await turn();
    processes[0]!.exit({ signal: 'SIGTERM' });
    await stopped;
    expect(service.activeState).toBe('inactive');
    expect(journal.slice(-2)).toEqual(['t.service: Deactivated successfully.', 'Stopped t.service - Test.']);
  });

  it('does not start when ExecStartPre= fails, unless a dash forgives it', async () => {
    const strict = setUp('ExecStartPre=/bin/pre\nExecStart=/bin/x');
    const failing = strict.service.start();
    await turn();
    strict.processes[0]!.exit({ code: 3 });
    expect(await failing).toBe('failed');
    expect(strict.journal).toContain(
      't.service: Control process exited, code=exited, status=3/NOTIMPLEMENTED',
    );
    const lenient = setUp('ExecStartPre=-/bin/pre\nExecStart=/bin/x');
    const starting = lenient.service.start();
    await turn();
    lenient.processes[0]!.exit({ code: 3 });
    expect(await starting).toBe('done');
    expect(lenient.processes[1]!.command).toBe('/bin/x');
  });

  it('of type oneshot ends with its command', async () => {
    const { service, processes } = setUp(
      'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/a\nExecStart=/bin/b',
    );
    const started = service.start();
    await turn();
    processes[0]!.exit({ code: 0 });
    await turn();
    processes[1]!.exit({ code: 0 });
    expect(await started).toBe('done');
    expect(`${service.activeState}/${service.subState}`).toBe('active/exited');
  });

  it('times out when a notify program never gets ready', async () => {
    const { service, processes, clock } = setUp('Type=notify\nTimeoutStartSec=30\nExecStart=/bin/x');
    const started = service.start();
    await turn();
    await clock.advance(30_000);
    expect(processes[0]!.signals).toEqual(['SIGTERM group']);
    processes[0]!.exit({ signal: 'SIGTERM' });
    expect(await started).toBe('timeout');
    expect(service.result).toBe('timeout');
    expect(service.activeState).toBe('failed');
  });

  it('can be stopped while it waits to be restarted', async () => {
    const { service, processes, clock } = setUp('Restart=always\nRestartSec=5\nExecStart=/bin/x');
    await service.start();
    processes[0]!.exit({ code: 1 });
    await turn();
    await service.stop();
    await clock.advance(60_000);
    expect(processes).toHaveLength(1);
    expect(service.activeState).toBe('inactive');
  });
});

describe('Restart=', () => {
  it.each([
    ['no', false, false, false],
    ['always', true, true, true],
    ['on-success', true, false, false],
    ['on-failure', false, true, true],
    ['on-abnormal', false, false, true],
    ['on-abort', false, false, true],
  ] as const)('%s', (policy, success, exitCode, signal) => {
    expect([
      shallRestart(policy, 'success'),
      shallRestart(policy, 'exit-code'),
      shallRestart(policy, 'signal'),
    ]).toEqual([success, exitCode, signal]);
    expect(shallRestart(policy, 'start-limit-hit')).toBe(false);
  });
});
