import { expect, test } from 'vitest';
import type { KubeObject } from '../../../../src/kube/kubectl/cluster/cluster.ts';
import { readWaitCondition } from '../../../../src/kube/kubectl/commands/wait-condition.ts';

const pod = (status: object, generation = 1): KubeObject => ({ metadata: { name: 'p', generation }, status });
const ready = (status: string, more: object = {}) => ({ conditions: [{ type: 'Ready', status }], ...more });

test.each([
  ['condition=Ready', pod(ready('True')), true],
  ['condition=ready', pod(ready('True')), true],
  ['condition=Ready', pod(ready('False')), false],
  ['condition=Ready=false', pod(ready('False')), true],
  ['condition=Ready', pod({}), false],
  ['condition=Ready', pod(ready('True', { observedGeneration: 1 }), 2), false],
  ['condition=Ready', pod(ready('True', { observedGeneration: 2 }), 2), true],
  ['jsonpath={.status.phase}=Running', pod({ phase: 'Running' }), true],
  ['jsonpath={.status.phase}=Running', pod({ phase: 'Pending' }), false],
  ['jsonpath=.status.phase="Running"', pod({ phase: 'Running' }), true],
  ['jsonpath={.status.podIP}', pod({}), false],
  ['jsonpath={.status.podIP}', pod({ podIP: '10.200.0.2' }), true],
  ['create', pod({}), true],
  ['create', undefined, false],
  ['delete', undefined, true],
  ['delete', pod({}), false],
])('--for=%s %#', (text, object, wanted) => {
  expect(readWaitCondition(text).isMet(object)).toBe(wanted);
});

test('what it means that the object is not there depends on what is waited for', () => {
  expect(readWaitCondition('condition=Ready').whenAbsent).toBe('error');
  expect(readWaitCondition('delete').whenAbsent).toBe('passed');
  expect(readWaitCondition('create').whenAbsent).toBe('wait');
});

test.each([
  ['', 'unrecognized condition: ""'],
  ['ready', 'unrecognized condition: "ready"'],
  ['jsonpath=', 'jsonpath wait format must be'],
  ['jsonpath={.a}=', 'jsonpath wait has to have a value after equal sign'],
])('--for=%s is refused', (text, message) => {
  expect(() => readWaitCondition(text)).toThrow(message);
});
