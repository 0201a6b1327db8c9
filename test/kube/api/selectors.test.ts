import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateName } from '../../../src/kube/api/names.ts';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
} from '../../../src/kube/api/quantity.ts';
import {
  checkFieldSelector,
  matchesFields,
  parseFieldSelector,
} from '../../../src/kube/api/selectors/fields.ts';
import {
  formatLabelSelector,
  labelSelectorMatches,
  matchesLabels,
  parseLabelSelector,
} from '../../../src/kube/api/selectors/labels.ts';

describe('label selectors', () => {
  const labels = { a: 'b', tier: 'web', n: '5' };
  it.each<[string, boolean]>([
    ['', true],
    ['a=b', true],
    ['a==b', true],
    ['a!=b', false],
    ['missing!=b', true],
    ['a', true],
    ['!a', false],
    ['! missing', true],
    ['tier in (web, db)', true],
    ['tier notin (web)', false],
    ['missing notin (web)', true],
    ['n>4,n<6', true],
    ['a=b,tier=db', false],
    ['a=', false],
  ])('%s', (text, want) => expect(matchesLabels(parseLabelSelector(text), labels)).toBe(want));

  it.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "found 'b' expected: '('"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['-x=1', 'name part must consist of'],
    ['n>x', "for 'Gt', 'Lt' operators, the value must be an integer"],
  ])('refuses %s', (text, message) => expect(() => parseLabelSelector(text)).toThrow(message));

  it('works on metav1.LabelSelector', () => {
    const selector = {
      matchLabels: { a: 'b' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['web', 'db'] }],
    };
    expect(labelSelectorMatches(selector, labels)).toBe(true);
    expect(labelSelectorMatches({}, labels)).toBe(true);
    expect(labelSelectorMatches(undefined, labels)).toBe(false);
    expect(formatLabelSelector(selector)).toBe('a=b,tier in (db,web)');
  });
});

describe('field selectors', () => {
  const pod = { metadata: { name: 'web' }, spec: { nodeName: 'worker-0' }, status: { phase: 'Running' } };
  const resource = { kind: 'Pod', group: '', namespaced: true };
  it.each<[string, boolean]>([
    ['', true],
    ['metadata.name=web', true],
    ['spec.nodeName=worker-0,status.phase!=Failed', true],
    ['spec.nodeName!=worker-0', false],
    ['spec.nodeName=', false],
  ])('%s', (text, want) => {
    const selector = parseFieldSelector(text);
    checkFieldSelector(resource, selector);
    expect(matchesFields(selector, pod)).toBe(want);
  });

  it('refuses what the kind cannot be selected by', () => {
    expect(() => checkFieldSelector(resource, parseFieldSelector('spec.foo=1'))).toThrow(
      'field label not supported: spec.foo',
    );
    expect(() =>
      checkFieldSelector({ kind: 'Role', group: '', namespaced: true }, parseFieldSelector('x=1')),
    ).toThrow('"x" is not a known field selector: only "metadata.name", "metadata.namespace"');
    expect(() => parseFieldSelector('nonsense')).toThrow(
      "invalid selector: 'nonsense'; can't understand 'nonsense'",
    );
  });
});

describe('quantities', () => {
  it.each([
    ['500m', '500m'],
    ['0.5', '500m'],
    ['2000m', '2'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['1000', '1k'],
    ['1e3', '1e3'],
    ['0', '0'],
    ['-1.5', '-1500m'],
    ['100', '100'],
  ])('%s is %s', (text, want) => expect(canonicalQuantity(text)).toBe(want));

  it.each(['', 'x', '1 Gi', '1KB', '--1', '1ee3'])('%s is none', (text) =>
    expect(parseQuantity(text)).toBeUndefined(),
  );

  it('compares, adds and converts', () => {
    expect(compareQuantities('1Gi', '1G')).toBe(1);
    expect(compareQuantities('1000m', '1')).toBe(0);
    expect(addQuantities('100m', '1')).toBe('1100m');
    expect(quantityValue('1.2Ki')).toBe(1229);
    expect(quantityMilliValue('0.1')).toBe(100);
  });

  it('canonical texts keep their value (property)', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e2'), (n, suffix) => {
        expect(compareQuantities(canonicalQuantity(`${n}${suffix}`), `${n}${suffix}`)).toBe(0);
      }),
    );
  });
});

it('generated names keep to 63 letters', () => {
  expect(generateName('web-', () => 0)).toBe('web-bbbbb');
  expect(generateName('x'.repeat(80), () => 0.99)).toHaveLength(63);
});
