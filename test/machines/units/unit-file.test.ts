import { describe, expect, it } from 'vitest';
import {
  expandSpecifiers,
  expandVariables,
  parseCommand,
  parseEnvironmentFile,
  splitWords,
} from '../../../src/machines/units/command-line.ts';
import { startGroups } from '../../../src/machines/units/order.ts';
import { parseServiceUnit } from '../../../src/machines/units/parse-service-unit.ts';
import { parseTimeSpan, parseUnitFile } from '../../../src/machines/units/unit-file.ts';

const context = { unit: 'etcd.service', hostname: 'controller-0', bootId: 'aaaa-bbbb' };
const service = (text: string) => parseServiceUnit(text, '/etc/systemd/system/etcd.service', context);

describe('unit files', () => {
  it('joins continued lines and leaves out comments between them', () => {
    const file = parseUnitFile(
      '[Service]\nExecStart=/usr/local/bin/etcd \\\n  --name a \\\n# why not\n  --data-dir=/var/lib/etcd\nRestart=on-failure\n',
      'x',
    );
    expect(file.sections.get('Service')).toEqual([
      { key: 'ExecStart', value: '/usr/local/bin/etcd --name a --data-dir=/var/lib/etcd', line: 2 },
      { key: 'Restart', value: 'on-failure', line: 6 },
    ]);
  });

  it('names unknown keys and sections, lines outside sections and lines without an equals sign', () => {
    const unit = service('a=b\n[Service]\nFoo=1\nExecStart=/bin/x\nnonsense\n[Bar]\nx=1\n[X-Ours]\ny=1\n');
    expect(unit.warnings).toEqual([
      '/etc/systemd/system/etcd.service:1: Assignment outside of section. Ignoring.',
      "/etc/systemd/system/etcd.service:5: Missing '=', ignoring line.",
      "/etc/systemd/system/etcd.service:3: Unknown key 'Foo' in section [Service], ignoring.",
      "/etc/systemd/system/etcd.service: Unknown section 'Bar'. Ignoring.",
    ]);
  });

  it.each([
    ['5', 5000],
    ['5s', 5000],
    ['100ms', 100],
    ['1min 20s', 80_000],
    ['2h', 7_200_000],
    ['infinity', Number.POSITIVE_INFINITY],
    ['soon', undefined],
  ])('reads the time span %s', (text, ms) => {
    expect(parseTimeSpan(text)).toBe(ms);
  });

  it.each([
    ['a b  c', ['a', 'b', 'c']],
    [`--x="a b" 'c d'`, ['--x=a b', 'c d']],
    [String.raw`a\x20b \"q\"`, ['a b', '"q"']],
    ['""', ['']],
  ])('splits %s', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it('expands specifiers', () => {
    expect(expandSpecifiers('%n %N %H %b 100%%', context)).toBe(
      'etcd.service etcd controller-0 aaaabbbb 100%',
    );
    expect(expandSpecifiers('%p %i', { ...context, unit: 'web@80.service' })).toBe('web 80');
  });

  it('reads prefixes of a command', () => {
    expect(parseCommand('-/sbin/modprobe overlay', context)).toEqual({
      path: '/sbin/modprobe',
      words: ['/sbin/modprobe', 'overlay'],
      ignoreFailure: true,
      noExpansion: false,
    });
    expect(parseCommand('@/bin/a name x', context).words).toEqual(['name', 'x']);
  });

  it('substitutes variables inside words and splits a variable that stands alone', () => {
    const unset: string[] = [];
    const words = expandVariables(
      [`--a=$\{A}`, '$ARGS', '$$HOME', `$\{NONE}`],
      { A: '1 2', ARGS: 'x "y z"' },
      (n) => unset.push(n),
    );
    expect(words).toEqual(['--a=1 2', 'x', 'y z', '$HOME', '']);
    expect(unset).toEqual(['NONE']);
  });

  it('reads environment files', () => {
    expect(parseEnvironmentFile('# c\nA=1\nB="x y"\nC=\'$A\'\nnot an assignment\nD=a\\\nb\n')).toEqual({
      A: '1',
      B: 'x y',
      C: '$A',
      D: 'ab',
    });
  });
});

describe('services', () => {
  it('reads the unit of the Hard Way', () => {
    const unit = service(`[Unit]
Description=etcd
Documentation=https://github.com/etcd-io/etcd

[Service]
Type=notify
ExecStart=/usr/local/bin/etcd \\
  --name %H \\
  --data-dir=/var/lib/etcd
Environment="A=b c" D=e
EnvironmentFile=-/etc/default/etcd
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
`);
    expect(unit).toMatchObject({
      description: 'etcd',
      type: 'notify',
      restart: 'on-failure',
      restartSecMs: 5000,
      environment: { A: 'b c', D: 'e' },
      environmentFiles: [{ path: '/etc/default/etcd', optional: true }],
      wantedBy: ['multi-user.target'],
      warnings: [],
      error: undefined,
    });
    expect(unit.execStart[0]?.words).toEqual([
      '/usr/local/bin/etcd',
      '--name',
      'controller-0',
      '--data-dir=/var/lib/etcd',
    ]);
  });

  it('refuses a service without a command, with two, and of a type that is not supported', () => {
    expect(service('[Service]\n').error).toContain('Service has no ExecStart=');
    expect(service('[Service]\nExecStart=/a\nExecStart=/b\n').error).toContain('more than one ExecStart=');
    expect(service('[Service]\nType=forking\nExecStart=/a\n').error).toContain('Type=forking');
    expect(service('[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\n').error).toBeUndefined();
  });

  it('orders units by After= and Before=, and breaks a cycle', () => {
    const unit = (name: string, after: string[] = [], before: string[] = []) => ({ name, after, before });
    const names = (units: Parameters<typeof startGroups>[0]) =>
      startGroups(units).map((g) => g.map((u) => u.name));
    expect(
      names([unit('kubelet', ['containerd']), unit('containerd'), unit('net', [], ['containerd'])]),
    ).toEqual([['net'], ['containerd'], ['kubelet']]);
    expect(names([unit('a', ['b']), unit('b', ['a'])])).toEqual([['a'], ['b']]);
  });
});
