import { describe, expect, it } from 'vitest';
import { machineTroubles, nowMs, testKind, type World } from '../fake-context.ts';

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
        { ...running, activeState: 'activating', subState: 'auto-restart', result: 'exit-code' },
        { journal: [{ message: 'open ca.pem: no such file' }] },
      ),
      'crashing',
      'kube-apiserver.service on controller-0 starts and ends again. It said last:\n  open ca.pem: no such file',
    );
    await machineTroubles(fails, spec, 'controller-0');
  });

  it('tells a unit file that is none', async () => {
    await fails(
      spec,
      { folders: [path] },
      'missing-unit',
      `The unit file controller-0:${path} is a folder, and a file is wanted.`,
    );
    await fails(spec, world(''), 'bad-unit-file', /it has no ExecStart in \[Service\]/);
    await fails(spec, world('\x7fELF\x00'), 'bad-unit-file', /systemd stumbles over it|no ExecStart/);
    await fails(
      spec,
      world("[Service]\nExecStart=/usr/local/bin/kube-apiserver '--v=2\n"),
      'bad-unit-file',
      /ExecStart \(line 2\) does not parse/,
    );
    await fails(spec, world('ExecStart=/bin/true\n'), 'bad-unit-file', /systemd stumbles over it/);
    await fails(
      spec,
      world(text(flags), { ...running, loadState: 'bad-setting' }),
      'bad-unit-file',
      'controller-0 cannot use kube-apiserver.service: systemd says bad-setting.',
    );
  });
  it('reads a command line as the program would', async () => {
    const one = (line: string) => world(`[Service]\nExecStart=-/usr/local/bin/kube-apiserver ${line}\n`);
    const wants = (wanted: object) => ({ ...spec, flags: wanted });
    await passes(wants({ v: 2, a: 'b c' }), one('-v 2 --a "b c"'));
    await passes(wants({ switch: true, next: 'x' }), one('--switch --next x'));
    await passes(wants({ 'etcd-servers': 'a,b' }), one('--etcd-servers=b --etcd-servers=a'));
    await passes(wants({ any: null }), one('--any='));
    await fails(wants({ v: 3 }), one('--v=2'), 'wrong-flag', /has --v=2, and 3 is wanted\.$/);
    await fails(wants({ any: null }), one('--other'), 'missing-flag', /without --any\.$/);
  });
  it('tells a flag that is misspelt by the one that stands there', () =>
    fails(
      { ...spec, flags: { 'client-cert-auth': null, 'cert-file': 'a.pem' } },
      world(text(['--cert-file=a.pem', '--client-cert-atuh'])),
      'missing-flag',
      /without --client-cert-auth \(--client-cert-atuh is no flag of it, but near\): without it, whoever/,
    ));
  it('takes no flag of another meaning for a misspelt one', () =>
    fails(
      { ...spec, flags: { 'cert-file': 'a.pem' } },
      world(text(['--key-file=b.pem'])),
      'missing-flag',
      /without --cert-file: it is/,
    ));
  it('tells a flag that stands there twice', async () => {
    const twice = (...values: string[]) =>
      world(text([...flags, ...values.map((value) => `--data-dir=${value}`)]));
    const wanted = { ...spec, flags: { 'data-dir': '/var/lib/etcd' } };
    await passes(wanted, twice('/var/lib/etcd', '/var/lib/etcd'));
    await fails(
      wanted,
      twice('/var/lib/etcd', '/tmp/etcd'),
      'wrong-flag',
      /has --data-dir 2 times \(\/var\/lib\/etcd, then \/tmp\/etcd\), and \/var\/lib\/etcd is wanted: a member/,
    );
  });
  it('tells of a long list only what differs', async () => {
    const wanted = { ...spec, flags: { 'initial-cluster': 'a=https://1,b=https://2,c=https://3' } };
    const list = (value: string) => world(text([`--initial-cluster=${value}`]));
    await fails(
      wanted,
      list('a=https://1,c=https://3'),
      'wrong-flag',
      /lacks b=https:\/\/2 in --initial-cluster:/,
    );
    await fails(
      wanted,
      list('a=https://1,b=https://9,c=https://3'),
      'wrong-flag',
      /lacks b=https:\/\/2 in --initial-cluster, and has b=https:\/\/9 there: each member/,
    );
  });
  it('sees a space behind a backslash', () =>
    fails(
      spec,
      world('[Service]\nExecStart=/usr/local/bin/kube-apiserver \\ \n  --v=2\n'),
      'bad-unit-file',
      /line 3 \(--v\) stands alone: in the line before it, something invisible follows the backslash/,
    ));
  it('is not deceived by a program between two of its failures', async () => {
    const restarted = (agoMs: number) => ({ ...running, restarts: 4, since: nowMs - agoMs });
    await fails(
      spec,
      world(text(flags), restarted(500), {
        journal: [
          { pid: 8, message: 'kube-apiserver: unknown flag: --etcd-server' },
          { identifier: 'systemd', pid: 1, message: 'Scheduled restart job' },
          { pid: 9, message: 'I1121 10:00:00.000000    9 apiserver] "Version"' },
        ],
      }),
      'crashing',
      'kube-apiserver.service on controller-0 starts and ends again. It said last:\n  kube-apiserver: unknown flag: --etcd-server',
    );
    await passes(spec, world(text(flags), restarted(60_000)));
  });
  it('takes a reason from the pack before its own', () =>
    fails(
      { ...spec, why: { 'service-cluster-ip-range': 'chapter 8 says so' } },
      world(text(flags.slice(0, 4))),
      'missing-flag',
      /without --service-cluster-ip-range: chapter 8 says so\.$/,
    ));
  it('tells states that are neither running nor crashed', async () => {
    const state = (activeState: string, subState: string, enabled = true) =>
      world(text(flags), { loadState: 'loaded', enabled, activeState, subState });
    await fails(
      { ...spec, enabled: false },
      state('inactive', 'dead', false),
      'not-active',
      'kube-apiserver.service on controller-0 is inactive: nobody has started it.',
    );
    await fails(
      spec,
      state('activating', 'start'),
      'not-active',
      'kube-apiserver.service on controller-0 is activating.',
    );
    await fails(
      spec,
      state('failed', 'failed'),
      'crashing',
      'kube-apiserver.service on controller-0 has failed.',
    );
    for (const [result, ending] of [
      ['timeout', 'it does not get ready in the time that systemd allows'],
      ['signal', 'something kills it'],
      ['start-limit-hit', 'it ended so often in a short time that systemd starts it no more'],
    ])
      await fails(
        spec,
        world(text(flags), { ...running, activeState: 'failed', subState: 'failed', result }),
        'crashing',
        `kube-apiserver.service on controller-0 has failed: ${ending}.`,
      );
    await passes({ ...spec, enabled: false, active: false }, state('inactive', 'dead', false));
  });
  it('tells what is wrong in the file and in the state at once', async () => {
    const result = await fails(
      spec,
      world(text(flags.slice(0, 4)), { ...running, enabled: false }),
      'missing-flag',
      /without --service-cluster-ip-range/,
    );
    expect(result.also.map(({ reason }) => reason)).toEqual(['not-enabled']);
  });
});
