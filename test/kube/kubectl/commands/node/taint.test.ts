import { expect, test } from 'vitest';
import { applyTaints, readTaints } from '../../../../../src/kube/kubectl/commands/node/taint.ts';

const present = [{ key: 'disk', value: 'slow', effect: 'NoSchedule' }];
const apply = (words: string[], overwrite = false) => applyTaints('n', present, readTaints(words), overwrite);

test('taints are added, removed by key or by effect, and changed when that is meant', () => {
  expect(apply(['gpu=yes:NoExecute'])).toEqual({
    taints: [{ key: 'gpu', value: 'yes', effect: 'NoExecute' }, ...present],
    verb: 'tainted',
  });
  expect(apply(['disk-'])).toEqual({ taints: [], verb: 'untainted' });
  expect(apply(['disk:NoSchedule-'])).toEqual({ taints: [], verb: 'untainted' });
  expect(apply(['disk=new:NoSchedule'], true)).toEqual({
    taints: [{ key: 'disk', value: 'new', effect: 'NoSchedule' }],
    verb: 'modified',
  });
});

test('a taint that is there already, or is not there, is an error', () => {
  expect(() => apply(['disk=new:NoSchedule'])).toThrow(
    'node n already has disk taint(s) with same effect(s) and --overwrite is false',
  );
  expect(() => apply(['nope-'])).toThrow('taint "nope" not found');
  expect(() => apply(['disk:NoExecute-'])).toThrow('taint "disk:NoExecute" not found');
});

test.each([
  ['a=b', 'invalid taint spec: a=b'],
  ['=b:NoSchedule', 'invalid taint spec'],
  ['a=b=c:NoSchedule', 'invalid taint spec'],
  ['a:Never', 'invalid taint effect: Never'],
])('%s cannot be read', (word, message) => {
  expect(() => readTaints([word])).toThrow(message);
});
