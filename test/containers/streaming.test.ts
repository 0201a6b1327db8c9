import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { dialPod } from '../../src/containers/streaming/dial-pod.ts';
import { ContainerState } from '../../src/kube/cri/index.ts';
import { encodeFrame, type Frame, FrameDecoder } from '../../src/lib/spdy/frames.ts';
import { HeaderCompressor } from '../../src/lib/spdy/headers.ts';
import {
  buildPrograms,
  containerConfig,
  createNode,
  sandboxConfig,
  type TestNode,
  until,
} from './support.ts';

let node: TestNode;
let containerId: string;
let podSandboxId: string;

beforeAll(async () => {
  buildPrograms();
  node = createNode();
  await node.start();
  const { client } = node;
  const config = sandboxConfig();
  ({ podSandboxId } = await client.runPodSandbox({ config }));
  await client.pullImage({ image: { image: 'k8s-lab/web:1' } });
  ({ containerId } = await client.createContainer({
    podSandboxId,
    config: containerConfig({ image: { image: 'k8s-lab/web:1' }, stdin: true }),
    sandboxConfig: config,
  }));
  await client.startContainer({ containerId });
  await until(
    () => node.read(`${config.logDirectory}/main/0.log`),
    (text) => text.includes('listens'),
  );
});
afterAll(() => node.destroy());

/** The streaming server listens on the machine's loopback: reached as a process of the machine would. */
const dialUrl = (url: string) => dialPod(node.network, 'worker-0', Number(new URL(url).port));

interface Answer {
  stdout: string;
  stderr: string;
  status: { status: string; reason?: string; details?: { causes: { message: string }[] } } | undefined;
}

async function execWebSocket(
  cmd: string[],
  options: {
    tty?: boolean;
    stdin?: boolean;
    protocol?: string;
    talk?: (socket: WebSocket, answer: Answer) => void;
  } = {},
): Promise<Answer> {
  const { tty = false, stdin = false, protocol = 'v5.channel.k8s.io' } = options;
  const { url } = await node.client.exec({ containerId, cmd, tty, stdin, stdout: true, stderr: !tty });
  const connection = await dialUrl(url);
  const socket = new WebSocket(url.replace('http', 'ws'), [protocol], { createConnection: () => connection });
  const answer: Answer = { stdout: '', stderr: '', status: undefined };
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => options.talk?.(socket, answer));
    socket.on('message', (message: Buffer) => {
      const text = message.toString('utf8', 1);
      if (message[0] === 1) answer.stdout += text;
      else if (message[0] === 2) answer.stderr += text;
      else if (message[0] === 3) answer.status = JSON.parse(text) as Answer['status'];
      socket.emit('answer');
    });
    socket.on('close', () => resolve(answer));
  });
}

describe('exec over WebSocket', () => {
  test('output, error output and exit code each have their channel', async () => {
    const answer = await execWebSocket(['sh', '-c', 'echo out; ls /none; exit 3']);
    expect(answer).toMatchObject({ stdout: 'out\n' });
    expect(answer.stderr).toContain('/none');
    expect(answer.status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ message: '3' }] },
    });
  });

  test('input ends when the client closes its channel, without ending the connection', async () => {
    const answer = await execWebSocket(['cat'], {
      stdin: true,
      talk(socket) {
        socket.send(Buffer.from('\0hello'));
        socket.send(Buffer.from([255, 0]));
      },
    });
    expect(answer).toMatchObject({ stdout: 'hello', status: { status: 'Success' } });
  });

  test('a program that is missing is an error of the exec, in the words of runc', async () => {
    const answer = await execWebSocket(['nothing-here']);
    expect(JSON.stringify(answer.status)).toContain('executable file not found in $PATH');
  });

  test('a terminal echoes, edits lines, and hands Ctrl+C on as a signal', async () => {
    const answer = await execWebSocket(['sh'], {
      tty: true,
      stdin: true,
      talk(socket, seen) {
        const steps: [string, string][] = [
          ['# ', 'echo onex\x7f $((40 + 2))\r'],
          ['one 42\r\n', 'sleep 100\r'],
          ['sleep 100', '\x03'],
          ['^C', 'cd /tmp; x=7\r'],
          ['/tmp # ', 'echo $x\r'],
          ['7\r\n', 'exit 5\r'],
        ];
        let at = 0;
        socket.on('answer', () => {
          const step = steps[0];
          if (step === undefined || !seen.stdout.slice(at).includes(step[0])) return;
          at = seen.stdout.length;
          steps.shift();
          socket.send(Buffer.from(`\0${step[1]}`));
        });
      },
    });
    expect(answer.status?.details?.causes[0]?.message).toBe('5');
    expect(answer.stdout).toContain('one 42\r\n');
  });

  test('a URL is good once', async () => {
    const { url } = await node.client.exec({ containerId, cmd: ['true'], stdout: true });
    const open = async () => {
      const connection = await dialUrl(url);
      const socket = new WebSocket(url.replace('http', 'ws'), ['v4.channel.k8s.io'], {
        createConnection: () => connection,
      });
      return new Promise<string>((resolve) => {
        socket.on('close', () => resolve('served'));
        socket.on('error', (error) => resolve(error.message));
      });
    };
    expect(await open()).toBe('served');
    expect(await open()).toContain('404');
  });
});

async function upgradeSpdy(url: string, protocol: string): Promise<Socket> {
  const connection = await dialUrl(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      createConnection: () => connection,
      headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': protocol },
    });
    request.on('upgrade', (_response, socket) => resolve(socket));
    request.on('response', (response) => reject(new Error(`${response.statusCode}`)));
    request.on('error', reject);
    request.end();
  });
}

/** The client's side, as little of it as the tests need. */
class SpdyClient {
  readonly data = new Map<number, string>();
  readonly ended = new Set<number>();
  readonly #compressor = new HeaderCompressor();
  readonly #write: (bytes: Buffer) => void;
  #next = 1;

  constructor(write: (bytes: Buffer) => void, onBytes: (take: (chunk: Buffer) => void) => void) {
    this.#write = write;
    const decoder = new FrameDecoder();
    onBytes((chunk) => {
      for (const frame of decoder.push(chunk)) {
        if (frame.type !== 'data') continue;
        this.data.set(frame.streamId, (this.data.get(frame.streamId) ?? '') + frame.data.toString());
        if (frame.fin) this.ended.add(frame.streamId);
      }
    });
  }

  send(frame: Frame): void {
    this.#write(encodeFrame(frame));
  }

  async open(headers: Record<string, string>): Promise<number> {
    const streamId = this.#next;
    this.#next += 2;
    this.send({
      type: 'syn-stream',
      streamId,
      priority: 0,
      fin: false,
      block: await this.#compressor.encode(headers),
    });
    return streamId;
  }
}

/** A WebSocket client as kubectl's: ws refuses the slash in the name of the tunnel. */
async function openTunnel(url: string, protocol: string) {
  const connection = await dialUrl(url);
  const socket = await new Promise<Socket>((resolve, reject) => {
    const request = httpRequest(url, {
      createConnection: () => connection,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
        'Sec-WebSocket-Protocol': protocol,
      },
    });
    request.on('upgrade', (response, upgraded) => {
      if (response.headers['sec-websocket-protocol'] === protocol) resolve(upgraded as Socket);
      else reject(new Error('another subprotocol'));
    });
    request.on('response', (response) => reject(new Error(`${response.statusCode}`)));
    request.end();
  });
  return {
    socket,
    /** One binary message, masked with zeros. */
    send(bytes: Buffer) {
      const head = Buffer.alloc(8);
      head.writeUInt16BE(0x82fe);
      head.writeUInt16BE(bytes.length, 2);
      socket.write(Buffer.concat([head, bytes]));
    },
    onBytes(take: (chunk: Buffer) => void) {
      let pending = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        for (;;) {
          const short = (pending[1] ?? 0) & 127;
          const start = short === 126 ? 4 : 2;
          if (pending.length < start) return;
          const length = short === 126 ? pending.readUInt16BE(2) : short;
          if (pending.length < start + length) return;
          take(pending.subarray(start, start + length));
          pending = pending.subarray(start + length);
        }
      });
    },
  };
}

describe('SPDY/3.1', () => {
  test('exec: a stream each for error, input and output', async () => {
    const { url } = await node.client.exec({ containerId, cmd: ['cat'], stdin: true, stdout: true });
    const socket = await upgradeSpdy(url, 'v4.channel.k8s.io');
    const client = new SpdyClient(
      (bytes) => socket.write(bytes),
      (take) => socket.on('data', take),
    );
    const error = await client.open({ streamType: 'error' });
    const stdin = await client.open({ streamType: 'stdin' });
    const stdout = await client.open({ streamType: 'stdout' });
    client.send({ type: 'data', streamId: stdin, fin: true, data: Buffer.from('through spdy') });
    await new Promise((resolve) => socket.once('end', resolve));
    expect(client.data.get(stdout)).toBe('through spdy');
    expect(JSON.parse(client.data.get(error)!)).toMatchObject({ status: 'Success' });
  });

  const page = 'GET /healthz HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n';

  test('port-forward on a raw connection: two requests, and a port where nobody listens', async () => {
    const { url } = await node.client.portForward({ podSandboxId });
    const socket = await upgradeSpdy(url, 'portforward.k8s.io');
    const client = new SpdyClient(
      (bytes) => socket.write(bytes),
      (take) => socket.on('data', take),
    );
    for (const requestID of ['0', '1']) {
      await client.open({ streamType: 'error', port: '80', requestID });
      const data = await client.open({ streamType: 'data', port: '80', requestID });
      client.send({ type: 'data', streamId: data, fin: false, data: Buffer.from(page) });
      await until(
        () => client.data.get(data) ?? '',
        (text) => text.endsWith('ok\n'),
      );
    }
    const failed = await client.open({ streamType: 'error', port: '81', requestID: '2' });
    await client.open({ streamType: 'data', port: '81', requestID: '2' });
    await until(
      () => client.ended.has(failed),
      (ended) => ended,
    );
    expect(client.data.get(failed)).toMatch(
      /^error forwarding port 81 to pod default\/pod-\d+: .*connection refused$/,
    );
    socket.destroy();
  });

  test('port-forward tunnelled in a WebSocket', async () => {
    const { url } = await node.client.portForward({ podSandboxId });
    const tunnel = await openTunnel(url, 'SPDY/3.1+portforward.k8s.io');
    const client = new SpdyClient(tunnel.send, tunnel.onBytes);
    await client.open({ streamType: 'error', port: '80', requestID: '0' });
    const data = await client.open({ streamType: 'data', port: '80', requestID: '0' });
    client.send({ type: 'data', streamId: data, fin: false, data: Buffer.from(page) });
    await until(
      () => client.data.get(data) ?? '',
      (text) => text.endsWith('ok\n'),
    );
    tunnel.socket.destroy();
  });
});

test('port-forward over channels: each port has one for data and one for what goes wrong', async () => {
  const { url } = await node.client.portForward({ podSandboxId, port: [80, 81] });
  const connection = await dialUrl(url);
  const socket = new WebSocket(url.replace('http', 'ws'), ['v4.channel.k8s.io'], {
    createConnection: () => connection,
  });
  const channels = [0, 1, 2, 3].map(() => Buffer.alloc(0));
  socket.on('message', (message: Buffer) => {
    channels[message[0]!] = Buffer.concat([channels[message[0]!]!, message.subarray(1)]);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const page = 'GET /healthz HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n';
  socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(page)]));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(channels.map((bytes) => bytes.readUInt16LE())).toEqual([80, 80, 81, 81]);
  const [data, error, , refused] = channels.map((bytes) => bytes.toString('utf8', 2));
  expect(data).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok\n$/);
  expect(error).toBe('');
  expect(refused).toMatch(/^error forwarding port 81 to pod default\/pod-\d+: .*connection refused$/);
});

test('attach shows what the container prints from then on', async () => {
  const { url } = await node.client.attach({ containerId, stdout: true, stderr: true });
  const connection = await dialUrl(url);
  const socket = new WebSocket(url.replace('http', 'ws'), ['v4.channel.k8s.io'], {
    createConnection: () => connection,
  });
  let seen = '';
  socket.on('message', (message: Buffer) => {
    seen += message.toString('utf8', 1);
  });
  await new Promise((resolve) => socket.once('message', resolve));
  await node.client.execSync({
    containerId,
    cmd: ['wget', '-q', '-O', '-', 'http://127.0.0.1/attached'],
    timeout: 20,
  });
  await until(
    () => seen,
    (text) => text.includes('GET /attached'),
  );
  expect((await node.client.containerStatus({ containerId })).status?.state).toBe(ContainerState.RUNNING);
  socket.close();
});

test('a container whose input belongs to the first client waits for it, reads it, and sees its end', async () => {
  const { client } = node;
  await client.pullImage({ image: { image: 'k8s-lab/toolbox' } });
  const created = await client.createContainer({
    podSandboxId,
    config: containerConfig({
      metadata: { name: 'reader', attempt: 0 },
      command: ['cat'],
      stdin: true,
      stdinOnce: true,
    }),
    sandboxConfig: sandboxConfig(),
  });
  await client.startContainer(created);
  const { url } = await client.attach({ ...created, stdin: true, stdout: true, stderr: true });
  const connection = await dialUrl(url);
  const socket = new WebSocket(url.replace('http', 'ws'), ['v5.channel.k8s.io'], {
    createConnection: () => connection,
  });
  let seen = '';
  socket.on('message', (message: Buffer) => {
    if (message[0] === 1) seen += message.toString('utf8', 1);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(Buffer.from('\0hello'));
  socket.send(Buffer.from([255, 0]));
  await until(
    async () => (await client.containerStatus(created)).status?.state,
    (state) => state === ContainerState.EXITED,
  );
  expect(seen).toBe('hello');
});
