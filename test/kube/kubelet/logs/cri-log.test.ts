import { expect, test } from 'vitest';
import {
  type LogRecord,
  parseLogRecord,
  renderRecord,
  tail,
} from '../../../../src/kube/kubelet/logs/cri-log.ts';

const record = (text: string, full = true): LogRecord => ({
  timestamp: '2026-01-01T00:00:10.000000000Z',
  stream: 'stdout',
  full,
  text,
});

test('a record has a time, a stream, a tag and a text, which may be empty', () => {
  expect(parseLogRecord('2026-01-01T00:00:10.000000000Z stderr F it broke')).toEqual({
    ...record('it broke'),
    stream: 'stderr',
  });
  expect(parseLogRecord('2026-01-01T00:00:10.000000000Z stdout P half')?.full).toBe(false);
  expect(parseLogRecord('2026-01-01T00:00:10.000000000Z stdout F ')?.text).toBe('');
  expect(parseLogRecord('no record at all')).toBeUndefined();
});

test('the tail counts lines: the parts of a long one are one line', () => {
  const records = [record('a'), record('b1', false), record('b2'), record('c')];
  expect(tail(records, 2).map(({ text }) => text)).toEqual(['b1', 'b2', 'c']);
  expect(tail(records, 0)).toEqual([]);
  expect(tail(records, undefined)).toHaveLength(4);
  expect(tail(records, 9)).toHaveLength(4);
});

test('timestamps are printed when asked for, older records than asked for are left out', () => {
  expect(renderRecord(record('x'), { timestamps: false, since: undefined })).toBe('x\n');
  expect(renderRecord(record('x', false), { timestamps: false, since: undefined })).toBe('x');
  expect(renderRecord(record('x'), { timestamps: true, since: undefined })).toBe(
    '2026-01-01T00:00:10.000000000Z x\n',
  );
  expect(
    renderRecord(record('x'), { timestamps: false, since: Date.parse('2026-01-01T00:00:11Z') }),
  ).toBeUndefined();
});
