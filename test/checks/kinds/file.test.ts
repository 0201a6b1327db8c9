import { describe, expect, it } from 'vitest';
import { testKind, type World } from '../fake-context.ts';

const program = (name: string) => `#!/bin/sh\n# k8s-lab program: ${name} 0.1.0\nexec node x\n`;

describe('the file check', () => {
  const { passes, fails } = testKind('file');
  it('passes what is as wanted', async () => {
    await passes(
      { path: 'a.txt', mode: '0600', contains: 'x' },
      { files: { 'a.txt': { content: 'x\n', mode: 0o600 } } },
    );
    await passes(
      { path: '/usr/local/bin/etcd', on: 'controllers', program: 'etcd' },
      {
        machineFiles: Object.fromEntries(
          [0, 1, 2].map((n) => [
            `controller-${n}`,
            { '/usr/local/bin/etcd': { content: program('etcd'), mode: 0o755 } },
          ]),
        ),
      },
    );
    await passes(
      { path: '/var/lib/etcd', on: 'controller-0', type: 'directory' },
      { folders: ['/var/lib/etcd'] },
    );
  });
  it('tells what is missing, and how to copy it', async () => {
    const result = await fails(
      { path: '/root/ca.pem', on: 'worker-0', sameAs: 'ca.pem' },
      { files: { 'ca.pem': 'x' } },
      'missing',
      'worker-0:/root/ca.pem does not exist: it was never copied to worker-0, or removed there.',
    );
    if (result.fix.remedy !== 'copy it: scp ca.pem worker-0:/root/ca.pem') throw new Error(result.fix.remedy);
  });
  it('tells a file from a folder', async () => {
    await fails({ path: 'x' }, { folders: ['x'] }, 'not-a-file', /^x is a folder, and a file is wanted/);
    await fails(
      { path: 'x', type: 'directory' },
      { files: { x: 'x' } },
      'not-a-directory',
      /^x is a file, and a folder is wanted/,
    );
  });
  it('looks at mode and content', async () => {
    await fails(
      { path: 'x' },
      { files: { x: '' } },
      'empty',
      /^x is empty: the command that should have written it failed/,
    );
    await fails(
      { path: 'x', mode: '0700', why: 'Others must not read it.' },
      { files: { x: 'x' } },
      'wrong-mode',
      'x has mode 0644, and 0700 is wanted. Others must not read it.',
    );
    await fails(
      { path: 'x', contains: ['a', 'b'] },
      { files: { x: 'a' } },
      'missing-text',
      'x does not contain "b".',
    );
    await fails(
      { path: '/x', on: 'worker-0', sameAs: 'x' },
      { files: { x: 'new' }, machineFiles: { 'worker-0': { '/x': 'old' } } },
      'different-content',
      'worker-0:/x is not the same as x in the workspace: it was copied before x was made again, or something else was copied there.',
    );
    await fails(
      { path: '/x', on: 'worker-0', sameAs: 'x' },
      { machineFiles: { 'worker-0': { '/x': 'old' } } },
      'source-missing',
      /^x is not in the workspace any more/,
    );
  });
  it('knows the programs of the lab', async () => {
    await fails(
      { path: 'p', program: 'etcd' },
      { files: { p: program('etcd') } },
      'not-executable',
      'p is not executable: systemd and the shell refuse it with "Permission denied".',
    );
    await fails(
      { path: 'p', program: 'etcd' },
      { files: { p: { content: program('etcdctl'), mode: 0o755 } } },
      'wrong-program',
      'p is etcdctl, not etcd.',
    );
    await fails(
      { path: 'p', program: 'etcd' },
      { files: { p: { content: '\x7fELF', mode: 0o755 } } },
      'wrong-program',
      'p is not a program of this lab: its second line does not name one.',
    );
  });
  it('tells a machine that cannot be asked', async () => {
    await fails(
      { path: '/x', on: 'worker-0' },
      { states: { 'worker-0': 'off' } },
      'machine-off',
      /^worker-0 is switched off/,
    );
    await fails(
      { path: '/x', on: 'worker-0' },
      { states: { 'worker-0': 'missing' } },
      'machine-missing',
      /does not exist yet/,
    );
  });

  it('names each file and machine that is wrong', async () => {
    const result = await fails(
      { paths: ['/a', '/b'], on: ['worker-0', 'worker-1'] },
      { machineFiles: { 'worker-0': { '/a': 'x' } }, states: { 'worker-1': 'off' } },
      'missing',
      /^worker-0:\/b does not exist/,
    );
    expect(result.also.map(({ where }) => where)).toEqual(['worker-1']);
  });
  it('compares copies byte for byte', async () => {
    const spec = { path: '/x', on: 'worker-0', sameAs: 'x' };
    const copy = (content: string): World => ({
      files: { x: 'a\n' },
      machineFiles: { 'worker-0': { '/x': content } },
    });
    await passes(spec, copy('a\n'));
    for (const content of ['a', 'a\r\n', 'a\n\n'])
      await fails(spec, copy(content), 'different-content', /is not the same as x/);
    const { fix } = await fails(
      spec,
      copy(''),
      'empty',
      'worker-0:/x is empty: a copy broke off, or the disk was full.',
    );
    expect(fix.remedy).toBe('copy it: scp x worker-0:/x');
  });
});
