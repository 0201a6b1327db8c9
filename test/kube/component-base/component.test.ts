import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { launchCommand } from '../../../src/lib/launch.ts';

function run(name: string, ...words: string[]) {
  const { command, args } = launchCommand(name, words);
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { status, out: stdout, error: stderr };
}

const components = ['kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'];

test.each(components)(
  '%s takes flags only: a switch with its value as a word of its own is refused',
  (name) => {
    expect(run(name, '--help=false', 'true')).toEqual({
      status: 2,
      out: '',
      error: `${name}: "${name}" does not take any arguments, got ["true"]\n`,
    });
  },
);

test.each(components)('%s names its version and its flags without a cluster', (name) => {
  expect(run(name, '--version')).toMatchObject({ status: 0, out: expect.stringMatching(/^Kubernetes v1\./) });
  const { status, out } = run(name, '-h');
  expect(status).toBe(0);
  expect(out).toContain(`${name} [flags]`);
  expect(out).toMatch(/--v int +Verbosity/);
});
