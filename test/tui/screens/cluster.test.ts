import { expect, test } from 'vitest';
import type { MachineStatus, UnitStatus } from '../../../src/machines/client.ts';
import type { ClusterFacts } from '../../../src/tui/lab/facts.ts';
import { frameLines } from '../../../src/tui/screens/index.ts';
import { lineWidth } from '../../../src/tui/text/width.ts';
import { createTheme } from '../../../src/tui/theme.ts';
import { oneMachine, openScreens, plainTheme, sizes } from '../open-screens.ts';

const unit = (name: string, changes: Partial<UnitStatus> = {}): UnitStatus => ({
  name: `${name}.service`,
  description: name,
  loadState: 'loaded',
  activeState: 'active',
  subState: 'running',
  result: 'success',
  pid: 1,
  since: 0,
  restarts: 0,
  enabled: true,
  memory: undefined,
  ...changes,
});
const machine = (index: number, changes: Partial<MachineStatus> = {}): MachineStatus => ({
  ...oneMachine.machines![0]!,
  name: `controller-${index}`,
  address: `10.240.0.1${index}`,
  units: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => unit(name)),
  ...changes,
});
const facts = (changes: Partial<ClusterFacts> = {}): ClusterFacts => ({
  ...oneMachine,
  machines: [0, 1, 2].map((index) => machine(index)),
  ...changes,
});
const pods = Array.from({ length: 30 }, (_unused, index) => ({
  namespace: 'default',
  name: `web-${index}`,
  ready: '1/1',
  status: index === 29 ? 'CrashLoopBackOff' : 'Running',
  restarts: index === 29 ? 4 : 0,
  address: `10.200.0.${index}`,
  node: 'worker-0',
}));

async function show(cluster: ClusterFacts, options: Partial<Parameters<typeof openScreens>[0]> = {}) {
  const screens = await openScreens({ cluster, ...options });
  screens.keys('3');
  await screens.until(cluster.machines === undefined ? 'not running' : 'machines on');
  return screens;
}

test.each(sizes)('at $columns×$rows machines, etcd, nodes and pods fit', async (size) => {
  const { store, text } = await show(facts({ pods, nodes: [] }), { size });
  for (const row of frameLines(store.get(), plainTheme))
    expect(lineWidth(row)).toBeLessThanOrEqual(size.columns);
  for (const part of ['▸ ✔ controller-0', '✔ kube-scheduler', 'leader', '7', '1234'])
    expect(text()).toContain(part);
});

test('a lab that is off says how to start it, and u does', async () => {
  let started = 0;
  const { text, keys, until } = await show(facts({ machines: undefined }), {
    lab: { up: async () => void started++ },
  });
  expect(text()).toContain('u starts it');
  keys('p');
  await until('No machine is marked');
  keys('u');
  await until('The lab runs');
  expect(started).toBe(1);
});

test('how a unit stands is seen: failed, restarting, off, badly written', async () => {
  const units = [
    unit('etcd', { activeState: 'failed', subState: 'failed' }),
    unit('kube-apiserver', { activeState: 'activating', subState: 'auto-restart', restarts: 3 }),
    unit('kube-scheduler', { activeState: 'inactive', subState: 'dead' }),
    unit('kubelet', { loadState: 'bad-setting' }),
  ];
  const off = machine(1, { power: 'off' });
  const cut = machine(2, { link: 'down', units: [] });
  const { text, keys, frame } = await show(facts({ machines: [machine(0, { units }), off, cut] }));
  const shown = text();
  for (const part of [
    '✖ etcd',
    '… kube-apiserver restarting (3 restarts)',
    '· kube-scheduler',
    '✖ kubelet',
    '· controller-1   10.240.0.11  off',
    'link down',
    '2 of 3 machines on',
  ]) {
    expect(shown).toContain(part);
  }
  // A machine that is off makes the key that starts it worth a place in the footer.
  expect(frame().at(-1)).toContain('u start lab');
  keys('j', 'p');
  expect(frame().at(-1)).toContain('Switch controller-1 on?');
});

test('a member that does not answer has its reason below the table, in full', async () => {
  const error =
    'connection error: desc = "transport: Error while dialing: connect ECONNREFUSED 10.240.0.10:2379"';
  const { text } = await show(facts({ machines: [machine(0)], etcd: [{ ...oneMachine.etcd![0]!, error }] }));
  expect(text()).toContain('✖ controller-0  no answer');
  expect(text().replace(/\s+/g, ' ')).toContain(`controller-0: ${error}`);
});

test('why the API does not answer stands in the status', async () => {
  const { text } = await show(facts({ apiError: 'connect ECONNREFUSED 10.240.0.10:6443' }));
  expect(text()).toContain('API: connect ECONNREFUSED');
});

test('the last pod can be reached by page keys, and by going on down; the mark stays where it was', async () => {
  const { text, keys } = await show(facts({ pods }));
  expect(text()).not.toContain('web-29');
  keys('G');
  expect(text()).toContain('CrashLoopBackOff ×4');
  keys('g');
  expect(text()).toContain('▸ ✔ controller-0');
  keys('j', 'j');
  expect(text()).toContain('▸ ✔ controller-2');
  for (let index = 0; index < 60; index++) keys('j');
  expect(text()).toContain('web-29');
  keys('k');
  expect(text()).toContain('▸ ✔ controller-1');
});

test('fewer machines than the mark was at: the last is marked', async () => {
  const { store, text } = await show(facts());
  store.set({ cursor: { cluster: 2 }, cluster: facts({ machines: [machine(0)] }) });
  expect(text()).toContain('▸ ✔ controller-0');
});

test('for a screen reader a machine is a sentence', async () => {
  const theme = createTheme({ color: false, ascii: true, linear: true });
  const { text } = await show(facts({ machines: [machine(0, { units: [unit('etcd')] })] }), { theme });
  expect(text()).toContain('selected: controller-0, 10.240.0.10, on, etcd active running');
  expect(text()).toContain('member: controller-0, role: leader, term: 7');
});
