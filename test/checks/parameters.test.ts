import { describe, expect, it } from 'vitest';
import { Parameters } from '../../src/checks/parameters.ts';

const of = (values: Record<string, unknown>) => new Parameters(values, 'check x');

describe('parameters of a check', () => {
  it('take numbers and booleans as the texts that YAML made them of', () => {
    expect(of({ a: 6443 }).string('a')).toBe('6443');
    expect(of({ a: true }).string('a')).toBe('true');
    expect(of({ a: '6443' }).number('a')).toBe(6443);
    expect(of({ a: [1, false, 'x'] }).list('a')).toEqual(['1', 'false', 'x']);
    expect(of({ a: null }).optionalString('a')).toBeUndefined();
  });
  it('take one word, a list, or words with commas', () => {
    expect(of({ a: 'x' }).list('a')).toEqual(['x']);
    expect(of({ a: 'x, y,,z ' }).words('a')).toEqual(['x', 'y', 'z']);
    expect(of({ a: ['x,y', 'z'] }).words('a')).toEqual(['x', 'y', 'z']);
    expect(of({ a: [] }).words('a')).toEqual([]);
  });
  it.each([
    ['30', 30_000],
    [30, 30_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2m', 120_000],
    [undefined, 7],
  ])('the duration %j', (text, ms) => expect(of({ a: text }).duration('a', 7)).toBe(ms));
  it.each([
    ['0600', 0o600],
    ['600', 0o600],
    [600, 0o600],
    ['1755', 0o1755],
  ])('the mode %j', (text, mode) => expect(of({ a: text }).mode('a')).toBe(mode));

  const refused: readonly (readonly [string, (parameters: Parameters) => unknown, unknown, string])[] = [
    [
      'a missing text',
      (p) => p.string('a'),
      undefined,
      'parameter a is missing (check x): add it to lab.yaml',
    ],
    ['a missing number', (p) => p.number('a'), undefined, 'parameter a is missing (check x)'],
    ['a missing list', (p) => p.words('a'), undefined, 'parameter a is missing (check x)'],
    ['a mapping for a text', (p) => p.string('a'), {}, 'parameter a must be a string (check x)'],
    ['a word for a number', (p) => p.number('a'), 'many', 'parameter a must be a number (check x)'],
    ['nothing for a number', (p) => p.number('a'), ' ', 'parameter a must be a number (check x)'],
    [
      'a text for a switch',
      (p) => p.boolean('a', true),
      'yes',
      'parameter a must be true or false (check x)',
    ],
    ['mappings for words', (p) => p.list('a'), [{}], 'parameter a must be a list of strings (check x)'],
    ['a list for a mapping', (p) => p.optionalMap('a'), [], 'parameter a must be a mapping (check x)'],
    [
      'words for mappings',
      (p) => p.optionalObjects('a'),
      ['x'],
      'parameter a must be a list of mappings (check x)',
    ],
    [
      'a unit that is none',
      (p) => p.duration('a', 0),
      '3 days',
      'parameter a must be a duration such as 30s (check x)',
    ],
    [
      'bits that are none',
      (p) => p.mode('a'),
      'rw-',
      "parameter a must be a file mode such as '0600' (check x)",
    ],
    [
      'a choice that is none',
      (p) => p.oneOf('a', ['file', 'directory']),
      'folder',
      'parameter a must be one of file, directory (check x)',
    ],
  ];
  it.each(refused)('refuse %s', (_what, read, value, message) => {
    let said = 'nothing';
    try {
      read(of({ a: value }));
    } catch (error) {
      said = String(error);
    }
    expect(said).toBe(message);
  });
  it('refuse what nobody has read, inside too', () => {
    const parameters = of({ kind: 'x', title: 'y', routes: [{ to: 'a', via: 'b', vai: 'c' }] });
    const [route] = parameters.optionalObjects('routes')!;
    route!.string('to');
    route!.string('via');
    expect(() => route!.finish()).toThrow('unknown parameter vai');
    expect(() => parameters.finish()).not.toThrow();
    expect(() => of({ rotues: 1 }).finish()).toThrow('unknown parameter rotues');
  });
});
