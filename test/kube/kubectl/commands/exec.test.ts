import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { exitStatus } from '../../../../src/containers/streaming/status.ts';
import {
  acceptWebSocket,
  commandProtocols,
  webSocketRemote,
} from '../../../../src/containers/streaming/websocket.ts';
import { pod, podsPath, type StandIn, start, startStandIn, TerminalInput } from '../streams/stand-in.ts';

let standIn: StandIn;

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.close());

/** The far end is the container runtime's own, with `cat` and `exit N` for commands. */
function runtime(protocols: readonly string[] = commandProtocols): void {
  standIn.upgrade = (url, request, socket, head) =>
    acceptWebSocket(request, socket, head, protocols, (webSocket, protocol) => {
      const flag = (name: string) => url.searchParams.get(name) === 'true';
      const command = url.searchParams.getAll('command');
      const remote = webSocketRemote(webSocket, protocol, {
        kind: 'exec',
        containerId: 'c',
        command,
        tty: flag('tty'),
        stdin: flag('stdin'),
        stdout: flag('stdout'),
        stderr: flag('stderr'),
      });
      if (command[0] === 'cat') {
        remote.stdin?.on('data', (chunk: Buffer) => remote.stdout(chunk));
        remote.stdin?.on('end', () => remote.finish(exitStatus(command, 0)));
      } else if (command[0] === 'exit') {
        remote.stdout(Buffer.from('out\n'));
        remote.stderr(Buffer.from('err\n'));
        remote.finish(exitStatus(command, Number(command[1])));
      }
    });
}

beforeEach(() => {
  runtime();
  standIn.seen.length = 0;
  standIn.objects = { [`${podsPath}/p`]: pod('p') };
});

test('output, error output and exit code of the command are ours', async () => {
  const ended = await start(standIn, ['exec', 'p', '--', 'exit', '7']).ended;
  expect(ended).toEqual({
    code: 7,
    stdout: 'out\n',
    stderr: 'err\ncommand terminated with exit code 7\n',
  });
  expect(standIn.seen.at(-1)).toBe(
    `GET ${podsPath}/p/exec?container=main&command=exit&command=7&stdout=true&stderr=true`,
  );
  expect(await start(standIn, ['exec', 'p', '--', 'exit', '0']).ended).toMatchObject({ code: 0 });
});

test('input goes through to its end, however much it is', async () => {
  const running = start(standIn, ['exec', '-i', 'p', '--', 'cat']);
  running.stdin.end(Buffer.alloc(3_000_000, 'x'));
  const { code, stdout } = await running.ended;
  expect([code, stdout.length]).toEqual([0, 3_000_000]);
});

test('a server that knows only v4 runs commands too', async () => {
  runtime(['v4.channel.k8s.io']);
  expect(await start(standIn, ['exec', 'p', '--', 'exit', '3']).ended).toMatchObject({
    code: 3,
    stdout: 'out\n',
  });
});

test('a terminal is raw while the command runs, tells its size, and is given back', async () => {
  const sizes: string[] = [];
  standIn.upgrade = (_url, request, socket, head) =>
    acceptWebSocket(request, socket, head, commandProtocols, (webSocket) => {
      webSocket.on('message', (message: Buffer) => {
        if (message[0] === 4) sizes.push(message.toString('utf8', 1));
        else if (message[0] === 0 && message[1] === 3) {
          // Ctrl+C is the far end's.
          webSocket.send(Buffer.from(`\x03${JSON.stringify(exitStatus(['sh'], 130))}`));
          webSocket.close(1000);
        }
      });
      webSocket.send(Buffer.from('\x01/ # '));
    });
  const stdin = new TerminalInput();
  const running = start(standIn, ['exec', '-it', 'p', '--', 'sh'], { stdin, tty: [80, 24] });
  await running.shows('/ # ');
  expect(stdin.isRaw).toBe(true);
  running.stdout.columns = 120;
  running.stdout.emit('resize');
  stdin.write('\x03');
  expect(await running.ended).toMatchObject({ code: 130 });
  expect(stdin.modes).toEqual([true, false]);
  expect(sizes).toEqual(['{"Width":80,"Height":24}', '{"Width":120,"Height":24}']);
  expect(standIn.seen.at(-1)).toContain('stdin=true&stdout=true&tty=true');
});

test('without a terminal on this side there is none on the other', async () => {
  const running = start(standIn, ['exec', '-it', 'p', '--', 'cat']);
  running.stdin.end('x');
  expect(await running.ended).toEqual({
    code: 0,
    stdout: 'x',
    stderr: 'Unable to use a TTY - input is not a terminal or the right kind of file\n',
  });
});

test('an interrupt ends the connection, and gives the terminal back', async () => {
  const stdin = new TerminalInput();
  const running = start(standIn, ['exec', '-it', 'p', '--', 'cat'], { stdin });
  stdin.write('hello');
  await running.shows('hello');
  running.interrupt();
  expect((await running.ended).code).toBe(130);
  expect(stdin.isRaw).toBe(false);
});

test('a connection that breaks is an error', async () => {
  standIn.upgrade = (_url, request, socket, head) =>
    acceptWebSocket(request, socket, head, commandProtocols, () => socket.destroy());
  expect(await start(standIn, ['exec', 'p', '--', 'cat']).ended).toMatchObject({
    code: 1,
    stderr:
      'error: error reading from error stream: next reader: websocket: close 1006 (abnormal closure): unexpected EOF\n',
  });
});

test('what the server says instead of upgrading is shown', async () => {
  const refuse = (status: string, text: string) => {
    standIn.upgrade = (_url, _request, socket) =>
      void socket.end(
        `HTTP/1.1 ${status}\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
      );
  };
  const message = 'pods "p" is forbidden';
  refuse('403 Forbidden', JSON.stringify({ kind: 'Status', reason: 'Forbidden', message, code: 403 }));
  const forbidden = await start(standIn, ['exec', 'p', '--', 'x']).ended;
  expect(forbidden).toMatchObject({ code: 1, stderr: `Error from server (Forbidden): ${message}\n` });
  refuse('404 Not Found', 'container not found ("x")\n');
  const missing = await start(standIn, ['exec', 'p', '--', 'x']).ended;
  expect(missing.stderr).toBe('error: unable to upgrade connection: container not found ("x")\n');
});

test('the pod of a workload is the best of those that its selector finds', async () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }],
  };
  standIn.objects['/apis/apps/v1/namespaces/default/deployments/web'] = {
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector },
  };
  standIn.objects[podsPath] = {
    metadata: {},
    items: [pod('pending', { status: { phase: 'Pending' } }), pod('running')],
  };
  expect(await start(standIn, ['exec', 'deploy/web', '--', 'exit', '0']).ended).toMatchObject({ code: 0 });
  expect(standIn.seen.slice(-2)).toEqual([
    `GET ${podsPath}?labelSelector=${encodeURIComponent('app=web,tier in (a,b)')}`,
    expect.stringContaining(`GET ${podsPath}/running/exec?`),
  ]);
});

test('the container: -c, the annotation, the first', async () => {
  const spec = { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] };
  standIn.objects[`${podsPath}/p`] = pod('p', { spec });
  const first = await start(standIn, ['exec', 'p', '--', 'exit', '0']).ended;
  expect(first.stderr).toBe('Defaulted container "a" out of: a, b, i (init)\nerr\n');
  const quiet = await start(standIn, ['exec', '-q', 'p', '-c', 'b', '--', 'exit', '0']).ended;
  expect([quiet.stderr, standIn.seen.at(-1)]).toEqual(['err\n', expect.stringContaining('container=b&')]);
  const annotations = { 'kubectl.kubernetes.io/default-container': 'b' };
  standIn.objects[`${podsPath}/p`] = pod('p', { spec, metadata: { annotations } });
  await start(standIn, ['exec', 'p', '--', 'exit', '0']).ended;
  expect(standIn.seen.at(-1)).toContain('container=b&');
});

test('mistakes in the words', async () => {
  standIn.objects['/api/v1/namespaces/default/configmaps/c'] = { metadata: { name: 'c' } };
  standIn.objects[`${podsPath}/done`] = pod('done', { status: { phase: 'Succeeded' } });
  const says = async (...args: string[]) => (await start(standIn, ['exec', ...args]).ended).stderr;
  expect(await says('p', 'ls')).toBe(
    "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
  );
  expect(await says('p')).toBe('error: you must specify at least one command for the container\n');
  expect(await says('--', 'ls')).toBe('error: pod, type/name or --filename must be specified\n');
  expect(await says('none', '--', 'ls')).toBe('Error from server (NotFound): pods "none" not found\n');
  expect(await says('cm/c', '--', 'ls')).toBe(
    'error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented\n',
  );
  expect(await says('done', '--', 'ls')).toBe(
    'error: cannot exec into a container in a completed pod; current phase is Succeeded\n',
  );
  expect(await says('a/b/c', '--', 'ls')).toBe(
    'error: arguments in resource/name form may not have more than one slash\n',
  );
});

test('who we are goes along', async () => {
  let authorization: string | undefined;
  standIn.upgrade = (_url, request, socket) => {
    authorization = request.headers.authorization;
    socket.destroy();
  };
  const stdin = new PassThrough();
  await start(standIn, ['exec', '--token=secret', 'p', '--', 'x'], { stdin }).ended;
  expect(authorization).toBe('Bearer secret');
});
