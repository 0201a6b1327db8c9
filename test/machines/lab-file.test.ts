import { expect, test } from 'vitest';
import { isNewer } from '../../src/machines/lab-file.ts';

test.each([
  ['0.2.0', '0.1.9', true],
  ['1.0.0', '0.9.0', true],
  ['0.1.7', '0.1.0', false],
  ['0.1.0', '0.1.0', false],
  ['0.9.0', '1.0.0', false],
  ['not a version', '0.1.0', false],
])('%s is newer than %s: %s', (version, than, expected) => {
  expect(isNewer(version, than)).toBe(expected);
});
