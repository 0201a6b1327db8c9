import { describe, expect, it } from 'vitest';
import { ok, testKind, type World } from './fake-context.ts';

const machineTroubles = async (
  fails: ReturnType<typeof testKind>['fails'],
  spec: Record<string, unknown>,
  machine: string,
) => {
  await fails(spec, { states: { [machine]: 'off' } }, 'machine-off', /is switched off/);
  await fails(spec, { states: { [machine]: 'missing' } }, 'machine-missing', /does not exist yet/);
};

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
    await fails(spec, {}, 'missing-unit', `controller-0 has no unit file ${path}.`);
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

describe('the command check', () => {
  const { passes, fails } = testKind('command');
  it('passes', async () => {
    await passes(
      { tool: 'kubectl', run: 'kubectl version --client', minVersion: '1.27' },
      { exec: () => ok('Client Version: v1.34.2\n') },
    );
    await passes(
      { run: 'x', on: 'worker-0', exitCode: 3, matches: '^b$' },
      { exec: () => ({ exitCode: 3, stdout: 'a\nb\n', stderr: '' }) },
    );
  });
  it('tells what is wrong', async () => {
    await fails(
      { tool: 'cfssl' },
      { exec: () => ({ exitCode: 1, stdout: '', stderr: '' }) },
      'not-found',
      'cfssl is not on the PATH.',
    );
    await fails(
      { run: 'x y' },
      { exec: () => ({ exitCode: 2, stdout: '', stderr: 'a\nbad' }) },
      'failed',
      '`x y` ends with exit code 2: bad',
    );
    await fails(
      { run: 'x', minVersion: '1.2' },
      { exec: () => ok('dev') },
      'no-version',
      '`x` prints no version: dev',
    );
    await fails(
      { tool: 'kubectl', run: 'kubectl version', minVersion: '1.27' },
      { exec: () => ok('v1.9.10') },
      'too-old',
      'kubectl is 1.9.10, and at least 1.27 is wanted.',
    );
    await fails(
      { run: 'x', contains: 'ok' },
      { exec: () => ok('no') },
      'unexpected-output',
      '`x` does not print "ok".',
    );
    await machineTroubles(fails, { run: 'x', on: 'worker-0' }, 'worker-0');
  });
});

describe('the route check', () => {
  const { passes, fails } = testKind('route');
  const table = (lines: readonly string[]): World => ({
    exec: () => ok(`default via 10.240.0.1 dev eth0\n10.240.0.0/24 dev eth0 scope link\n${lines.join('\n')}`),
  });
  it("passes a worker that knows the other workers' pods", () =>
    passes(
      { on: 'worker-0' },
      table(['10.200.1.0/24 via 10.240.0.21 dev eth0', '10.200.2.0/24 via 10.240.0.22 dev eth0']),
    ));
  it('lists all that is missing on a machine', async () => {
    await fails(
      { on: 'worker-0' },
      table([]),
      'missing-route',
      'worker-0 has no route to 10.200.1.0/24 and 10.200.2.0/24: what it sends to pods on worker-1 and worker-2 goes nowhere.',
    );
    await fails(
      { on: 'worker-0' },
      table(['10.200.1.0/24 via 10.240.0.22', '10.200.2.0/24 via 10.240.0.22']),
      'wrong-gateway',
      'worker-0 sends 10.200.1.0/24 to worker-2 (10.240.0.22), but those pods are on worker-1 (10.240.0.21).',
    );
    await fails(
      { on: 'worker-0' },
      { exec: () => ({ exitCode: 127, stdout: '', stderr: 'ip: not found' }) },
      'no-table',
      '`ip route` on worker-0 fails: ip: not found',
    );
    await machineTroubles(fails, { on: 'worker-0' }, 'worker-0');
  });
});

describe('the port check', () => {
  const { passes, fails } = testKind('port');
  const spec = { on: 'controller-0', port: 2379 };
  it('passes', () => passes(spec));
  it('tells the layers apart', async () => {
    const asked: string[] = [];
    await fails(
      spec,
      {
        port: (address) => {
          asked.push(address);
          return { open: false, code: 'ECONNREFUSED' };
        },
      },
      'refused',
      'Nothing listens on port 2379 of controller-0: the connection is refused at once.',
    );
    expect(asked).toEqual(['10.240.0.10']);
    await fails(
      spec,
      { port: () => ({ open: false, code: 'ETIMEDOUT' }) },
      'timeout',
      'controller-0 does not answer on port 2379 (ETIMEDOUT): its link is cut, or the machine hangs.',
    );
    await fails(
      { address: '10.9.9.9', port: 1 },
      { port: () => ({ open: false, code: 'EHOSTUNREACH' }) },
      'unreachable',
      'There is no way to 10.9.9.9: no route leads there.',
    );
    await machineTroubles(fails, spec, 'controller-0');
  });
});
