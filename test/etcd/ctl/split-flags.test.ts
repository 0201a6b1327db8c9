import { expect, test } from 'vitest';
import { globalFlags } from '../../../src/etcd/ctl/context.ts';
import { splitFlags } from '../../../src/etcd/ctl/split-flags.ts';

const split = (line: string) => {
  const { global, words } = splitFlags(line.split(' '), globalFlags);
  return `${global.join(' ')} | ${words.join(' ')}`;
};

test.each([
  ['get a', ' | get a'],
  ['--endpoints=x get a', '--endpoints=x | get a'],
  ['get a --endpoints x', '--endpoints x | get a'],
  ['get --prefix --endpoints x a -w json', '--endpoints x -w json | get --prefix a'],
  ['--hex get a', '--hex | get a'],
  ['get --hex a', '--hex | get a'],
  ['get --hex=false a', '--hex=false | get a'],
  ['get --limit 3 a', ' | get --limit 3 a'],
  ['get a --endpoints', '--endpoints | get a'],
  ['put -- --hex v', ' | put -- --hex v'],
  ['watch a -- --endpoints x', ' | watch a -- --endpoints x'],
])('etcdctl %s', (line, expected) => {
  expect(split(line)).toBe(expected);
});
