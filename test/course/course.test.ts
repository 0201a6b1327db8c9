import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { proveCourse } from '../../src/course/dev/prove.ts';
import { solveCourse } from '../../src/course/solve.ts';
import { fakeLab } from './fake-lab.ts';
import { twoChapters } from './fake-pack.ts';

describe('checking', () => {
  test('a step whose need is red is blocked and says by what', async () => {
    const { course, looked } = fakeLab();
    const report = await course.check('01-first/two');
    expect(report).toMatchObject({ state: 'blocked', blockedBy: ['01-first/one'] });
    expect(looked).toEqual(['one']);
  });

  test('a session looks at each step once', async () => {
    const { course, looked, there } = fakeLab();
    there.add('one').add('two');
    await course.checkAll(['01-first/one', '01-first/two']);
    expect(looked).toEqual(['one', 'two']);
  });

  test('what was green and is broken later shows as broken, and stays done', async () => {
    const { course, there } = fakeLab();
    there.add('one');
    await course.check('01-first/one');
    there.delete('one');
    await course.check('01-first/one');
    const chapter = course.state().chapters[0]!;
    expect(chapter.status).toBe('broken');
    expect(chapter.steps[0]).toMatchObject({ status: 'red', done: true });
    expect(course.state().next).toBe('01-first/one');
  });

  test('after three failures the next hint is offered, and once more after three again', async () => {
    const { course } = fakeLab();
    const offered = () => course.state().chapters[0]!.steps[0]!.hintOffered;
    for (let failure = 0; failure < 2; failure++) await course.check('01-first/one');
    expect(offered()).toBe(false);
    await course.check('01-first/one');
    expect(offered()).toBe(true);
    expect(course.hint('01-first/one')).toEqual(['One of one.']);
    expect(offered()).toBe(false);
    for (let failure = 0; failure < 3; failure++) await course.check('01-first/one');
    expect(offered()).toBe(true);
  });

  test('quiet looks do not count as failures', async () => {
    const { course } = fakeLab();
    for (let look = 0; look < 5; look++) await course.check('01-first/one', { quiet: true });
    expect(course.state().chapters[0]!.steps[0]!.failures).toBe(0);
  });
});

describe('running', () => {
  test('a step runs on each of its hosts and tells what it does', async () => {
    const { course, ran } = fakeLab();
    const events: string[] = [];
    course.subscribe((event) => events.push(event.type));
    expect(await course.run('01-first/two')).toEqual({ exitCode: 0 });
    expect(ran).toEqual(['node-0: make two', 'load-balancer: make two']);
    expect(events).toEqual(['command', 'output', 'command', 'output', 'ran']);
  });

  test('the first block that fails ends the run and is named', async () => {
    const changes = {
      '01-first/lab.yaml': twoChapters['01-first/lab.yaml']!.replace("'make one'", "'explode', 'make one'"),
    };
    const { course } = fakeLab({ changes });
    expect(await course.run('01-first/one')).toEqual({
      exitCode: 1,
      failed: { host: 'jumpbox', script: 'explode' },
    });
  });

  test('one block alone can be run', async () => {
    const { course, ran } = fakeLab();
    await course.run('02-last/end', { block: 1 });
    expect(ran).toEqual(['jumpbox: remove two']);
  });
});

describe('progress and reset', () => {
  test('progress is kept by names of steps and read again', async () => {
    const first = fakeLab();
    await solveCourse(first.course, { to: '01-first' });
    const second = fakeLab({ folder: first.folder });
    expect(second.course.state()).toMatchObject({ doneSteps: 2, next: '02-last/end' });
  });

  test('a damaged progress file is refused, not forgotten', async () => {
    const { course, folder } = fakeLab();
    await solveCourse(course, { to: '01-first' });
    writeFileSync(join(folder, '.lab', 'progress.json'), '{"version":');
    expect(() => fakeLab({ folder })).toThrow('progress file cannot be read');
  });

  test('reset keeps what it removes and forgets the steps', async () => {
    const { course, folder } = fakeLab();
    await solveCourse(course, { to: '01-first' });
    writeFileSync(join(folder, 'one.pem'), 'x');
    writeFileSync(join(folder, 'other'), 'y');
    const kept = await course.reset('01-first');
    expect(existsSync(join(folder, 'one.pem'))).toBe(false);
    expect(existsSync(join(folder, 'other'))).toBe(true);
    expect(readdirSync(kept)).toEqual(['one.pem']);
    expect(course.state().doneSteps).toBe(0);
  });
});

test('dev check proves steps and faults', async () => {
  const { course } = fakeLab();
  const results: string[] = [];
  const onResult = ({ name, ok }: { name: string; ok: boolean }) => results.push(`${ok} ${name}`);
  const { passed, failed } = await proveCourse(course, { onResult });
  expect({ passed, failed }).toEqual({ passed: { start: 1, solution: 3, fault: 1, chapter: 2 }, failed: 0 });
  expect(results).toContain('true 01-first/gone turns one/a red, and back');
});
