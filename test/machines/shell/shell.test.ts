import {
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineIdentity } from '../../../src/machines/identity.ts';
import { isIncomplete } from '../../../src/machines/shell/interactive.ts';
import { runScript } from '../../../src/machines/shell/run.ts';
import { openWorkspace, type Workspace } from '../../../src/machines/workspace.ts';

let workspace: Workspace;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'shell-')));
  workspace = await openWorkspace(dir, { create: true });
});
afterAll(() => {
  rmSync(dir, { recursive: true });
  rmSync(workspace.runtimeDir, { recursive: true, force: true });
});

async function run(script: string, stdin = '') {
  const out = { stdout: '', stderr: '' };
  const exitCode = await runScript({
    workspace,
    identity: machineIdentity(workspace, 'controller-0'),
    script,
    stdin: Buffer.from(stdin),
    signal: new AbortController().signal,
    write: (stream, data) => {
      out[stream] += Buffer.from(data).toString();
    },
  });
  return { ...out, exitCode };
}
const stdout = async (script: string, stdin?: string) => {
  const result = await run(script, stdin);
  expect(result.stderr).toBe('');
  return result.stdout;
};
const root = () => workspace.machineRoot('controller-0');

describe('the shell of a machine', () => {
  it('runs the Hard Way’s blocks: braces, arrays, loops, here-documents, substitution', async () => {
    const text = await stdout(`
{
  mkdir -p /etc/etcd /var/lib/etcd
  chmod 700 /var/lib/etcd
  INTERNAL_IP=$(hostname -i)
  ETCD_NAME=$(hostname -s)
  names=(controller-0 controller-1 controller-2)
  for i in 0 1 2; do
    echo "\${names[$i]}=https://10.240.0.1\${i}:2380"
  done | paste -sd, -
  cat <<EOF | sudo tee /etc/systemd/system/etcd.service
[Service]
ExecStart=/usr/local/bin/etcd \\\\
  --name \${ETCD_NAME} \\\\
  --initial-advertise-peer-urls https://\${INTERNAL_IP}:2380
EOF
}`);
    expect(
      text,
    ).toBe(`controller-0=https://10.240.0.10:2380,controller-1=https://10.240.0.11:2380,controller-2=https://10.240.0.12:2380
[Service]
ExecStart=/usr/local/bin/etcd \\
  --name controller-0 \\
  --initial-advertise-peer-urls https://10.240.0.10:2380
`);
    expect(readFileSync(join(root(), 'etc/systemd/system/etcd.service'), 'utf8')).toContain(
      '--name controller-0 \\\n',
    );
    expect(statSync(join(root(), 'var/lib/etcd')).mode & 0o777).toBe(0o700);
  });

  it('keeps the modes of files', async () => {
    expect(
      await stdout(
        'cd /tmp; echo k > a; chmod 600 a; cp a b; mv b c; install -m 640 a d; umask 077; echo > e; mkdir f; stat -c "%n %a" a c d e f',
      ),
    ).toBe('a 600\nc 600\nd 640\ne 600\nf 700\n');
    expect(statSync(join(root(), 'tmp/a')).mode & 0o777).toBe(0o600);
    expect(await stdout('ls -l /tmp/a')).toMatch(
      /^-rw------- 1 root root 2 \w{3} [ \d]\d \d\d:\d\d \/tmp\/a\n$/,
    );
  });

  it('uname tells the kernel that there is, and the name of the machine', async () => {
    const name = (await stdout('hostname -s')).trim();
    expect(await stdout('uname -n')).toBe(`${name}\n`);
    expect(await stdout('uname -r; uname -s')).toBe(`${release()}\n${type()}\n`);
  });

  it('has random bytes, pipes, sed, grep, awk, base64 and brace expansion', async () => {
    expect((await stdout('head -c 32 /dev/urandom | base64')).trim()).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(await stdout('printf "a=1\\nb=2\\n" | sed s/=/:/ | grep b | awk -F: "{print \\$2}"')).toBe('2\n');
    expect(await stdout('echo worker-{0..2}; echo x >/dev/null; cat /etc/hostname')).toBe(
      'worker-0 worker-1 worker-2\ncontroller-0\n',
    );
  });

  it('passes input and exit codes on', async () => {
    expect(await stdout('cat > /root/in; wc -c < /root/in', 'hello')).toBe('5\n');
    expect((await run('false || exit 7')).exitCode).toBe(7);
    expect(await run('nosuch')).toMatchObject({ exitCode: 127, stderr: 'bash: nosuch: command not found\n' });
  });

  it('says that a folder is missing', async () => {
    const result = await run(
      'echo x > /nope/x; echo y | tee /nope/y; cp /etc/hosts /nope/h; mkdir /a/b; mkdir /tmp',
    );
    expect(result.stdout).toBe('y\n');
    expect(result.stderr).toContain('bash: /nope/x: No such file or directory\n');
    expect(result.stderr).toContain("mkdir: cannot create directory '/a/b': No such file or directory\n");
    expect(result.stderr).toContain("mkdir: cannot create directory '/tmp': File exists\n");
    expect(await stdout('ls /; mkdir -p -m 700 /tmp/x/y; stat -c %a /tmp/x/y')).not.toContain('nope');
  });

  it('sees nothing of the host', async () => {
    writeFileSync(join(dir, 'secret'), 'TOP SECRET');
    symlinkSync(dir, join(root(), 'root/host'));
    symlinkSync(join(dir, 'secret'), join(root(), 'root/secret'));
    for (const attempt of [
      `cat ${dir}/secret`,
      'cat /../../../../secret',
      `cat ../../../../../../../..${dir}/secret`,
      'cat /root/host/secret',
      'cat /root/secret',
      'cd /root/host && cat secret',
      'cat < /root/secret',
      'cp /root/secret /tmp/stolen && cat /tmp/stolen',
      `ln -s ${dir}/secret /tmp/link; cat /tmp/link`,
      'ln -s ../../../../../secret /tmp/up; cat /tmp/up',
      'find / -name secret -exec cat {} \\;',
      'tar cf - /root/secret | tar xOf -',
      'source /root/secret',
    ]) {
      const result = await run(attempt);
      expect(`${attempt}: ${result.stdout}${result.stderr}`).not.toContain('TOP SECRET');
    }
    for (const attempt of [
      `echo x > ${dir}/secret`,
      'echo x > /root/secret',
      'echo x > /root/host/secret',
      'echo x | tee /root/host/new',
      'rm -rf /root/host/*',
      'chmod 777 /root/secret',
      'mv /root/host/secret /tmp/moved',
      'touch /root/host/new',
      'sed -i s/host/x/ /root/secret',
    ]) {
      await run(attempt);
    }
    expect(readFileSync(join(dir, 'secret'), 'utf8')).toBe('TOP SECRET');
    expect(statSync(join(dir, 'secret')).mode & 0o777).not.toBe(0o777);
    expect(() => statSync(join(dir, 'new'))).toThrow();
  });

  it('knows the machine’s routes by iproute2’s words', async () => {
    expect(await run('ip route add nonsense via 1.2.3.4')).toMatchObject({ exitCode: 1 });
    expect(await run('ip rooot')).toMatchObject({ stderr: 'Object "rooot" is unknown, try "ip help".\n' });
  });
});

describe('line editing', () => {
  it.each([
    ['echo "a', true],
    ["echo 'a", true],
    ['for i in 1 2; do', true],
    ['for i in 1 2', true],
    ['cat <<EOF', true],
    ['cat <<EOF\na\nEOF', false],
    ['if true', true],
    ['{', true],
    ['echo a \\', true],
    ['f() {', true],
    ['echo a', false],
    ['echo )', false],
    ['x=$(date', true],
  ])('%j is unfinished: %s', (text, expected) => {
    expect(isIncomplete(text)).toBe(expected);
  });
});
