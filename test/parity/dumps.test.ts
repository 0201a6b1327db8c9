import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestShell, type TestShell } from '../machines/shell/support.ts';

const sample = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.alloc(64, 'k8s:enc:aescbc:v1:key1:'),
  Buffer.alloc(70),
  Buffer.from('日本\n'),
]);

let shell: TestShell;
beforeAll(async () => {
  shell = await createTestShell();
});
afterAll(() => shell.destroy());

const has = (tool: string) => spawnSync(tool, ['--version']).error === undefined;

/** The same command here and there, with the C locale, where every byte is a character. */
async function compare(dump: string, input: Buffer) {
  // From a file, since not every dump reads its input to the end.
  const command = `cat > f; <f ${dump}`;
  const real = execFileSync('/bin/sh', ['-c', command], {
    input,
    cwd: shell.path('tmp'),
    env: { ...process.env, LC_ALL: 'C' },
    encoding: 'latin1',
  });
  const { bytes, stderr } = await shell.run(command, input);
  expect(`${command}\n${stderr}${bytes.toString('latin1')}`).toBe(`${command}\n${real}`);
}

describe('the dumps of a machine’s shell, beside those of this computer', () => {
  it.runIf(has('od'))('prints what od prints', async () => {
    for (const options of [
      '',
      '-c',
      '-b',
      '-x',
      '-d',
      '-An -tx1',
      '-A x -t x1z -v',
      '-A d -t c',
      '-t x1 -t c',
      '-t d1',
      '-t u4',
      '-t x8',
      '-tx2c',
      '-An -v -w8 -tx1',
      '-j 10 -N 21 -tx1',
      '-N 0',
    ]) {
      await compare(`od ${options}`, sample);
    }
  });

  it.runIf(has('hexdump'))('prints what hexdump prints', async () => {
    for (const options of ['', '-C', '-C -n 20', '-x', '-n 0 -C']) {
      await compare(`hexdump ${options}`, sample);
    }
    await compare('hexdump -C -s 250 -v', sample);
  });

  it.runIf(has('xxd'))('prints what xxd prints', async () => {
    for (const options of ['', '-p', '-u', '-l 20', '-s 16 -l 3', '-c 8', '-p | xxd -r -p', '| xxd -r']) {
      await compare(`xxd ${options}`, sample);
    }
  });
});
