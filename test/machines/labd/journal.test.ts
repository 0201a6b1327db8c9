import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../../src/lib/clock.ts';
import type { JournalEntry } from '../../../src/machines/api.ts';
import { formatEntry } from '../../../src/machines/journal-format.ts';
import { parseJournalTime, planJournalctl, runJournalctlPlan } from '../../../src/machines/journalctl.ts';
import { Journal, lineSplitter } from '../../../src/machines/labd/journal.ts';

const entry = (message: string, unit = 'etcd.service', time = 1_700_000_000_000): JournalEntry => ({
  time,
  bootId: 'b1',
  unit,
  identifier: 'etcd',
  pid: 7,
  priority: 6,
  message,
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('the journal', () => {
  it('keeps entries for the next labd, by unit, newest lines last', () => {
    const journal = new Journal({ dir, clock: new FakeClock() });
    for (const message of ['a', 'b', 'c']) journal.append(entry(message));
    journal.append(entry('other', 'kubelet.service'));
    journal.flush();
    const again = new Journal({ dir, clock: new FakeClock() });
    expect(again.read({ unit: 'etcd.service', lines: 2 }).map(({ message }) => message)).toEqual(['b', 'c']);
  });

  it('never grows beyond two files', () => {
    const journal = new Journal({ dir, clock: new FakeClock(), maxBytes: 1000 });
    for (let i = 0; i < 100; i++) {
      journal.append(entry(`line ${i}`));
      journal.flush();
    }
    const kept = journal.read({});
    expect(kept.at(-1)?.message).toBe('line 99');
    expect(kept.length).toBeLessThan(25);
  });

  it('tells followers of what comes', () => {
    const journal = new Journal({ dir, clock: new FakeClock() });
    const seen: string[] = [];
    const stop = journal.follow({ unit: 'etcd.service' }, ({ message }) => seen.push(message));
    journal.append(entry('x'));
    journal.append(entry('y', 'other.service'));
    stop();
    journal.append(entry('z'));
    journal.flush();
    expect(seen).toEqual(['x']);
  });

  it('cuts bytes into lines, whatever the chunks', () => {
    const lines: string[] = [];
    const splitter = lineSplitter((line) => lines.push(line));
    splitter.push(Buffer.from('a\nb'));
    splitter.push(Buffer.from('c\r\n\nd'));
    splitter.end();
    expect(lines).toEqual(['a', 'bc', '', 'd']);
  });
});

describe('journalctl', () => {
  it('prints entries as journalctl does', () => {
    expect(formatEntry(entry('hello'), 'controller-0', 'short')).toBe(
      'Nov 14 22:13:20 controller-0 etcd[7]: hello',
    );
    expect(formatEntry(entry('hello'), 'controller-0', 'cat')).toBe('hello');
    expect(JSON.parse(formatEntry(entry('hello'), 'c', 'json'))).toMatchObject({
      MESSAGE: 'hello',
      _PID: '7',
    });
  });

  it('reads run-together options and refuses unknown ones by name', () => {
    expect(planJournalctl(['-xeu', 'etcd', '--no-pager', '-n5'], 0).query).toEqual({
      unit: 'etcd.service',
      lines: 5,
    });
    expect(planJournalctl(['-fu', 'etcd'], 0).query).toEqual({
      unit: 'etcd.service',
      follow: true,
      lines: 10,
    });
    expect(() => planJournalctl(['--vacuum-size=1'], 0)).toThrow("unrecognized option '--vacuum-size=1'");
  });

  it('filters by priority and words, newest first when asked', async () => {
    const plan = planJournalctl(['-p', 'warning', '--grep', 'disk', '-r', '-o', 'cat'], 0);
    const entries = [
      entry('disk a'),
      { ...entry('disk b'), priority: 4 },
      { ...entry('Disk c'), priority: 3 },
    ];
    let out = '';
    await runJournalctlPlan(
      plan,
      'm',
      async function* () {
        yield* entries;
      },
      (text) => {
        out += text;
      },
    );
    expect(out).toBe('Disk c\ndisk b\n');
  });

  it.each([
    ['2026-11-21 01:02:03', Date.UTC(2026, 10, 21, 1, 2, 3)],
    ['-5min', 1_000_000 - 300_000],
    ['10 s ago', 1_000_000 - 10_000],
    ['whenever', undefined],
  ])('reads the time %s', (text, ms) => {
    expect(parseJournalTime(text, 1_000_000)).toBe(ms);
  });
});
