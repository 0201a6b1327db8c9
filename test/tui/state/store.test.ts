import { expect, test, vi } from 'vitest';
import { createStore } from '../../../src/tui/state/store.ts';

test('a change is merged and told; no change is not', () => {
  const store = createStore<{ a: number; b: string | undefined }>({ a: 1, b: 'x' });
  const told = vi.fn();
  store.subscribe(told);
  store.set({ a: 1 });
  store.set({});
  expect(told).not.toHaveBeenCalled();
  const before = store.get();
  store.set({ b: undefined });
  expect(told).toHaveBeenCalledOnce();
  expect(store.get()).toEqual({ a: 1, b: undefined });
  expect(store.get()).not.toBe(before);
  expect(before).toEqual({ a: 1, b: 'x' });
});

test('who has left is not told', () => {
  const store = createStore({ a: 1 });
  const stays = vi.fn();
  const leaves = vi.fn();
  store.subscribe(stays);
  store.subscribe(leaves)();
  store.set({ a: 2 });
  expect(stays).toHaveBeenCalledOnce();
  expect(leaves).not.toHaveBeenCalled();
});
