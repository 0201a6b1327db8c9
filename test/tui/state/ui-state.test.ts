import { expect, test } from 'vitest';
import type { StepState } from '../../../src/course/course.ts';
import { firstOpenStep } from '../../../src/tui/state/ui-state.ts';

const step = (status: StepState['status'], done = status === 'green' || status === 'done'): StepState => ({
  ref: 'c/s',
  status,
  done,
  report:
    status === 'todo' || status === 'done'
      ? undefined
      : { ref: 'c/s', state: 'fail', checks: [], blockedBy: [], at: 0 },
  failures: 0,
  hintsShown: 0,
  hintsTotal: 0,
  hintOffered: false,
});

test.each([
  ['nothing was begun: the page about the chapter', [step('todo'), step('todo')], 0],
  ['the first was looked at', [step('red'), step('todo')], 1],
  ['the first is done', [step('done'), step('todo')], 2],
  ['a done step has turned red since', [step('green'), step('red', true), step('todo')], 2],
  ['all are done: the page about the chapter', [step('green'), step('done')], 0],
  ['a chapter without steps', [], 0],
])('where a chapter is opened: %s', (_name, states, expected) => {
  expect(firstOpenStep(states)).toBe(expected);
});
