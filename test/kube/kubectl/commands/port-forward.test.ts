import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { servePortForward } from '../../../../src/containers/streaming/port-forward.ts';
import { acceptWebSocket, tunnel, tunnelProtocol } from '../../../../src/containers/streaming/websocket.ts';
import { pod, podsPath, type Running, type StandIn, start, startStandIn } from '../streams/stand-in.ts';

let standIn: StandIn;
let echo: Server;
const tunnels: WebSocket[] = [];

beforeAll(async () => {
  standIn = await startStandIn();
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.write('welcome\n');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await standIn.close();
  await new Promise((resolve) => echo.close(resolve));
});

beforeEach(() => {
  standIn.objects = { [`${podsPath}/p`]: pod('p') };
  tunnels.length = 0;
  // The far end is the container runtime's own; of the pod's ports only 80 is open.
  standIn.upgrade = (_url, request, socket, head) =>
    acceptWebSocket(request, socket, head, [tunnelProtocol], (webSocket) => {
      tunnels.push(webSocket);
      servePortForward(tunnel(webSocket), 'p', async (port) => {
        if (port !== 80) throw new Error('connection refused');
        return connect({
          port: (echo.address() as AddressInfo).port,
          host: '127.0.0.1',
          allowHalfOpen: true,
        });
      });
    });
});

async function localPort(running: Running, remote = 80): Promise<number> {
  await running.shows(`-> ${remote}`);
  return Number(new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${remote}`).exec(running.stdout.text)![1]);
}

function say(port: number, words: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(words);
  return text(socket);
}

test('connections go through, several at a time, until the person ends it', async () => {
  const running = start(standIn, ['port-forward', '--address=127.0.0.1', 'p', ':80']);
  const port = await localPort(running);
  const big = 'x'.repeat(1_000_000);
  const answers = await Promise.all([say(port, 'one'), say(port, 'two'), say(port, big)]);
  expect(answers).toEqual(['welcome\none', 'welcome\ntwo', `welcome\n${big}`]);
  running.interrupt();
  expect(await running.ended).toEqual({
    code: 0,
    stdout: `Forwarding from 127.0.0.1:${port} -> 80\n${`Handling connection for ${port}\n`.repeat(3)}`,
    stderr: '',
  });
  await expect(say(port, 'late')).rejects.toThrow('ECONNREFUSED');
});

test('a port where nobody listens ends the forwarding, with what the pod said', async () => {
  const running = start(standIn, ['port-forward', '--address=127.0.0.1', 'pod/p', ':81', ':80']);
  const port = await localPort(running, 81);
  await localPort(running, 80);
  expect(await say(port, 'x')).toBe('');
  const { code, stderr } = await running.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /"Unhandled Error" err="an error occurred forwarding \d+ -> 81: error forwarding port 81 to pod p: connection refused"\nerror: lost connection to pod\n$/,
  );
});

test('a connection to the cluster that breaks is told', async () => {
  const running = start(standIn, ['port-forward', '--address=127.0.0.1', 'p', ':80']);
  await localPort(running);
  tunnels[0]!.terminate();
  expect(await running.ended).toMatchObject({ code: 1, stderr: 'error: lost connection to pod\n' });
});

test('a local port that is taken', async () => {
  const taken = (echo.address() as AddressInfo).port;
  const ended = await start(standIn, ['port-forward', '--address=127.0.0.1', 'p', `${taken}:80`]).ended;
  expect(ended.stderr).toBe(
    `Unable to listen on port ${taken}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:${taken}: bind: address already in use]
error: unable to listen on any of the requested ports: [{${taken} 80}]\n`,
  );
});

test("a service's port leads to the pod's", async () => {
  standIn.objects['/api/v1/namespaces/default/services/s'] = {
    metadata: { name: 's', namespace: 'default' },
    spec: { selector: { app: 'web' }, ports: [{ port: 8000, targetPort: 80 }] },
  };
  standIn.objects[podsPath] = { metadata: {}, items: [pod('p')] };
  const running = start(standIn, ['port-forward', '--address=127.0.0.1', 'svc/s', ':8000']);
  expect(await say(await localPort(running), 'x')).toBe('welcome\nx');
  running.interrupt();
  await running.ended;
});

test('mistakes in the words, and a pod that does not run', async () => {
  standIn.objects[`${podsPath}/waits`] = pod('waits', { status: { phase: 'Pending' } });
  const says = async (...args: string[]) => (await start(standIn, ['port-forward', ...args]).ended).stderr;
  expect(await says('p')).toBe(
    "error: TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples\n",
  );
  expect(await says('waits', '80')).toBe(
    'error: unable to forward port because pod is not running. Current status=Pending\n',
  );
  expect(await says('--address=lab', 'p', '80')).toBe('error: lab is not a valid IP\n');
});
