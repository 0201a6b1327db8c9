import { expect, test } from 'vitest';
import { isRecord } from '../../src/lib/is-record.ts';

test.each([
  [{}, true],
  [Object.create(null), true],
  [JSON.parse('{"__proto__":1}'), true],
  [[], false],
  [null, false],
  [undefined, false],
  ['{}', false],
  [() => ({}), false],
])('%o is an object of JSON or YAML: %s', (value, expected) => expect(isRecord(value)).toBe(expected));
