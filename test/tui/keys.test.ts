import { expect, test } from 'vitest';
import { keysOf } from '../../src/tui/key-names.ts';
import { bindingOf, bindings, footerBindings, type ScreenName, whyNothing } from '../../src/tui/keys.ts';
import { editPrompt, parseCommand } from '../../src/tui/state/command-line.ts';

test('keys that come together are told apart', () => {
  expect(keysOf('jj/etcd\rn', {})).toEqual(['j', 'j', '/', 'e', 't', 'c', 'd', 'enter', 'n']);
  expect(keysOf('', { upArrow: true })).toEqual(['up']);
  expect(keysOf('c', { ctrl: true })).toEqual(['ctrl+c']);
  expect(keysOf('', { tab: true, shift: true })).toEqual(['shift+tab']);
});

test('no key means two things on a screen', () => {
  const screens: ScreenName[] = [
    'welcome',
    'course',
    'chapter',
    'cluster',
    'journals',
    'journal',
    'output',
    'source',
    'help',
  ];
  for (const screen of screens) {
    const keys = bindings
      .filter(({ on }) => on === undefined || on.includes(screen))
      .flatMap((binding) => binding.keys);
    expect(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      screen,
    ).toEqual([]);
    expect(
      footerBindings(screen)
        .slice(-2)
        .map(({ action }) => action),
    ).toEqual(['help', 'quit']);
  }
  expect(bindingOf('h', 'chapter')?.action).toBe('hint');
  expect(bindingOf('h', 'cluster')?.action).toBe('left');
});

test('a key that does nothing is told, with where it works', () => {
  expect(whyNothing('r', 'course')).toBe('r works on Chapter; ? lists the keys');
  expect(whyNothing('N', 'course')).toBe('N works on Chapter, Run, Source, Help; ? lists the keys');
  expect(whyNothing('z', 'course')).toBe('z does nothing; ? lists the keys');
  expect(whyNothing('ctrl+x', 'course')).toBe('Ctrl+X does nothing; ? lists the keys');
  expect(whyNothing('tab', 'help')).toBe('Tab works on Chapter; ? lists the keys');
  expect(whyNothing('3', 'welcome')).toContain('Choose the machines first');
});

test('commands', () => {
  expect(parseCommand('')).toBeUndefined();
  expect(parseCommand('q')).toEqual({ do: 'quit' });
  expect(parseCommand('4')).toEqual({ do: 'goto', name: '4' });
  expect(parseCommand('goto 7 unit')).toEqual({ do: 'goto', name: '7/unit' });
  expect(parseCommand('7/unit')).toEqual({ do: 'goto', name: '7/unit' });
  expect(parseCommand('journal worker-0 kubelet')).toEqual({
    do: 'journal',
    machine: 'worker-0',
    unit: 'kubelet',
  });
  expect(parseCommand('off worker-0')).toEqual({ do: 'power', machine: 'worker-0', state: 'off' });
  expect(parseCommand('constructor')).toMatchObject({ do: 'wrong' });
  expect(parseCommand('goto')).toMatchObject({ do: 'wrong' });
});

test('a prompt takes letters and leaves the named keys', () => {
  expect(editPrompt('got', 'o')).toBe('goto');
  expect(editPrompt('goto', ' ')).toBe('goto ');
  expect(editPrompt('goto', 'backspace')).toBe('got');
  expect(editPrompt('goto', 'pageup')).toBeUndefined();
  expect(editPrompt('goto', '+')).toBe('goto+');
});
