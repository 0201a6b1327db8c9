import { describe, it } from 'vitest';
import { testKind } from '../fake-context.ts';

describe('the absent check', () => {
  const { passes, fails } = testKind('absent');
  it('passes when nothing is left, and when the machine is gone', async () => {
    await passes(
      {
        on: 'controller-0',
        paths: ['/x'],
        units: ['etcd.service'],
        routes: ['10.200.0.0/24'],
        machines: 'workers',
      },
      { states: { 'worker-0': 'off', 'worker-1': 'off', 'worker-2': 'missing' } },
    );
    await passes(
      { on: 'controller-0', paths: ['/x'] },
      { states: { 'controller-0': 'missing' }, machineFiles: { 'controller-0': { '/x': 'x' } } },
    );
  });
  it('tells what is left', async () => {
    await fails({ paths: ['x'] }, { files: { x: 'x' } }, 'file-left', 'x is still there.');
    await fails(
      { on: 'controller-0', units: ['etcd.service'] },
      { units: { 'controller-0:etcd.service': { activeState: 'active' } } },
      'unit-left',
      'etcd.service on controller-0 is still active.',
    );
    await fails({ machines: ['worker-0'] }, {}, 'machine-left', 'worker-0 is still running.');
    await fails(
      { on: 'worker-0', routes: ['10.200.1.0/24'] },
      { exec: () => ({ exitCode: 0, stdout: '10.200.1.0/24 via 10.240.0.21 dev eth0\n', stderr: '' }) },
      'route-left',
      'worker-0 still has a route to 10.200.1.0/24.',
    );
  });

  it('looks at units and files of a machine that runs, at files also while it is off', async () => {
    const spec = { on: 'controller-0', paths: ['/etc/etcd'], units: ['etcd'] };
    const left = { machineFiles: { 'controller-0': { '/etc/etcd': 'x' } } };
    await fails(
      spec,
      { ...left, states: { 'controller-0': 'off' } },
      'file-left',
      'controller-0:/etc/etcd is still there.',
    );
    await fails(
      spec,
      { units: { 'controller-0:etcd': { enabled: true } } },
      'unit-left',
      'etcd on controller-0 is still enabled: it would start again with the machine.',
    );
    await passes(spec, { units: { 'controller-0:etcd': { activeState: 'failed' } } });
  });
  it('tells a folder that is left, too', () =>
    fails({ paths: ['certs'] }, { folders: ['certs'] }, 'file-left', 'certs is still there.'));
});
