import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ContainerEventResponse,
  ContainerEventType,
  ContainerState,
  PodSandboxState,
} from '../../src/kube/cri/index.ts';
import {
  buildPrograms,
  containerConfig,
  createNode,
  sandboxConfig,
  type TestNode,
  until,
} from './support.ts';

let node: TestNode;

beforeAll(async () => {
  buildPrograms();
  node = createNode();
  await node.start();
});
afterAll(() => node.destroy());

async function run(fields: Record<string, unknown>, sandboxFields: Record<string, unknown> = {}) {
  const { client } = node;
  const config = sandboxConfig(sandboxFields);
  const { podSandboxId } = await client.runPodSandbox({ config });
  const image = (fields.image as { image: string } | undefined) ?? { image: 'k8s-lab/toolbox' };
  await client.pullImage({ image });
  const { containerId } = await client.createContainer({
    podSandboxId,
    config: containerConfig(fields),
    sandboxConfig: config,
  });
  const status = async () => (await client.containerStatus({ containerId })).status!;
  return {
    podSandboxId,
    containerId,
    status,
    exited: () => until(status, ({ state }) => state === ContainerState.EXITED),
    logs: () => node.read(`${config.logDirectory}/main/0.log`),
  };
}

describe('CRI over the socket', () => {
  test('a container runs, writes its log, and goes', async () => {
    const { client } = node;
    const events: ContainerEventResponse[] = [];
    const stopEvents = client.containerEvents({
      onEvent: (event) => events.push(event),
      onEnd: () => undefined,
    });
    expect(await client.version({})).toMatchObject({ runtimeName: 'containerd', runtimeApiVersion: 'v1' });
    const { status } = await client.status({});
    expect(status?.conditions.map(({ type, status: ok }) => [type, ok])).toEqual([
      ['RuntimeReady', true],
      ['NetworkReady', true],
    ]);

    const pod = await run({ command: ['sleep', '3600'], envs: [{ key: 'WHO', value: Buffer.from('me') }] });
    const sandbox = await client.podSandboxStatus({ podSandboxId: pod.podSandboxId });
    expect(sandbox.status).toMatchObject({ state: PodSandboxState.READY });
    expect(sandbox.status?.network?.ip).toMatch(/^10\.200\.0\.\d+$/);
    expect((await pod.status()).state).toBe(ContainerState.CREATED);
    await client.startContainer({ containerId: pod.containerId });
    expect((await pod.status()).state).toBe(ContainerState.RUNNING);
    // The program and its shim.
    await until(node.processes, ({ length }) => length === 2);

    const echoed = await client.execSync({
      containerId: pod.containerId,
      cmd: ['printenv', 'WHO', 'HOSTNAME'],
      timeout: 10,
    });
    expect(echoed.stdout.toString()).toBe(`${sandbox.status?.metadata?.name}\nme\n`);
    const resolv = await client.execSync({
      containerId: pod.containerId,
      cmd: ['cat', '/etc/resolv.conf'],
      timeout: 10,
    });
    expect(resolv.stdout.toString()).toBe(
      'search default.svc.cluster.local\nnameserver 10.32.0.10\noptions ndots:5\n',
    );
    await expect(
      client.execSync({ containerId: pod.containerId, cmd: ['nothing-like-it'], timeout: 10 }),
    ).rejects.toThrow('exec: "nothing-like-it": executable file not found in $PATH');

    await client.stopContainer({ containerId: pod.containerId, timeout: 10 });
    expect(await pod.status()).toMatchObject({
      state: ContainerState.EXITED,
      exitCode: 143,
      reason: 'Error',
    });
    await client.removeContainer({ containerId: pod.containerId });
    await client.stopPodSandbox({ podSandboxId: pod.podSandboxId });
    await client.removePodSandbox({ podSandboxId: pod.podSandboxId });
    expect((await client.listPodSandbox({})).items).toEqual([]);
    expect((await client.listContainers({})).containers).toEqual([]);
    await until(node.processes, ({ length }) => length === 0);
    await until(
      () => events.map((event) => event.containerEventType),
      (types) => types.includes(ContainerEventType.DELETED),
    );
    stopEvents();
    expect(events.map((event) => event.containerEventType)).toEqual([0, 1, 2, 3]);
  });

  test('what a container prints is in its log file, in order and with its stream', async () => {
    const pod = await run({ command: ['echo', 'hello', 'log'] });
    await node.client.startContainer({ containerId: pod.containerId });
    expect(await pod.exited()).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(pod.logs()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F hello log\n$/);
    await node.client.removePodSandbox({ podSandboxId: pod.podSandboxId });
  });

  test('a command that is not in the image fails the start in words of containerd', async () => {
    const pod = await run({ command: ['foo'] });
    await expect(node.client.startContainer({ containerId: pod.containerId })).rejects.toThrow(
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
        'unable to start container process: error during container init: exec: "foo": executable file not found in $PATH: unknown',
    );
    expect(await pod.status()).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      state: ContainerState.EXITED,
    });
    await node.client.removePodSandbox({ podSandboxId: pod.podSandboxId });
  });

  test('a name that is no built-in image fails the pull with the remedy', async () => {
    await expect(node.client.pullImage({ image: { image: 'nginx' } })).rejects.toThrow(
      /failed to pull and unpack image "docker.io\/library\/nginx:latest": .*this lab works offline; built-in images: .*\(nearest: k8s-lab\/web\)/,
    );
    expect((await node.client.imageStatus({ image: { image: 'nginx' } })).image).toBeUndefined();
  });

  test('the files of the pod are mounted, read-only where it says so', async () => {
    node.write('var/lib/kubelet/pods/x/volumes/config/greeting', 'from a volume\n');
    const pod = await run({
      command: ['cat', '/etc/config/greeting'],
      mounts: [
        { containerPath: '/etc/config', hostPath: '/var/lib/kubelet/pods/x/volumes/config', readonly: true },
      ],
    });
    await node.client.startContainer({ containerId: pod.containerId });
    await pod.exited();
    expect(pod.logs()).toContain('stdout F from a volume');
    const folder = `run/containerd/io.containerd.runtime.v2.task/k8s.io/${pod.containerId}/rootfs`;
    expect(existsSync(join(node.root, folder, 'bin/sleep'))).toBe(true);
    await node.client.removePodSandbox({ podSandboxId: pod.podSandboxId });
    expect(existsSync(join(node.root, folder))).toBe(false);
  });
});
