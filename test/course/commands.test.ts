import { expect, test } from 'vitest';
import { type CommandOutput, createCommandRunner } from '../../src/course/commands.ts';
import { machineScript } from '../../src/course/reset.ts';
import { temporaryFolder } from './fake-pack.ts';

function runner() {
  const sent: string[] = [];
  const commands = createCommandRunner(
    { workspace: temporaryFolder(), env: process.env },
    {
      async exec(machine, script) {
        sent.push(`${machine}: ${script}`);
        return 0;
      },
    },
  );
  return { commands, sent };
}

test('blocks for the jumpbox run in the workspace and stop at the first failure', async () => {
  const { commands } = runner();
  const output: CommandOutput[] = [];
  const onOutput = (piece: CommandOutput) => output.push(piece);
  expect(
    await commands.run('jumpbox', 'for x in 1 2; do echo $x; done\nfalse\necho never', { onOutput }),
  ).toBe(1);
  expect(output.map((piece) => piece.text).join('')).toBe('1\n2\n');
});

test('what a block leaves in the background ends with it', async () => {
  const { commands } = runner();
  expect(await commands.run('jumpbox', 'sleep 600 & echo begun')).toBe(0);
});

test('an abort ends the block', async () => {
  const { commands } = runner();
  const stop = new AbortController();
  const running = commands.run('jumpbox', 'echo begun; sleep 600', {
    signal: stop.signal,
    onOutput: () => stop.abort(),
  });
  expect(await running).not.toBe(0);
});

test('blocks for a machine go to the lab', async () => {
  const { commands, sent } = runner();
  await commands.run('worker-0', 'hostname');
  expect(sent).toEqual(['worker-0: set -e\nhostname']);
});

test('a reset on a machine stops units first and keeps paths', () => {
  const script = machineScript(
    { hosts: ['c'], units: ['etcd'], paths: ['/etc/etcd', '/root/*.pem'], commands: undefined },
    '/var/backups/k8s-lab/t',
  );
  expect(script.split('\n')).toEqual([
    'systemctl disable --now etcd 2>/dev/null || true',
    'for path in /etc/etcd; do if [ -e "$path" ]; then mkdir -p /var/backups/k8s-lab/t/etc; mv "$path" /var/backups/k8s-lab/t/etc/; fi; done',
    'for path in /root/*.pem; do if [ -e "$path" ]; then mkdir -p /var/backups/k8s-lab/t/root; mv "$path" /var/backups/k8s-lab/t/root/; fi; done',
    'systemctl daemon-reload || true',
  ]);
});
