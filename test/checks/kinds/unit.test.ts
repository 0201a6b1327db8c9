import { describe, it } from 'vitest';
import { machineTroubles, testKind, type World } from '../fake-context.ts';

describe('the unit check', () => {
  const { passes, fails } = testKind('unit');
  const path = '/etc/systemd/system/kube-apiserver.service';
  const text = (flags: readonly string[]) =>
    `[Unit]\nDescription=x\n\n[Service]\nExecStart=/usr/local/bin/kube-apiserver \\\n${flags.map((flag) => `  ${flag}`).join(' \\\n')}\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\n`;
  const flags = [
    '--etcd-servers=https://b:2379,https://a:2379',
    '--allow-privileged',
    "--runtime-config='api/all=true'",
    '--v 2',
    '--service-cluster-ip-range=10.32.0.0/24',
  ];
  const spec = {
    unit: 'kube-apiserver',
    on: 'controller-0',
    program: '/usr/local/bin/kube-apiserver',
    flags: {
      'etcd-servers': 'https://a:2379,https://b:2379',
      'allow-privileged': true,
      '--runtime-config': 'api/all=true',
      v: 2,
      'service-cluster-ip-range': '10.32.0.0/24',
    },
  };
  const running = { loadState: 'loaded', enabled: true, activeState: 'active', subState: 'running' } as const;
  const world = (content = text(flags), status: object = running, more: World = {}): World => ({
    machineFiles: { 'controller-0': { [path]: content } },
    units: { 'controller-0:kube-apiserver.service': status },
    ...more,
  });
  it('passes a unit whose flags are spelled in other ways', () => passes(spec, world()));
  it('says why a flag matters', async () => {
    await fails(
      spec,
      world(text(flags.slice(0, 4))),
      'missing-flag',
      `controller-0:${path} starts kube-apiserver without --service-cluster-ip-range: Services get their addresses from it, the first one is the Service kubernetes, and the certificate of the API server names that address.`,
    );
    await fails(
      spec,
      world(text([...flags.slice(0, 4), '--service-cluster-ip-range=10.0.0.0/24'])),
      'wrong-flag',
      /has --service-cluster-ip-range=10\.0\.0\.0\/24, and 10\.32\.0\.0\/24 is wanted: Services get/,
    );
    await fails(
      { ...spec, without: ['insecure-port'] },
      world(text([...flags, '--insecure-port=8080'])),
      'unexpected-flag',
      /has --insecure-port, which does not belong there\.$/,
    );
    await fails(
      { ...spec, program: '/usr/bin/kube-apiserver' },
      world(),
      'wrong-program',
      /starts \/usr\/local\/bin\/kube-apiserver, and \/usr\/bin\/kube-apiserver is wanted/,
    );
  });
  it('looks at the file', async () => {
    await fails(spec, {}, 'missing-unit', `The unit file controller-0:${path} does not exist.`);
    await fails(
      spec,
      world('[Service]\nRestart=always\n'),
      'bad-unit-file',
      /it has no ExecStart in \[Service\]/,
    );
    await fails(
      spec,
      world('[Service]\nExecStart=/usr/local/bin/kube-apiserver\n  --v=2\n'),
      'bad-unit-file',
      /line 3 \(--v\) stands alone: the line before it does not end with a backslash/,
    );
  });
  it('looks at the state', async () => {
    await fails(
      spec,
      world(text(flags), { loadState: 'not-found' }),
      'not-loaded',
      'controller-0 does not know kube-apiserver.service: systemd reads new unit files only when it is told to.',
    );
    await fails(
      spec,
      world(text(flags), { ...running, enabled: false }),
      'not-enabled',
      'kube-apiserver.service on controller-0 is not enabled: it would not start after a reboot.',
    );
    await fails(
      spec,
      world(text(flags), { ...running, activeState: 'inactive', subState: 'dead' }),
      'not-active',
      'kube-apiserver.service on controller-0 is inactive: it was stopped, and would come back with the machine.',
    );
    await fails(
      spec,
      world(
        text(flags),
        { ...running, activeState: 'activating', subState: 'auto-restart', exitCode: 1 },
        { journal: ['open ca.pem: no such file'] },
      ),
      'crashing',
      'kube-apiserver.service on controller-0 starts and ends again with exit code 1. It said last:\n  open ca.pem: no such file',
    );
    await machineTroubles(fails, spec, 'controller-0');
  });
});
