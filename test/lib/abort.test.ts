import { expect, test } from 'vitest';
import { onAbort, whenAborted } from '../../src/lib/abort.ts';

test('an abort is heard once, before and after it happens, and brings no value along', async () => {
  const controller = new AbortController();
  const heard: unknown[][] = [];
  const listen = (...values: unknown[]) => void heard.push(values);
  onAbort(controller.signal, listen);
  const waiting = whenAborted(controller.signal);
  expect(heard).toEqual([]);
  controller.abort(new Error('stop'));
  expect(heard).toEqual([[]]);
  expect(await waiting).toBeUndefined();
  onAbort(controller.signal, listen);
  expect(heard).toEqual([[], []]);
  expect(await whenAborted(controller.signal)).toBeUndefined();
});
