import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import {
  readSavedState,
  type SavedMachine,
  writeSavedState,
} from '../../../src/machines/labd/saved-state.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saved-state-'));
  path = join(folder, 'units.json');
  return () => rmSync(folder, { recursive: true });
});

const machine: SavedMachine = {
  power: 'on',
  link: 'down',
  bootId: '25a0b6e7',
  running: ['etcd.service'],
  routes: [{ to: '10.200.1.0/24', via: '10.240.0.21' }],
};
const off: SavedMachine = { power: 'off', link: 'up', bootId: undefined, running: [], routes: [] };

test('what was saved is read again, and a new lab has saved nothing', () => {
  expect(readSavedState(path)).toEqual({});
  writeSavedState(path, { 'controller-0': machine, 'worker-0': off });
  expect(readSavedState(path)).toEqual({ 'controller-0': machine, 'worker-0': off });
});

test.each(['', '{"machines":{"contr', '[]', 'null', '{"machines":[]}', '{"version":9}'])(
  'a damaged file does not keep the lab from starting, and is kept: %s',
  (text) => {
    writeFileSync(path, text);
    expect(readSavedState(path)).toEqual({});
    expect(readdirSync(folder)).toEqual(['units.json.damaged']);
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text);
  },
);

test('of a machine whose entry is damaged the rest is taken', () => {
  const damaged = {
    ...machine,
    power: 'standby',
    running: ['etcd.service', 7, null],
    routes: [{ to: 1 }, ...machine.routes],
  };
  writeFileSync(path, JSON.stringify({ machines: { a: damaged, b: machine, c: 7 } }));
  expect(readSavedState(path)).toEqual({ a: { ...machine, power: 'off' }, b: machine, c: off });
});
