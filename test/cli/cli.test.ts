import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { reportJson } from '../../src/cli/report.ts';
import { whyNoScreens } from '../../src/lib/screens.ts';
import { fakeLab } from '../course/fake-lab.ts';
import { writeFiles } from '../course/fake-pack.ts';
import { madeLab } from './made-lab.ts';
import { terminal } from './terminal.ts';

describe('mistakes of the caller', () => {
  test.each([
    [['statsu'], 'unknown command "statsu": did you mean "status"?'],
    [['status', '--jsn'], 'unknown flag --jsn: did you mean --json?'],
    [['check', '15'], 'there is no chapter 15: chapters are 1 to 14'],
    [['check', 'etdc'], 'unknown chapter "etdc": did you mean "etcd"?'],
    [['check', '4/kubernets'], 'has no step "kubernets": did you mean "kubernetes"?'],
    [['run'], "missing required argument 'chapter[/step]'"],
    [['list', '--topology', 'smal'], 'unknown topology "smal": did you mean "small"?'],
    [['fault', 'apply', 'nothing-like-it'], 'unknown fault "nothing-like-it"'],
    [['logs', 'controller-0', 'etcd', '-n', 'x'], '--lines wants a number or all, not "x"'],
    [['shell', 'extra'], 'too many arguments'],
    [['--asci'], 'unknown flag --asci: did you mean --ascii?'],
    [['dev', 'chek'], 'unknown command "chek": did you mean "check"?'],
    [['solve', '--to', '99'], 'there is no chapter 99: chapters are 1 to 14'],
    [['reset', '4'], 'Nobody can answer here: pass --yes'],
  ])('%j: one line that says what was meant, exit code 2', async (args, message) => {
    const { run, said } = terminal();
    expect(await run(...args)).toBe(2);
    expect(said.err).toContain(message);
    expect(said.err.trimEnd().split('\n')).toHaveLength(1);
    expect(said.out).toBe('');
  });
});

test.each([
  [['logs', 'contoller-0', 'etcd'], 'unknown machine "contoller-0": did you mean "controller-0"?'],
  [['systemctl', 'wroker-0', 'status'], 'unknown machine "wroker-0": did you mean "worker-0"?'],
  [['journalctl', 'worker-9'], 'unknown machine "worker-9": did you mean "worker-0"?'],
  [['up', 'worker-9'], 'unknown machine "worker-9": did you mean "worker-0"?'],
  [['status', '--topology', 'single'], 'this lab has the topology "hard-way"'],
  [['--topology', 'single', 'status'], 'this lab has the topology "hard-way"'],
])('in a lab: %j: exit code 2 before anything is started', async (args, message) => {
  const { run, said } = terminal({ workspace: madeLab() });
  expect(await run(...args)).toBe(2);
  expect(said.err).toContain(message);
});

describe('without a terminal', () => {
  test('k8s-lab prints the status and what to run next, and makes nothing', async () => {
    const { run, said } = terminal();
    expect(await run()).toBe(0);
    expect(said.out).toContain('0 of ');
    expect(said.out).toContain('Next: chapter 1, Prerequisites');
    expect(said.out).toContain('k8s-lab doctor | tee doctor.txt');
    expect(said.err).toBe('');
  });

  test('status --json is one JSON value', async () => {
    const { run, said } = terminal();
    expect(await run('status', '--json')).toBe(0);
    expect(JSON.parse(said.out)).toMatchObject({
      begun: false,
      doneSteps: 0,
      next: '01-prerequisites/doctor',
    });
  });

  test('list shows fourteen chapters', async () => {
    const { run, said } = terminal();
    expect(await run('list')).toBe(0);
    expect(said.out.match(/^ ?\d+ {2}/gm)).toHaveLength(14);
  });

  test('doctor names what it looked at and says how it ends', async () => {
    const { run, said } = terminal();
    const exitCode = await run('doctor');
    for (const name of ['Node', 'Terminal', 'Disk', 'Memory', 'Port', 'kubectl', 'openssl']) {
      expect(said.out).toContain(name);
    }
    expect(said.out).toContain(exitCode === 0 ? 'ready to begin' : 'In the way');
  });

  test('down where no lab is says so', async () => {
    const { run, said } = terminal();
    expect(await run('down')).toBe(1);
    expect(said.err).toContain('there is no lab here');
  });
});

test('status says that machines which once ran are off, and nothing of those that were never on', async () => {
  const lab = madeLab();
  const { run, said } = terminal();
  expect(await run('--workspace', lab, 'status')).toBe(0);
  expect(said.out).not.toContain('off');
  said.out = '';
  writeFiles(lab, { '.lab/journal/controller-0/current.jsonl': '{}\n' });
  expect(await run('--workspace', lab, 'status')).toBe(0);
  expect(said.out).toContain('The machines are off: `k8s-lab up` switches them on.\n');
});

test('--workspace before a command means what it means behind it; what stands nearer wins', async () => {
  const lab = madeLab();
  const { run, said, workspace } = terminal();
  expect(await run('--workspace', lab, 'status', '--json')).toBe(0);
  expect(JSON.parse(said.out)).toMatchObject({ workspace: lab });
  said.out = '';
  expect(await run('--workspace', lab, 'status', '--json', '--workspace', workspace)).toBe(0);
  expect(JSON.parse(said.out)).toMatchObject({ workspace });
  expect(await run('--workspace', workspace, 'clean', '--yes')).toBe(1);
  expect(said.err).toContain(workspace);
});

test('list shows the course on any topology, whatever the lab has', async () => {
  const { run, said } = terminal({ workspace: madeLab() });
  expect(await run('list', '--topology', 'single')).toBe(0);
  expect(said.out).toContain('(topology single)');
});

test('help of a command is there by its name too', async () => {
  const { run, said } = terminal();
  expect(await run('help', 'check')).toBe(0);
  expect(said.out).toContain('Usage: k8s-lab check');
});

test('--version prints a version', async () => {
  const { run, said } = terminal();
  expect(await run('--version')).toBe(0);
  expect(said.out).toMatch(/^k8s-lab \d+\.\d+\.\d+\n$/);
});

test('every command has a summary, --workspace and examples in its help', async () => {
  const { io } = terminal();
  for (const command of createProgram(io).commands) {
    expect(command.description(), command.name()).not.toBe('');
    const leaves = command.commands.length > 0 ? command.commands : [command];
    const own = terminal();
    expect(await own.run(command.name(), '--help')).toBe(0);
    expect(own.said.out, command.name()).toContain('Examples:');
    for (const leaf of leaves) {
      const path = command === leaf ? [command.name()] : [command.name(), leaf.name()];
      const { run, said } = terminal();
      expect(await run(...path, '--help'), path.join(' ')).toBe(0);
      expect(said.out, path.join(' ')).toContain('Examples:');
      expect(said.out, path.join(' ')).toContain('--workspace');
    }
  }
});

test('the list of commands says what each takes, in as few words as it needs', async () => {
  const { run, said } = terminal({ columns: 100 });
  expect(await run('--help')).toBe(0);
  expect(said.out).toMatch(/^ {2}check \[chapter\[\/step\]\] +look at/m);
  expect(said.out).toMatch(/^ {2}ssh MACHINE \[COMMAND…\] +run a command/m);
  expect(said.out).toMatch(/^ {2}status +show/m);
  for (const row of said.out.split('\n')) expect(row.length, row).toBeLessThanOrEqual(100);
});

test('the TUI opens only where it can', () => {
  const { io } = terminal();
  const tty = { stdinIsTty: true, stdoutIsTty: true, columns: 80, rows: 24 };
  expect(whyNoScreens(io)).toBe('this is no terminal');
  expect(whyNoScreens({ ...io, ...tty })).toBeUndefined();
  expect(whyNoScreens({ ...io, ...tty, env: { CI: '1' } })).toBe('CI is set');
  expect(whyNoScreens({ ...io, ...tty, env: { CI: 'false' } })).toBeUndefined();
  expect(whyNoScreens({ ...io, ...tty, rows: 23 })).toContain('80×23');
});

describe('JSON for scripts', () => {
  test('the help of status and check tells its shape, and status keeps to it', async () => {
    for (const command of ['status', 'check']) {
      const { run, said } = terminal();
      await run(command, '--help');
      expect(said.out).toContain('JSON:');
    }
    const { run, said } = terminal();
    await run('status', '--json');
    const status = JSON.parse(said.out) as { chapters: { steps: object[] }[] };
    expect(Object.keys(status)).toEqual([
      'workspace',
      'begun',
      'doneSteps',
      'totalSteps',
      'next',
      'chapters',
    ]);
    expect(Object.keys(status.chapters[0]!)).toEqual(['id', 'number', 'title', 'status', 'steps']);
    expect(Object.keys(status.chapters[0]!.steps[0]!)).toEqual(['ref', 'done']);
  });
});

test('a report as JSON has the diagnosis of what fails', () => {
  const world = fakeLab();
  return world.course.check('01-first/one').then((report) => {
    expect(reportJson(report)).toMatchObject({
      step: '01-first/one',
      state: 'fail',
      blockedBy: [],
      checks: [{ state: 'fail', message: 'one is missing.', expected: 'one', found: 'nothing' }],
    });
  });
});
