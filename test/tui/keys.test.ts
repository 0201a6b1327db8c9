import { expect, test } from 'vitest';
import { bindingOf, bindings, footerBindings, keysOf } from '../../src/tui/keys.ts';

test('keys typed quickly come in one report and are told apart', () => {
  expect(keysOf('jj:q', {})).toEqual(['j', 'j', ':', 'q']);
  expect(keysOf('a\r\nb', {})).toEqual(['a', 'enter', 'b']);
  expect(keysOf('', { downArrow: true })).toEqual(['down']);
  expect(keysOf('', { tab: true, shift: true })).toEqual(['shift+tab']);
  expect(keysOf('c', { ctrl: true })).toEqual(['ctrl+c']);
});

test('a key means what the screen says: n goes on in a chapter, and searches elsewhere', () => {
  expect(bindingOf('n', 'chapter')?.action).toBe('next');
  expect(bindingOf('n', 'journal')?.action).toBe('findNext');
  expect(bindingOf('r', 'journal')).toBeUndefined();
  expect(bindingOf('q', 'welcome')?.action).toBe('quit');
});

test('everything in the footer is explained in the help', () => {
  for (const screen of ['course', 'chapter', 'cluster', 'journal'] as const) {
    for (const binding of footerBindings(screen)) expect(binding.help).not.toBe('');
  }
  expect(bindings.length).toBeGreaterThan(20);
});
