import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestShell, type TestShell } from './support.ts';

let shell: TestShell;
beforeAll(async () => {
  shell = await createTestShell();
});
afterAll(() => shell.destroy());

describe('dumps', () => {
  it('shows a secret in etcd as hexdump -C does', async () => {
    const value = Buffer.from('/registry/secrets/default/x\nk8s:enc:aescbc:v1:key1:\x00\xff\x80', 'latin1');
    expect(
      (await shell.run('hexdump -C', value)).stdout,
    ).toBe(`00000000  2f 72 65 67 69 73 74 72  79 2f 73 65 63 72 65 74  |/registry/secret|
00000010  73 2f 64 65 66 61 75 6c  74 2f 78 0a 6b 38 73 3a  |s/default/x.k8s:|
00000020  65 6e 63 3a 61 65 73 63  62 63 3a 76 31 3a 6b 65  |enc:aescbc:v1:ke|
00000030  79 31 3a 00 ff 80                                 |y1:...|
00000036
`);
  });

  it('shows characters, names and octal numbers as od -c does', async () => {
    expect((await shell.run('od -c', 'a\0\n\t"日')).stdout).toBe(
      '0000000   a  \\0  \\n  \\t   " 346 227 245\n0000010\n',
    );
  });

  it('tells where files begin to differ', async () => {
    expect(await shell.run('printf "a\\nbc" > a; printf "a\\nbd" > b; cmp a b')).toMatchObject({
      stdout: 'a b differ: byte 4, line 2\n',
      exitCode: 1,
    });
    expect((await shell.run('cmp a a && cmp -s a b || printf "a\\nb" | cmp a')).stderr).toBe(
      'cmp: EOF on - after byte 3, in line 2\n',
    );
  });

  it('refuses what it does not know, by name', async () => {
    expect((await shell.run('od -Z')).stderr).toBe("od: invalid option -- 'Z'\n");
    expect((await shell.run('od -t y1')).stderr).toBe("od: invalid type string 'y1'\n");
    expect((await shell.run('hexdump -n x /dev/null')).stderr).toBe("hexdump: invalid number 'x'\n");
    expect((await shell.run('hexdump -C /nope')).stderr).toBe('hexdump: /nope: No such file or directory\n');
    expect(await shell.run('cmp /nope /etc/hosts')).toMatchObject({ exitCode: 2 });
  });
});
