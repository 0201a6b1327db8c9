import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { streamLog } from '../../../../src/kube/kubelet/logs/read-log.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubelet-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (text: string) => `2026-01-01T00:00:10.000000000Z stdout F ${text}\n`;
const all = {
  follow: false,
  timestamps: false,
  tailLines: undefined,
  since: undefined,
  limitBytes: undefined,
};

test('a log is read to its end, cut at the limit', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('one') + line('two') + line('three'));
  const read = async (options: object) => {
    const written: string[] = [];
    const source = { path, running: async () => false };
    await streamLog(
      source,
      { ...all, ...options },
      (text) => written.push(text),
      new FakeClock(),
      new AbortController().signal,
    );
    return written.join('');
  };
  expect(await read({})).toBe('one\ntwo\nthree\n');
  expect(await read({ tailLines: 1 })).toBe('three\n');
  expect(await read({ limitBytes: 5 })).toBe('one\nt');
});

test('following shows what comes, and ends with the container', async () => {
  const path = join(folder, '0.log');
  writeFileSync(path, line('first'));
  let running = true;
  let asked: () => void = () => {};
  const clock = new FakeClock();
  const written: string[] = [];
  const source = {
    path,
    running: async () => {
      asked();
      return running;
    },
  };
  const done = streamLog(
    source,
    { ...all, follow: true },
    (text) => written.push(text),
    clock,
    new AbortController().signal,
  );
  await new Promise<void>((resolve) => {
    asked = resolve;
  });
  appendFileSync(path, line('second'));
  running = false;
  const ended = new AbortController();
  void done.then(() => ended.abort());
  while (!ended.signal.aborted) await clock.advance(300);
  expect(written.join('')).toBe('first\nsecond\n');
});

test('a log that was never written is empty', async () => {
  const written: string[] = [];
  const source = { path: join(folder, 'none.log'), running: async () => false };
  await streamLog(source, all, (text) => written.push(text), new FakeClock(), new AbortController().signal);
  expect(written).toEqual([]);
});
