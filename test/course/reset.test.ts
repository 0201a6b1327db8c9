import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CommandRunner } from '../../src/course/commands.ts';
import type { Chapter, ResetRule } from '../../src/course/model.ts';
import { machineScript, resetChapter } from '../../src/course/reset.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { temporaryFolder, writeFiles } from './fake-pack.ts';

const nothing: ResetRule = { hosts: ['jumpbox'], units: [], paths: [], commands: undefined };

function world(rules: readonly Partial<ResetRule>[], answer = 0) {
  const workspace = temporaryFolder();
  const ran: string[] = [];
  const commands: CommandRunner = {
    async run(host, script, { onOutput } = {}) {
      ran.push(`${host}: ${script}`);
      onOutput?.({ host, stream: 'stderr', text: 'mv: no space left\n' });
      return answer;
    },
  };
  const chapter = { id: '04-x', reset: rules.map((rule) => ({ ...nothing, ...rule })) } as unknown as Chapter;
  const clock = new FakeClock(Date.UTC(2026, 10, 21, 1, 2, 3));
  return { workspace, ran, run: () => resetChapter(chapter, { workspace, commands, clock }) };
}

test('files and folders of the workspace move to a folder with the time and the chapter in its name', async () => {
  const { workspace, run } = world([{ paths: ['*.pem', 'certs', '.kube/config', 'not-there'] }]);
  writeFiles(workspace, {
    'ca.pem': 'a',
    'ca-key.pem': 'b',
    'ca.csr': 'c',
    'certs/x.json': 'd',
    '.kube/config': 'e',
    'sub/deep.pem': 'f',
  });
  const kept = await run();
  expect(kept).toBe(join(workspace, '.lab/kept/20261121T010203-04-x'));
  expect(readdirSync(kept).sort()).toEqual(['.kube', 'ca-key.pem', 'ca.pem', 'certs']);
  expect(readFileSync(join(kept, 'certs/x.json'), 'utf8')).toBe('d');
  for (const path of ['ca.csr', 'sub/deep.pem']) expect(existsSync(join(workspace, path)), path).toBe(true);
  for (const path of ['ca.pem', 'certs', '.kube/config'])
    expect(existsSync(join(workspace, path)), path).toBe(false);
});

test('a star stands for any name, and other signs for themselves', async () => {
  const { workspace, run } = world([{ paths: ['units/kube-*.service', 'a.b'] }]);
  writeFiles(workspace, {
    'units/kube-proxy.service': '',
    'units/etcd.service': '',
    'units/kube-xservice': '',
    'a.b': '',
    axb: '',
  });
  const kept = await run();
  expect(readdirSync(join(kept, 'units'))).toEqual(['kube-proxy.service']);
  expect(readdirSync(kept).sort()).toEqual(['a.b', 'units']);
});

test('nothing outside the workspace can be moved', async () => {
  const { workspace, run } = world([{ paths: ['../other/*'] }]);
  mkdirSync(join(workspace, 'x'));
  await expect(run()).rejects.toThrow('reset would leave the workspace: ../other/*');
});

test('commands run first, and may fail, since what they undo may not be there', async () => {
  const { workspace, ran, run } = world([{ commands: 'kubectl delete pod x', paths: ['x'] }], 1);
  writeFiles(workspace, { x: '' });
  await run();
  expect(ran).toEqual(['jumpbox: ( kubectl delete pod x\n) || true']);
  expect(existsSync(join(workspace, 'x'))).toBe(false);
});

test('each machine of a rule is put back, and one that cannot be is told', async () => {
  const rule = { hosts: ['worker-0', 'worker-1'], units: ['kubelet'], paths: ['/var/lib/kubelet'] };
  const good = world([rule]);
  await good.run();
  expect(good.ran.map((line) => line.split(':')[0])).toEqual(['worker-0', 'worker-1']);
  await expect(world([rule], 1).run()).rejects.toThrow(
    expect.objectContaining({ message: 'cannot reset worker-0', remedy: 'mv: no space left' }),
  );
});

test('a machine that has no unit needs no daemon-reload', () =>
  expect(machineScript({ ...nothing, commands: 'ip route del x' }, '/kept')).toBe(
    '( ip route del x\n) || true',
  ));
