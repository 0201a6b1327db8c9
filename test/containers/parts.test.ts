import { parse, serialize } from 'just-bash';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/containers/configuration.ts';
import { formatImageName, parseImageName } from '../../src/containers/images/names.ts';
import { findInRegistry, notFoundMessage } from '../../src/containers/images/registry.ts';
import { streamScript } from '../../src/containers/images/shell/stream-output.ts';
import { accessLogLine } from '../../src/containers/images/web/access-log.ts';
import { commandLine } from '../../src/containers/runtime/container-spec.ts';
import { formatLogTime, LogLines } from '../../src/containers/runtime/log-file.ts';
import { formatResolvConf } from '../../src/containers/runtime/sandbox-files.ts';
import { exitStatus } from '../../src/containers/streaming/status.ts';
import { Terminal, terminalOutput } from '../../src/containers/streaming/terminal.ts';

describe('the CRI log format', () => {
  const time = 1_700_000_000_123_456_000n;
  const lines = () => new LogLines('stdout', () => time);
  const stamp = '2023-11-14T22:13:20.123456000Z stdout';

  test('times have nine digits', () => expect(formatLogTime(time)).toBe('2023-11-14T22:13:20.123456000Z'));

  test('a line may come in pieces', () => {
    const log = lines();
    expect(log.push(Buffer.from('one\ntw'))).toBe(`${stamp} F one\n`);
    expect(log.push(Buffer.from('o\n\n'))).toBe(`${stamp} F two\n${stamp} F \n`);
    expect(log.push(Buffer.from('rest')) + log.end() + log.end()).toBe(`${stamp} F rest\n`);
  });

  test('a long line is split, and only its last part is full', () => {
    const text = lines().push(Buffer.from(`${'x'.repeat(40_000)}\n`));
    expect(text.split('\n').map((line) => line.split(' ')[2])).toEqual(['P', 'P', 'F', undefined]);
    expect(text.split('\n').map((line) => (line.split(' ')[3] ?? '').length)).toEqual([
      16_384, 16_384, 7232, 0,
    ]);
  });
});

describe('image names', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['k8s-lab/web', 'docker.io/k8s-lab/web:latest'],
    ['k8s-lab/web:1', 'docker.io/k8s-lab/web:1'],
    ['docker.io/k8s-lab/web:latest', 'docker.io/k8s-lab/web:latest'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
  ])('%s means %s', (text, full) => expect(formatImageName(parseImageName(text)!)).toBe(full));

  test.each(['', 'UPPER', 'a b', 'a:', 'a//b'])('%j is no name', (text) =>
    expect(parseImageName(text)).toBeUndefined(),
  );

  test('tags of one content share its digest, other versions have others', () => {
    const id = (text: string) => findInRegistry(parseImageName(text)!)?.id;
    expect(id('k8s-lab/web')).toBe(id('k8s-lab/web:2'));
    expect(id('k8s-lab/web:1')).not.toBe(id('k8s-lab/web:2'));
    const image = findInRegistry(parseImageName('k8s-lab/web:1')!)!;
    expect(id(`k8s-lab/web@${image.digest}`)).toBe(image.id);
  });

  test('a tag that does not exist names those that do', () => {
    expect(notFoundMessage('k8s-lab/web:9')).toContain('k8s-lab/web has the tags latest, 1, 2');
    expect(notFoundMessage('busybox')).toContain('(nearest: k8s-lab/toolbox)');
  });
});

test.each([
  [{ entrypoint: ['/e'], cmd: ['c'] }, { command: [], args: [] }, ['/e', 'c']],
  [{ entrypoint: ['/e'], cmd: ['c'] }, { command: [], args: ['a'] }, ['/e', 'a']],
  [{ entrypoint: ['/e'], cmd: ['c'] }, { command: ['x'], args: [] }, ['x']],
  [{ entrypoint: ['/e'], cmd: ['c'] }, { command: ['x'], args: ['a'] }, ['x', 'a']],
])('the command line of %j with %j', (image, config, expected) => {
  expect(commandLine(image, config)).toEqual(expected);
});

describe('a terminal without a kernel', () => {
  const typed = (...parts: string[]) => {
    const terminal = new Terminal();
    return parts
      .flatMap((part) => terminal.type(Buffer.from(part)))
      .map((action) => ('data' in action ? [action.type, action.data.toString()] : [action.type]));
  };
  const inputs = (...parts: string[]) =>
    typed(...parts).flatMap(([type, text]) => (type === 'input' ? [text] : []));

  test('input comes in lines, edited', () => {
    expect(inputs('ls -x\x7fl\r')).toEqual(['ls -l\n']);
    expect(inputs('gone\x15kept\n')).toEqual(['kept\n']);
    expect(inputs('one two\x17three\r')).toEqual(['one three\n']);
    expect(inputs('a\x1b[A\x1b[3~b\r')).toEqual(['ab\n']);
    expect(inputs('é', '\x7f', 'e\r')).toEqual(['e\n']);
  });
  test('a character may come in two pieces', () => {
    const terminal = new Terminal();
    const bytes = Buffer.from('ü\r');
    const actions = [...terminal.type(bytes.subarray(0, 1)), ...terminal.type(bytes.subarray(1))];
    expect(actions.find(({ type }) => type === 'input')).toMatchObject({ data: Buffer.from('ü\n') });
  });
  test('control characters become signals and the end of input', () => {
    expect(typed('abc\x03')).toContainEqual(['signal']);
    expect(typed('\x04')).toEqual([['end']]);
    expect(typed('ab\x04').at(-1)).toEqual(['input', 'ab']);
  });
  test('newlines of a program get their carriage return', () => {
    expect(terminalOutput(Buffer.from('a\n\nb\r\nc')).toString()).toBe('a\r\n\r\nb\r\nc');
  });
});

describe('output of scripts goes out as it comes', () => {
  test.each([
    ['echo a', 'echo a >>/dev/fd-out 2>>/dev/fd-err'],
    ['echo a > f 2>&1', 'echo a >>/dev/fd-out 2>>/dev/fd-err > f 2>&1'],
    ['a | b', 'a 2>>/dev/fd-err | b >>/dev/fd-out 2>>/dev/fd-err'],
    ['x=$(echo a)', 'x=$(echo a)'],
    ['{ echo a; } > f', '{ echo a; } > f'],
    ['exec 2>f', 'exec 2>f'],
  ])('%s', (script, expected) => {
    const compact = (text: string) =>
      text
        .replace(/(>+)\s+/g, '$1')
        .replace(/\s+/g, ' ')
        .replace(/([0-9])\s+>/g, '$1>')
        .trim();
    expect(compact(serialize(streamScript(parse(script))))).toBe(compact(serialize(parse(expected))));
  });
});

describe('config.toml', () => {
  const read = (text: string) => {
    const unknown: string[] = [];
    return { ...parseConfiguration(text, 'config.toml', (key) => unknown.push(key)), unknown };
  };
  test('both layouts are read', () => {
    const v2 = read(`version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "k8s-lab/pause:3.10"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/x/bin"
    conf_dir = "/x/net.d"`);
    expect(v2).toMatchObject({
      cni: { binDir: '/x/bin', confDir: '/x/net.d' },
      unknown: [],
    });
    const v3 = read(`version = 3
root = "/r"
colour = "red"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "p"
[plugins."io.containerd.cri.v1.runtime"]
  enable_tls_streaming = false
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/y/bin", "/z/bin"]
[plugins."io.containerd.cri.v1.runtime".containerd]
  default_runtime_name = "other"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.other]
  runtime_type = "io.containerd.runc.v2"`);
    expect(v3).toMatchObject({
      root: '/r',
      cni: { binDir: '/y/bin', confDir: '/etc/cni/net.d' },
      runtimes: ['other'],
      unknown: ['colour'],
    });
  });
  test.each([
    ['[plugins]', 'unsupported config version 1'],
    ['version = 3\nroot = 5', 'root must be a string'],
    ['version = 3\n[plugins."io.containerd.cri.v1.runtime".cni]\nbin_dirs = []', 'bin_dirs must be a string'],
    [
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]\nruntime_type = "io.containerd.kata.v2"',
      'runtime "kata" has runtime_type "io.containerd.kata.v2"',
    ],
    ['version = 3\nx = ', 'failed to load TOML'],
    [
      'version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd]\ndefault_runtime_name = "kata"',
      'no corresponding runtime configured',
    ],
    [
      'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nenable_tls_streaming = true',
      "enable_tls_streaming is not supported by the lab's containerd",
    ],
  ])('%j is refused', (text, message) => expect(() => read(text)).toThrow(message));
});

test('resolv.conf of a pod', () => {
  expect(formatResolvConf({ servers: ['10.32.0.10'], searches: ['a.b', 'b'], options: ['ndots:5'] })).toBe(
    'search a.b b\nnameserver 10.32.0.10\noptions ndots:5\n',
  );
});

test('the end of a command as a Status', () => {
  expect(exitStatus(['a'], 0)).toEqual({ metadata: {}, status: 'Success' });
  expect(exitStatus(['a', 'b'], 3)).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    message: 'command terminated with non-zero exit code: error executing command [a b], exit code 3',
  });
});

test('a line of the access log, combined format', () => {
  const request = {
    method: 'GET',
    url: '/',
    httpVersion: '1.1',
    headers: { 'user-agent': 'curl/8' },
    socket: { remoteAddress: '10.0.0.1' },
  };
  expect(accessLogLine(request, { status: 200, bytes: 5 }, new Date(Date.UTC(2026, 0, 2, 3, 4, 5)))).toBe(
    '10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"',
  );
});
