import { expect, it } from 'vitest';
import { reviewSelectors } from '../../../../src/kube/apiserver/endpoints/review-selectors.ts';

const ignored = (name: string, partially = '') =>
  `spec.resourceAttributes.${name} ${partially}ignored due to parse error`;

it.each([
  [undefined, {}, ''],
  [{ rawSelector: 'spec.nodeName=worker-0,status.phase!=Failed' }, { 'spec.nodeName': 'worker-0' }, ''],
  [{ rawSelector: 'spec.nodeName' }, {}, ignored('fieldSelector')],
  [{ requirements: [{ key: 'a', operator: 'In', values: ['x'] }] }, { a: 'x' }, ''],
  [{ requirements: [{ key: 'a', operator: 'NotIn', values: ['x'] }] }, {}, ''],
  [{ requirements: [{ key: 'a', operator: 'In', values: ['x', 'y'] }] }, {}, ignored('fieldSelector')],
  [
    {
      requirements: [
        { key: 'a', operator: 'In', values: ['x'] },
        { key: 'b', operator: 'Exists' },
      ],
    },
    { a: 'x' },
    ignored('fieldSelector', 'partially '),
  ],
])('a review for fields %j asks for %j', (selector, fields, problem) => {
  expect(reviewSelectors(selector, undefined)).toEqual({ fields, problem });
});

it.each([
  [{ rawSelector: 'app in (a, b),!old' }, ''],
  [{ rawSelector: 'app in' }, ignored('labelSelector')],
  [{ requirements: [{ key: 'app', operator: 'Exists' }] }, ''],
  [{ requirements: [{ key: 'app', operator: 'Like', values: ['a'] }] }, ignored('labelSelector')],
])('a review for labels %j says %j', (selector, problem) => {
  expect(reviewSelectors(undefined, selector).problem).toBe(problem);
});
