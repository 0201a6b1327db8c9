import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogOptions } from '../../../../src/kube/kubelet/logs/cri-log.ts';
import { streamLog } from '../../../../src/kube/kubelet/logs/read-log.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubelet-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (text: string, seconds = 10) => `2026-01-01T00:00:${seconds}.000000000Z stdout F ${text}\n`;
const all = {
  follow: false,
  timestamps: false,
  tailLines: undefined,
  since: undefined,
  limitBytes: undefined,
};

/** Reads a log to its end. */
async function read(path: string, options: Partial<LogOptions> = {}): Promise<Buffer> {
  const written: Buffer[] = [];
  const source = { path, running: async () => false };
  const signal = new AbortController().signal;
  await streamLog(source, { ...all, ...options }, (data) => void written.push(data), new FakeClock(), signal);
  return Buffer.concat(written);
}

/** Follows a log; `step` is called each time the reader asks whether the container runs, and ends it with false. */
async function follow(path: string, step: (turn: number) => boolean, options: Partial<LogOptions> = {}) {
  const clock = new FakeClock();
  const written: Buffer[] = [];
  let turn = 0;
  const source = { path, running: async () => step(turn++) };
  const ended = new AbortController();
  const reader = new AbortController().signal;
  void streamLog(
    source,
    { ...all, follow: true, ...options },
    (data) => void written.push(data),
    clock,
    reader,
  ).then(() => ended.abort());
  while (!ended.signal.aborted) await clock.advance(300);
  return Buffer.concat(written).toString();
}

test('a log is read to its end, or as much of it as was asked for', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('one', 10) + line('two', 20) + line('three', 30));
  expect((await read(path)).toString()).toBe('one\ntwo\nthree\n');
  expect((await read(path, { tailLines: 1 })).toString()).toBe('three\n');
  expect((await read(path, { tailLines: 0 })).toString()).toBe('');
  expect((await read(path, { limitBytes: 5 })).toString()).toBe('one\nt');
  expect((await read(path, { since: Date.parse('2026-01-01T00:00:20Z') })).toString()).toBe('two\nthree\n');
  expect((await read(path, { tailLines: 1, timestamps: true })).toString()).toBe(
    '2026-01-01T00:00:30.000000000Z three\n',
  );
});

test('a long log comes in order, in pieces', async () => {
  const path = join(folder, '0.log');
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
  writeFileSync(path, lines.map((text) => line(text)).join(''));
  expect((await read(path)).toString()).toBe(`${lines.join('\n')}\n`);
  expect((await read(path, { tailLines: 2 })).toString()).toBe('line 19998\nline 19999\n');
});

test('what a program printed comes out byte for byte', async () => {
  const path = join(folder, '0.log');
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10));
  writeFileSync(
    path,
    Buffer.concat([Buffer.from('2026-01-01T00:00:10Z stdout F 日本 '), bytes, Buffer.from('\n')]),
  );
  expect(await read(path)).toEqual(Buffer.concat([Buffer.from('日本 '), bytes, Buffer.from('\n')]));
});

test('a reader that is slow is waited for', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('x'.repeat(10_000)).repeat(50));
  const taken: (() => void)[] = [];
  let chunks = 0;
  const slow = () => {
    chunks++;
    return new Promise<void>((resolve) => taken.push(resolve));
  };
  const source = { path, running: async () => false };
  const done = streamLog(source, all, slow, new FakeClock(), new AbortController().signal);
  let ended = false;
  void done.then(() => {
    ended = true;
  });
  for (let seen = 1; !ended; seen++) {
    while (chunks < seen && !ended) await new Promise(setImmediate);
    // One piece at a time: the next is not read before this one is taken.
    expect(chunks).toBeLessThanOrEqual(seen);
    taken.shift()?.();
    await new Promise(setImmediate);
  }
  expect(chunks).toBeGreaterThan(4);
});

test('following shows what comes, and ends with the container', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('first'));
  const text = await follow(path, (turn) => {
    appendFileSync(path, line(`after turn ${turn}`));
    return turn < 2;
  });
  expect(text).toBe('first\nafter turn 0\nafter turn 1\nafter turn 2\n');
});

test('following goes on in the new file when the log is rotated', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('old'));
  const text = await follow(path, (turn) => {
    if (turn === 1) {
      appendFileSync(path, line('last words in the old file'));
      renameSync(path, `${path}.20260101-000000`);
    }
    if (turn === 2) writeFileSync(path, line('new'));
    if (turn === 3) appendFileSync(path, line('newer'));
    return turn < 4;
  });
  expect(text).toBe('old\nlast words in the old file\nnew\nnewer\n');
});

test('following with a tail shows the tail, then all that comes', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('one') + line('two'));
  const text = await follow(
    path,
    (turn) => {
      appendFileSync(path, line('three') + line('four'));
      return turn < 0;
    },
    { tailLines: 1 },
  );
  expect(text).toBe('two\nthree\nfour\n');
});

test('following ends at the limit', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('one'));
  const text = await follow(
    path,
    () => {
      appendFileSync(path, line('more'));
      return true;
    },
    { limitBytes: 6 },
  );
  expect(text).toBe('one\nmo');
});

test('following waits for a log that is about to be written', async () => {
  const path = join(folder, '0.log');
  const text = await follow(path, (turn) => {
    if (turn === 2) writeFileSync(path, line('at last'));
    return turn < 4;
  });
  expect(text).toBe('at last\n');
});

test('a log that was never written is empty', async () => {
  expect((await read(join(folder, 'none.log'))).length).toBe(0);
});
