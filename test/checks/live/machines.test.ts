import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluateCheck } from '../../../src/checks/index.ts';
import { createMachines } from '../../../src/checks/live/machines.ts';
import { FakeClock } from '../../../src/lib/clock.ts';
import { LabError } from '../../../src/lib/errors.ts';
import type { LabClient } from '../../../src/machines/client.ts';
import { loadTopology } from '../../../src/machines/topology.ts';
import type { Workspace } from '../../../src/machines/workspace.ts';
import { fakeContext } from '../fake-context.ts';

const folder = mkdtempSync(join(tmpdir(), 'k8s-lab-machines-'));
afterAll(() => rmSync(folder, { recursive: true }));
const workspace = {
  topology: loadTopology('hard-way'),
  machineRoot: (machine: string) => join(folder, machine),
} as unknown as Workspace;

const etcd = { name: 'etcd.service', loadState: 'loaded', enabled: true, activeState: 'active' };

function lab(overrides: Partial<Record<keyof LabClient, unknown>> = {}) {
  let asked = 0;
  const client = {
    machines: async () => {
      asked++;
      return [{ name: 'controller-0', power: 'on', units: [etcd] }];
    },
    async *journal() {
      for (const message of ['one', 'two', 'three']) yield { identifier: 'etcd', pid: 7, message };
    },
    ...overrides,
  } as unknown as LabClient;
  return { client, asked: () => asked };
}

describe('machines', () => {
  it('finds a unit by the name that one gives to systemctl', async () => {
    const machines = createMachines(workspace, lab().client, new FakeClock());
    for (const name of ['etcd', 'etcd.service'])
      expect(await machines.unit('controller-0', name)).toMatchObject({
        enabled: true,
        activeState: 'active',
      });
    expect(await machines.unit('controller-0', 'kubelet')).toMatchObject({ loadState: 'not-found' });
  });
  it('tells power, and machines that this topology does not have', async () => {
    const machines = createMachines(workspace, lab().client, new FakeClock());
    expect(await machines.state('controller-0')).toBe('running');
    expect(await machines.state('worker-0')).toBe('off');
    expect(await machines.state('worker-9')).toBe('missing');
  });
  it('asks labd once for a round of checks, and again later', async () => {
    const clock = new FakeClock();
    const { client, asked } = lab();
    const machines = createMachines(workspace, client, clock);
    await Promise.all([machines.state('controller-0'), machines.unit('controller-0', 'etcd')]);
    expect(asked()).toBe(1);
    await clock.advance(1000);
    await machines.state('controller-0');
    expect(asked()).toBe(2);
  });
  it('gives the last lines of a journal', async () => {
    const machines = createMachines(workspace, lab().client, new FakeClock());
    expect(await machines.journal('controller-0', 'etcd', 2)).toEqual([
      { identifier: 'etcd', pid: 7, message: 'two' },
      { identifier: 'etcd', pid: 7, message: 'three' },
    ]);
  });
  it('reads files of a machine inside its own root, also while it is off', async () => {
    mkdirSync(join(folder, 'worker-0/etc'), { recursive: true });
    writeFileSync(join(folder, 'worker-0/etc/hostname'), 'worker-0\n');
    const machines = createMachines(workspace, undefined, new FakeClock());
    expect(Buffer.from((await machines.readFile('worker-0', '/etc/hostname'))!).toString()).toBe(
      'worker-0\n',
    );
    expect(await machines.readFile('worker-0', '/../controller-0/etc/hostname')).toBeUndefined();
    expect(await machines.stat('worker-0', '/etc')).toMatchObject({ type: 'directory' });
  });
});

describe('without labd', () => {
  const file = { kind: 'file', title: 'x', on: 'controller-0', path: '/etc/hostname' };
  const look = async (client: LabClient | undefined) => {
    const machines = createMachines(workspace, client, new FakeClock());
    return evaluateCheck(file, { ...fakeContext(), machines });
  };
  it('every machine is off, and the remedy switches them on', async () => {
    const off = {
      state: 'fail',
      reason: 'machine-off',
      message: 'controller-0 is switched off: nothing that should run on it can be seen.',
      fix: { remedy: 'switch the machines on with `k8s-lab up`' },
    };
    expect(await look(undefined)).toMatchObject(off);
    const ended = lab({ machines: () => Promise.reject(new LabError('the lab is not running')) });
    expect(await look(ended.client)).toMatchObject(off);
  });
  it('another trouble with labd is not taken for that', async () => {
    const broken = lab({
      machines: () => Promise.reject(new LabError('labd answers nonsense', { remedy: 'restart it' })),
    });
    expect(await look(broken.client)).toEqual({
      state: 'error',
      message: 'labd answers nonsense: restart it',
    });
  });
});
