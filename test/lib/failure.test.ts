import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LabError, UsageError } from '../../src/lib/errors.ts';
import { failureText } from '../../src/lib/failure.ts';

const systemError = (code: string, path?: string) => Object.assign(new Error(`${code}: bad`), { code, path });

test('an error with a remedy is one line of what, where and what to do', () => {
  const error = new LabError('etcd is gone', { where: 'controller-0', remedy: 'start it' });
  expect(failureText(error)).toBe('etcd is gone (controller-0): start it');
  expect(failureText(new UsageError('no such chapter'))).toBe('no such chapter');
});

test.each(['EACCES', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EISDIR', 'ENOENT', 'EMFILE'])(
  'what is wrong with the computer is one line with the path and a remedy: %s',
  (code) => {
    const text = failureText(systemError(code, '/work-of/learner/.lab'));
    expect(text).toMatch(/^\/work-of\/learner\/\.lab: .+/);
    expect(text).not.toContain('\n');
    expect(text).not.toContain(code);
  },
);

test('an error of the system that is seldom keeps its own words, and no stack', () => {
  expect(failureText(systemError('EXDEV'))).toBe('EXDEV: bad');
});

test('of a file that is only there while another is written the folder is named', () => {
  expect(failureText(systemError('EACCES', '/lab/bin/.ssh.1a2b.tmp'))).toMatch(
    /^\/lab\/bin: permission denied/,
  );
});

test('a real one from the file system', () => {
  try {
    readFileSync('/');
  } catch (error) {
    expect(failureText(error)).toContain('it is a folder where a file should be');
  }
  expect.assertions(1);
});

test('a mistake of ours keeps its stack: it is to be reported', () => {
  expect(failureText(new TypeError('x is not a function'))).toMatch(
    /TypeError: x is not a function\n {4}at /,
  );
  expect(failureText('thrown text')).toBe('thrown text');
});
