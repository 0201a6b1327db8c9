import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestShell, type TestShell } from './support.ts';

/*
 * What lies beside the machine's folder stands for the whole computer. A link into it, as a learner may make one with
 * the computer's own tools, is already there; whatever is typed on the machine must neither show it nor change it.
 */
let shell: TestShell;
let outside: string;
beforeAll(async () => {
  shell = await createTestShell();
  outside = join(shell.dir, 'outside');
  mkdirSync(outside);
});
afterAll(() => shell.destroy());

beforeEach(() => {
  rmSync(outside, { recursive: true });
  mkdirSync(join(outside, 'folder'), { recursive: true });
  writeFileSync(join(outside, 'secret'), 'TOP SECRET\n', { mode: 0o600 });
  writeFileSync(join(outside, 'folder/secret'), 'TOP SECRET\n');
  rmSync(shell.path('root'), { recursive: true });
  mkdirSync(shell.path('root'));
  symlinkSync(outside, shell.path('root/out'));
  symlinkSync(join(outside, 'secret'), shell.path('root/secret'));
  symlinkSync('../../../outside/secret', shell.path('root/up'));
});

const filled = (text: string) => text.replaceAll('OUTSIDE', outside);

describe('reading what is not the machine’s', () => {
  it.each([
    'cat OUTSIDE/secret',
    'cat /root/secret /root/up /root/out/secret',
    'cat < /root/secret; x=$(< /root/secret); echo "$x"',
    'cat /../../../../../../../..OUTSIDE/secret',
    'cat /proc/self/root/OUTSIDE/secret /proc/1/environ /proc/self/environ /proc/self/cwd/secret',
    'cd out && cat secret',
    'cd out/folder; cd ..; cat secret',
    'pushd out; cat secret',
    'ls -l out/ out/folder; ls -R out/; find out/ -type f; echo out/*; echo /root/out/fold*/*',
    'source /root/secret; . out/secret; bash /root/secret; sh < /root/secret',
    'cp -r out copy; cat copy/secret; cp -L secret copied; cat copied; mv out moved; cat moved/secret',
    'ln secret hard; cat hard; ln OUTSIDE/secret hard2; cat hard2; ln -s OUTSIDE/secret soft; cat soft',
    'ln -s / slash; cat slashOUTSIDE/secret; ln -s .. dots; cat dots/dots/dots/dots/outside/secret',
    'install -m 644 secret installed; cat installed; install OUTSIDE/secret i2; cat i2',
    'head secret; tail secret; tac secret; sed p secret; awk "{print}" secret; grep SECRET secret out/secret; sort secret; od -c secret; hexdump -C secret; xxd secret; base64 secret | base64 -d; wc secret; diff secret /etc/hosts; cmp secret /etc/hosts; strings secret; rev secret; nl secret; cut -c1-20 secret; tr a b < secret; uniq secret; paste secret; fold secret; column secret; comm secret /etc/hosts; join secret secret; split secret part; cat part*; file secret; md5sum secret; gzip -c secret | zcat; tee < secret; xargs < secret; jq -R . secret',
    'awk "BEGIN { while ((getline line < \\"OUTSIDE/secret\\") > 0) print line }"',
    'awk "BEGIN { system(\\"cat OUTSIDE/secret\\") }"; awk "BEGIN { \\"cat OUTSIDE/secret\\" | getline x; print x }"',
    'sed -n "1r OUTSIDE/secret" /etc/hosts; sed "e cat OUTSIDE/secret" /etc/hosts',
    'tar cf - secret out | tar xf - -C /tmp; cat /tmp/secret /tmp/out/secret; tar chf a.tar out; tar tf a.tar; tar xf a.tar -C /tmp; cat /tmp/out/secret',
    'find . -name secret -exec cat {} \\; ; find -L . -name secret -exec cat {} +; find OUTSIDE -exec cat {} \\;',
    'readlink -f secret | xargs cat; realpath secret | xargs cat',
    'exec 3< OUTSIDE/secret; cat <&3; exec < secret; cat',
    'mapfile -t lines < secret; echo "$lines"; read -r line < OUTSIDE/secret; echo "$line"',
    'node -e "console.log(require(\\"fs\\").readFileSync(\\"OUTSIDE/secret\\", \\"utf8\\"))"',
    'js-exec -c "1"; python3 -c "print(open(\\"OUTSIDE/secret\\").read())"; perl -e 1; sqlite3 OUTSIDE/secret .dump',
    'curl -s file://OUTSIDE/secret; wget -qO- file://OUTSIDE/secret; dd if=OUTSIDE/secret',
    'mount --bind OUTSIDE /mnt; cat /mnt/secret; chroot OUTSIDE cat /secret; nsenter -t 1 -m cat OUTSIDE/secret',
    'env -C OUTSIDE cat secret; xargs -a OUTSIDE/secret echo; date -f OUTSIDE/secret; hostname -F OUTSIDE/secret',
    'cat <(cat OUTSIDE/secret); cat <<< "$(cat OUTSIDE/secret)"; eval "cat OUTSIDE/secret"; timeout 1 cat OUTSIDE/secret',
  ])('%s', async (script) => {
    const { stdout, stderr } = await shell.run(filled(script));
    expect(stdout + stderr).not.toContain('TOP SECRET');
  });
});

/** Every file outside, with what is in it and how it may be used. */
const state = () =>
  readdirSync(outside, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stat = lstatSync(join(outside, name));
      const text = stat.isFile() ? readFileSync(join(outside, name), 'utf8') : '';
      return [name, stat.mode, stat.nlink, stat.mtimeMs, text];
    });

describe('changing what is not the machine’s', () => {
  it.each([
    'echo x > OUTSIDE/secret; echo x >> secret; echo x > out/secret; echo x > out/new; : > up',
    'echo x | tee OUTSIDE/new out/new2 secret; echo x | tee -a secret',
    'touch OUTSIDE/new out/new secret; touch -d 2000-01-01 secret; mkdir OUTSIDE/made out/made; mkdir -p out/a/b/c',
    'rm -rf OUTSIDE out/* out/; rm secret; rmdir out/folder; unlink out/secret; find out/ -delete',
    'mv OUTSIDE/secret taken; mv out/secret taken; mv /etc/hosts OUTSIDE/; mv /etc/hosts out/; mv /etc/hosts secret',
    'cp /etc/hosts OUTSIDE/; cp /etc/hosts out/; cp /etc/hosts secret; cp -r /etc out/; install -m 777 /etc/hosts out/hosts; install -d out/dir',
    'chmod 777 OUTSIDE/secret secret out out/secret; chmod -R 777 out/; chown root secret',
    'ln -s /etc/hosts out/link; ln /etc/hosts out/hard; ln -sf x OUTSIDE/secret; ln -sfn x out',
    'sed -i s/TOP/x/ secret out/secret OUTSIDE/secret; sort -o out/secret /etc/hosts; split /etc/hosts out/part; gzip secret out/secret; gzip -k out/secret',
    'awk "BEGIN { print 1 > \\"OUTSIDE/new\\" }"; sed "w OUTSIDE/new" /etc/hosts; sed -n "w out/new" /etc/hosts',
    'tar cf out/a.tar /etc/hosts; tar cf OUTSIDE/a.tar /etc/hosts; tar cf a.tar /etc/hosts; tar xf a.tar -C out; tar xf a.tar -C OUTSIDE',
    'exec 3> OUTSIDE/new; echo x >&3; exec 4>> secret; echo x >&4; exec > out/log; echo x',
    'cd out && echo x > new; cd out && rm secret; cd / && echo x > ../../outside/new',
    'git init out; truncate -s 0 secret; dd of=OUTSIDE/new; mkfifo out/pipe; mknod out/node c 1 3; rsync -a /etc out/',
    'k8s-lab-run ../../../outside/secret; k8s-lab-run k8s-lab-cli shell -c "touch OUTSIDE/new"',
  ])('%s', async (script) => {
    const before = state();
    await shell.run(filled(script));
    expect(state()).toEqual(before);
  });

  it('by an archive that was packed with bad intentions', async () => {
    const build = join(shell.dir, 'build');
    mkdirSync(join(build, 'in'), { recursive: true });
    writeFileSync(join(build, 'evil'), 'x');
    symlinkSync(outside, join(build, 'in/link'));
    const pack = (name: string, ...args: string[]) =>
      execFileSync('tar', ['-cf', join(shell.path('root'), name), '-C', join(build, 'in'), ...args], {
        stdio: 'ignore',
      });
    pack('dots.tar', '-P', '--transform=s|evil|../../../outside/evil|', '../evil');
    pack('absolute.tar', '-P', `--transform=s|../evil|${outside}/evil|`, '../evil');
    pack('link.tar', 'link');
    pack('through.tar', '--transform=s|../evil|link/evil|', '-P', '../evil');
    const before = state();
    for (const name of ['dots', 'absolute', 'link', 'through'])
      await shell.run(`mkdir -p to; tar xf ${name}.tar -C to`);
    expect(state()).toEqual(before);
    rmSync(build, { recursive: true });
  });

  it('but what a link names inside the machine is its own', async () => {
    expect(
      await shell.run('mkdir a; ln -s /root/a b; echo x > b/f; cat a/f; ln -s f a/g; cat b/g'),
    ).toMatchObject({
      stdout: 'x\nx\n',
      stderr: '',
    });
    expect(statSync(shell.path('root/a/f')).isFile()).toBe(true);
    expect(existsSync(join(outside, 'new'))).toBe(false);
  });
});
