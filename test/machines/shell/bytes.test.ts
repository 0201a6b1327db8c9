import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestShell, type TestShell } from './support.ts';

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const japanese = Buffer.from('日本語のテキスト é ü\n二行目\n');
const twice = Buffer.from('c383c2a9', 'hex');
const inputs = { allBytes, japanese, both: Buffer.concat([allBytes, japanese, allBytes]), twice };

let shell: TestShell;
beforeAll(async () => {
  shell = await createTestShell();
});
afterAll(() => shell.destroy());

describe('bytes in the shell of a machine', () => {
  it.each(Object.entries(inputs))('pass unchanged: %s', async (_name, input) => {
    for (const script of [
      'cat',
      'cat | cat',
      'cat > f; cat f',
      'cat > f; cat < f',
      'cat > f; cp f g; mv g h; cat h',
      '{ cat; }',
      '( cat )',
      'if true; then cat; fi',
      'f() { cat; }; f',
      'bash -c "cat | cat"',
      'eval cat',
      'sudo cat',
      'tee f > /dev/null; cat f',
      'sudo tee f',
      'base64 | base64 -d',
      'base64 -w0 > f; base64 -d < f > g; cat g',
      'gzip | gunzip',
      'xxd -p | xxd -r -p',
      'mkdir -p to; cat > f; tar czf a.tar.gz f; tar xzf a.tar.gz -C to; cat to/f',
      'cat > f; tar c f | tar x -C /tmp; cat /tmp/f',
      'cat > f; cat <(cat f)',
      'sed ""',
      'tr -d ""',
      'cat > f; rm -f part*; split -b 100 f part; cat part*',
      'cat > f; cmp f - < f && cat f',
    ]) {
      const { bytes, stderr } = await shell.run(script, input);
      expect(`${script}: ${stderr}${bytes.toString('hex')}`).toBe(`${script}: ${input.toString('hex')}`);
    }
  });

  it('are joined where a script prints more than once', async () => {
    const { both } = inputs;
    expect((await shell.run('cat > f; cat f; echo 日本; cat f', both)).bytes).toEqual(
      Buffer.concat([both, Buffer.from('日本\n'), both]),
    );
    expect((await shell.run('cat > f; { cat f; cat f; } > g; cat g', both)).bytes).toEqual(
      Buffer.concat([both, both]),
    );
    expect((await shell.run('cat > f; for i in 1 2; do cat f; done | sha256sum', both)).stdout).toBe(
      `${createHash('sha256').update(both).update(both).digest('hex')}  -\n`,
    );
  });

  it('are counted and cut as bytes', async () => {
    expect((await shell.run('wc -c', allBytes)).stdout.trim()).toBe('256');
    expect((await shell.run('head -c 200', allBytes)).bytes).toEqual(allBytes.subarray(0, 200));
    expect((await shell.run('tail -c 100', allBytes)).bytes).toEqual(allBytes.subarray(156));
    expect((await shell.run('head -c 2 | od -An -tx1', japanese)).stdout).toBe(' e6 97\n');
  });

  it('stay text for the commands of text', async () => {
    expect((await shell.run('sed s/テキスト/文/ | head -n 1', japanese)).stdout).toBe('日本語の文 é ü\n');
    expect((await shell.run('grep 二行', japanese)).stdout).toBe('二行目\n');
    expect((await shell.run('x=$(cat); echo "$x" | base64 -w0', japanese)).stdout).toBe(
      japanese.toString('base64'),
    );
  });

  it('are read line by line', async () => {
    expect(
      (await shell.run('rm -f f; while read -r line; do echo "行: $line" >> f; done; cat f', japanese))
        .stdout,
    ).toBe('行: 日本語のテキスト é ü\n行: 二行目\n');
    expect((await shell.run('read -r a b; printf "%s|" "$a" "$b"; cat', japanese)).stdout).toBe(
      '日本語のテキスト|é ü|二行目\n',
    );
    expect((await shell.run('read -r x <<< 日本; mkdir "$x"; ls')).stdout).toContain('日本\n');
    expect(
      (await shell.run('IFS= read -r x; printf \'%s\' "$x"', Buffer.from('fffe410a', 'hex'))).bytes,
    ).toEqual(Buffer.from('fffe41', 'hex'));
  });

  it('of the input are left to who reads next by commands that read files', async () => {
    const loop =
      'echo x > f; while read -r line; do head -n 1 f; wc -c < f; od -An -tx1 f; echo "$line"; done';
    expect((await shell.run(loop, 'one\ntwo\n')).stdout).toBe('x\n2\n 78 0a\none\nx\n2\n 78 0a\ntwo\n');
  });

  it('can be written as escapes', async () => {
    expect((await shell.run(String.raw`printf '\xff\x00\xfe\351\\xff%s' 'a'`)).bytes).toEqual(
      Buffer.from('\xff\x00\xfe\xe9\\xffa', 'latin1'),
    );
    expect((await shell.run(String.raw`echo -ne '\xff\0351'; echo '\xff'`)).bytes).toEqual(
      Buffer.from('\xff\xe9\\xff\n', 'latin1'),
    );
    expect((await shell.run(String.raw`printf '\xe6\x97\xa5'`)).stdout).toBe('日');
  });

  it('reach files of the machine and standard error', async () => {
    await shell.run('cat > /root/in', inputs.both);
    expect(readFileSync(shell.path('root/in'))).toEqual(inputs.both);
    writeFileSync(shell.path('root/out'), inputs.both);
    expect((await shell.run('cat /root/out')).bytes).toEqual(inputs.both);
    expect((await shell.run('echo 日本 >&2')).stderr).toBe('日本\n');
  });

  it('are not lost in silence by tar -O', async () => {
    expect(await shell.run('echo x > f; tar cf t f; tar xOf t f')).toMatchObject({
      stderr: 'tar: -O is not supported in the lab: unpack into a folder\n',
      exitCode: 2,
    });
  });
});
