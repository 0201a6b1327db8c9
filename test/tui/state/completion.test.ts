import { expect, test } from 'vitest';
import { complete } from '../../../src/tui/state/completion.ts';
import { fakeLab } from '../../course/fake-lab.ts';

test('Tab completes commands, places and machines as far as they agree', () => {
  const names = { pack: fakeLab().course.pack, machines: [] };
  expect(complete('go', names).text).toBe('goto ');
  expect(complete('h', names)).toEqual({ text: 'h', choices: ['help', 'hint'] });
  expect(complete('goto fi', names).text).toBe('goto first');
  expect(complete('goto 1/', names).choices).toEqual(['1/one', '1/two']);
  expect(complete('goto first/t', names).text).toBe('goto first/two');
  expect(complete('journal no', names).text).toBe('journal node-0 ');
  expect(complete('off lo', names).text).toBe('off load-balancer');
  expect(complete('goto nowhere', names)).toEqual({ text: 'goto nowhere', choices: [] });
});
