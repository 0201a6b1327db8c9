import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContainerState } from '../../src/kube/cri/index.ts';
import { preloadFile } from '../../src/lib/package-root.ts';
import { identityEnvironment } from '../../src/usernet/identity.ts';
import {
  buildPrograms,
  containerConfig,
  createNode,
  sandboxConfig,
  type TestNode,
  until,
} from './support.ts';

let node: TestNode;
let toolbox: string;
let web: string;
let webAddress: string;

async function start(
  image: string,
  fields: Record<string, unknown>,
  sandboxFields: Record<string, unknown> = {},
) {
  const { client } = node;
  const config = sandboxConfig(sandboxFields);
  const { podSandboxId } = await client.runPodSandbox({ config });
  await client.pullImage({ image: { image } });
  const { containerId } = await client.createContainer({
    podSandboxId,
    config: containerConfig({ image: { image }, ...fields }),
    sandboxConfig: config,
  });
  await client.startContainer({ containerId });
  const { status } = await client.podSandboxStatus({ podSandboxId });
  const log = () => node.read(`${config.logDirectory}/main/0.log`);
  return { containerId, podSandboxId, address: status!.network!.ip, log };
}

beforeAll(async () => {
  buildPrograms();
  node = createNode();
  await node.start();
  ({ containerId: toolbox } = await start('k8s-lab/toolbox', { command: ['sleep', '3600'] }));
  const pod = await start('k8s-lab/web:1', {});
  web = pod.containerId;
  webAddress = pod.address;
  await until(pod.log, (text) => text.includes('listens'));
});
afterAll(() => node.destroy());

async function run(cmd: string[], containerId = toolbox) {
  const { stdout, stderr, exitCode } = await node.client.execSync({ containerId, cmd, timeout: 25 });
  return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode };
}

/** A name server on the machine that knows one name: the question comes back with an answer, or with NXDOMAIN. */
const nameServer = `
  import { createSocket } from 'node:dgram';
  const known = Buffer.from('\\x0akubernetes\\x07default\\x03svc\\x07cluster\\x05local\\0', 'latin1');
  const socket = createSocket('udp4');
  socket.on('message', (query, peer) => {
    const name = query.subarray(12, query.indexOf(0, 12) + 1);
    const question = query.subarray(12, 12 + name.length + 4);
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(name.equals(known) ? 0x8580 : 0x8583, 2);
    head.writeUInt16BE(name.equals(known) ? 1 : 0, 6);
    const record = name.equals(known) ? Buffer.from('c00c000100010000000500040a200001', 'hex') : Buffer.alloc(0);
    socket.send(Buffer.concat([head, question, record]), peer.port, peer.address);
  });
  socket.bind(53, () => console.log('ready'));
`;

async function startNameServer(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['--import', preloadFile(), '--input-type=module', '-e', nameServer],
    {
      env: identityEnvironment(node.identity),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

describe('tools in a pod', () => {
  test('wget reads another pod, and says why it cannot', async () => {
    const page = await run(['wget', '-qO-', `http://${webAddress}`]);
    expect(page).toMatchObject({ exitCode: 0, stderr: '' });
    expect(page.stdout).toContain('version 1');
    expect(page.stdout).toContain(`pod IP: ${webAddress}`);
    const missing = await run(['wget', '-q', '-O', '-', `${webAddress}/none`]);
    expect(missing).toMatchObject({
      exitCode: 1,
      stderr: 'wget: server returned error: HTTP/1.1 404 Not Found\n',
    });
    const refused = await run(['wget', `http://${webAddress}:81/`]);
    expect(refused.stderr).toContain(`can't connect to remote host (${webAddress}): Connection refused`);
  });

  test('bytes that are no text pass through the shell', async () => {
    const script =
      "printf '\\377\\000\\351' > /tmp/f; cat /tmp/f; base64 < /tmp/f; cat /tmp/f | cat; echo 日本";
    const { stdout } = await node.client.execSync({
      containerId: toolbox,
      cmd: ['sh', '-c', script],
      timeout: 25,
    });
    const bytes = Buffer.from('ff00e9', 'hex');
    expect(Buffer.from(stdout)).toEqual(
      Buffer.concat([bytes, Buffer.from('/wDp\n'), bytes, Buffer.from('日本\n')]),
    );
  });

  test('curl is there as well', async () => {
    expect((await run(['curl', '-s', `http://${webAddress}/healthz`])).stdout).toBe('ok\n');
  });

  test('nc tells an open port from a closed one', async () => {
    expect(await run(['nc', '-zv', webAddress, '80'])).toMatchObject({
      exitCode: 0,
      stderr: `${webAddress} (${webAddress}:80) open\n`,
    });
    expect(await run(['nc', '-z', '-w', '2', webAddress, '81'])).toMatchObject({ exitCode: 1 });
  });

  test('ping, ip, hostname, id, ps and env answer about the pod', async () => {
    expect((await run(['ping', '-c', '1', webAddress])).stdout).toContain(
      '1 packets transmitted, 1 packets received',
    );
    expect((await run(['ping', '-c', '1', '10.200.0.99'])).exitCode).toBe(1);
    expect((await run(['ip', 'addr'])).stdout).toMatch(/eth0.*\n.*inet 10\.200\.0\.2\/24/);
    expect((await run(['hostname', '-i'])).stdout).toBe('10.200.0.2\n');
    expect((await run(['id'])).stdout).toContain('uid=0(root)');
    expect((await run(['ps'])).stdout.split('\n')).toHaveLength(4);
    expect((await run(['env'])).stdout).not.toContain('K8S_LAB_IDENTITY');
  });

  test('the shell works on the container’s files and sees nothing else', async () => {
    const script = 'mkdir /data && cd /data && echo hello > a && ls && cat a && sed s/h/H/ a && pwd';
    expect(await run(['sh', '-c', script])).toMatchObject({
      stdout: 'a\nhello\nHello\n/data\n',
      stderr: '',
      exitCode: 0,
    });
    expect((await run(['ls', '/'])).stdout.split('\n')).toEqual(
      expect.arrayContaining(['bin', 'data', 'etc', 'tmp']),
    );
    expect((await run(['ls', '/'])).stdout).not.toContain('lost+found');
    expect((await run(['ls', '/data'], web)).exitCode).toBe(2);
    expect((await run(['sh', '-c', `wget -qO- ${webAddress} | grep -c hostname`])).stdout).toBe('1\n');
    expect((await run(['sh', '-c', 'web --version'], web)).stdout).toBe('k8s-lab/web version 1\n');
    expect((await run(['sh', '-c', 'nothing-here'])).exitCode).toBe(127);
  });

  test('nslookup walks the search path of the pod', async () => {
    const server = await startNameServer();
    const dnsConfig = {
      servers: ['10.240.0.20'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local'],
      options: ['ndots:5'],
    };
    const { containerId } = await start('k8s-lab/toolbox', { command: ['sleep', '3600'] }, { dnsConfig });
    expect(await run(['nslookup', 'kubernetes'], containerId)).toMatchObject({
      exitCode: 0,
      stdout:
        'Server:\t\t10.240.0.20\nAddress:\t10.240.0.20#53\n\nName:\tkubernetes.default.svc.cluster.local\nAddress: 10.32.0.1\n\n',
    });
    const missing = await run(['nslookup', 'nothing'], containerId);
    expect(missing).toMatchObject({ exitCode: 1 });
    expect(missing.stdout).toContain("** server can't find nothing: NXDOMAIN");
    server.kill('SIGKILL');
  });
});

test('a loop of the shell writes its log while it runs, and SIGTERM ends it', async () => {
  const pod = await start('k8s-lab/toolbox', {
    command: ['sh', '-c', 'i=0; while true; do i=$((i+1)); echo line $i; sleep 0.05; done'],
  });
  await until(pod.log, (text) => text.includes('line 3'));
  await node.client.stopContainer({ containerId: pod.containerId, timeout: 20 });
  const { status } = await node.client.containerStatus({ containerId: pod.containerId });
  expect(status).toMatchObject({ state: ContainerState.EXITED, exitCode: 143 });
});

test('without time to stop a container is killed', async () => {
  const pod = await start('k8s-lab/toolbox', { command: ['sleep', '3600'] });
  await node.client.stopContainer({ containerId: pod.containerId, timeout: 0 });
  const { status } = await node.client.containerStatus({ containerId: pod.containerId });
  expect(status).toMatchObject({ state: ContainerState.EXITED, exitCode: 137 });
});
