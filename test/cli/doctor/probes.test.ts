import { expect, test } from 'vitest';
import {
  examine,
  examineDisk,
  examineMemory,
  examineNode,
  examineTerminal,
} from '../../../src/cli/doctor/probes.ts';
import { temporaryFolder } from '../../course/fake-pack.ts';

const gib = 1024 ** 3;

test.each([
  ['v18.20.4', 'problem'],
  ['v20.18.3', 'problem'],
  ['v20.19.0', 'good'],
  ['v22.1.0', 'good'],
  ['nonsense', 'problem'],
])('Node %s is %s', (version, state) => {
  const finding = examineNode(version);
  expect(finding).toMatchObject({ name: 'Node', state, found: version });
  expect(finding.remedy === undefined).toBe(state === 'good');
});

test('an old Node is told what to install', () => {
  expect(examineNode('v18.20.4').remedy).toContain('install Node 20.19 or newer');
});

test.each([
  [80, 24, 'good'],
  [200, 60, 'good'],
  [79, 24, 'note'],
  [80, 23, 'note'],
])('a terminal of %d×%d is %s', (columns, rows, state) => {
  expect(examineTerminal(columns, rows)).toMatchObject({ state, found: `${columns}×${rows}` });
});

test('a small terminal is told the size that is wanted, no terminal is told where to run', () => {
  expect(examineTerminal(60, 20).remedy).toContain('at least 80×24');
  expect(examineTerminal(undefined, undefined)).toMatchObject({ state: 'note' });
});

test('a full disk stands in the way, and the remedy names --workspace', () => {
  expect(examineDisk(gib, '/lab')).toMatchObject({ state: 'good', found: '1.0 GiB free for /lab' });
  const full = examineDisk(gib - 1, '/lab');
  expect(full.state).toBe('problem');
  expect(full.remedy).toContain('--workspace');
});

test('a folder that is not yours stands in the way, however much room there is', () => {
  expect(examineDisk(100 * gib, '/lab', false)).toEqual({
    name: 'Disk',
    state: 'problem',
    found: '/lab is not yours to write in',
    remedy: 'put the lab elsewhere with --workspace',
  });
});

test('little memory is a note with a smaller topology, hardly any stands in the way', () => {
  expect(examineMemory(2 * gib).state).toBe('good');
  expect(examineMemory(gib)).toMatchObject({ state: 'note' });
  expect(examineMemory(gib).remedy).toContain('--topology single');
  expect(examineMemory(gib / 4).state).toBe('problem');
});

test('every tool that is not there says that the lab does without; the order is always the same', async () => {
  const findings = await examine({
    workspace: `${temporaryFolder()}/not/there/yet`,
    env: { PATH: '/nowhere' },
    columns: 100,
    rows: 40,
  });
  expect(findings.map(({ name }) => name)).toEqual([
    'Node',
    'Terminal',
    'Disk',
    'Memory',
    'Port',
    'bash',
    'kubectl',
    'etcdctl',
    'openssl',
    'curl',
    'dig',
  ]);
  for (const tool of findings.slice(5)) {
    expect(tool).toMatchObject({ state: 'note', found: 'not found' });
    expect(tool.remedy).toBeTruthy();
  }
  expect(findings[2]?.state).not.toBe('problem');
});
