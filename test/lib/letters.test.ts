import { expect, test } from 'vitest';
import { asciiLetters, wantsAscii } from '../../src/lib/letters.ts';

test.each([
  [{ LANG: 'en_US.UTF-8' }, false],
  [{ LANG: 'ja_JP.utf8' }, false],
  [{ LANG: 'C.UTF-8' }, false],
  [{}, false],
  [{ LANG: 'C' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, true],
  [{ LANG: 'ja_JP.eucJP' }, true],
  [{ LANG: 'de_DE.ISO-8859-1' }, true],
  [{ LANG: 'en_US.UTF-8', K8S_LAB_ASCII: '1' }, true],
])('%j: ASCII only is %s', (env, expected) => {
  expect(wantsAscii(env)).toBe(expected);
});

test('signs of the lab become signs that every terminal has', () => {
  expect(asciiLetters('✔ 1 – “ok” · 80×24 … ✖')).toBe('+ 1 - "ok" - 80x24 ... x');
});
