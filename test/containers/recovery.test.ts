import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ContainerState, PodSandboxState } from '../../src/kube/cri/index.ts';
import {
  buildPrograms,
  containerConfig,
  createNode,
  sandboxConfig,
  type TestNode,
  until,
} from './support.ts';

let node: TestNode;

beforeAll(buildPrograms);
afterEach(() => node.destroy());

async function startContainer(command: readonly string[], fields: Record<string, unknown> = {}) {
  const { client } = node;
  const config = sandboxConfig();
  const { podSandboxId } = await client.runPodSandbox({ config });
  await client.pullImage({ image: { image: 'k8s-lab/toolbox' } });
  const { containerId } = await client.createContainer({
    podSandboxId,
    config: containerConfig({ command, ...fields }),
    sandboxConfig: config,
  });
  await client.startContainer({ containerId });
  await until(programs, ({ length }) => length > 0);
  const log = `${config.logDirectory.slice(1)}/main/0.log`;
  const lines = () =>
    node
      .read(log)
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(3).join(' '));
  return { podSandboxId, containerId, lines };
}

/** Without the shims. */
const programs = () => node.processes().filter(({ program }) => program !== 'containerd-shim');
const statusOf = async (containerId: string) => (await node.client.containerStatus({ containerId })).status;
const leases = () =>
  readdirSync(join(node.root, 'var/lib/cni/networks/bridge')).filter((name) => /^\d/.test(name));

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'containers outlive a containerd that ends by %s, and are known again',
  async (signal) => {
    node = createNode();
    await node.start();
    const { podSandboxId, containerId, lines } = await startContainer([
      'sh',
      '-c',
      'while true; do echo tick; sleep 0.05; done',
    ]);
    await until(lines, (all) => all.includes('tick'));
    const before = await node.client.podSandboxStatus({ podSandboxId });
    const [process] = programs();
    await node.stop(signal);
    expect(node.processes().map(({ pid }) => pid)).toContain(process!.pid);
    const written = lines().length;

    await node.start();
    expect(await statusOf(containerId)).toMatchObject({ state: ContainerState.RUNNING, finishedAt: 0 });
    await until(lines, ({ length }) => length > written + 5);
    const after = await node.client.podSandboxStatus({ podSandboxId });
    expect(after.status).toMatchObject({
      state: PodSandboxState.READY,
      network: { ip: before.status?.network?.ip },
    });
    await node.client.stopContainer({ containerId, timeout: 10 });
    expect(await statusOf(containerId)).toMatchObject({ state: ContainerState.EXITED, exitCode: 143 });
    await until(node.processes, ({ length }) => length === 0);
    await node.client.removePodSandbox({ podSandboxId });
    expect(leases()).toEqual([]);
  },
);

test('what ended while there was no containerd is reported with its own exit code and all it wrote', async () => {
  node = createNode();
  await node.start();
  const { containerId, lines } = await startContainer([
    'sh',
    '-c',
    'echo hello; sleep 0.4; echo late; exit 7',
  ]);
  await node.stop('SIGKILL');
  await until(programs, (all) => all.length === 0);
  await node.start();
  const status = await until(
    () => statusOf(containerId),
    (found) => found?.state === ContainerState.EXITED,
  );
  expect(status).toMatchObject({ exitCode: 7, reason: 'Error' });
  expect(lines()).toEqual(['hello', 'late']);
});

test('a command that was run in a container ends with the containerd that ran it; the container goes on', async () => {
  node = createNode();
  await node.start();
  const { containerId } = await startContainer(['sleep', '3600']);
  const [main] = programs();
  node.client.execSync({ containerId, cmd: ['sleep', '3600'], timeout: 0 }).catch(() => undefined);
  await until(programs, ({ length }) => length === 2);
  await node.stop('SIGKILL');
  await node.start();
  await until(programs, ({ length }) => length === 1);
  expect(programs()[0]!.pid).toBe(main!.pid);

  // And with the container.
  const exec = node.client.execSync({ containerId, cmd: ['sleep', '3600'], timeout: 0 });
  await until(programs, ({ length }) => length === 2);
  await node.client.stopContainer({ containerId, timeout: 0 });
  expect((await exec).exitCode).toBe(137);
  expect(await statusOf(containerId)).toMatchObject({ exitCode: 137 });
});

test('a shim that is killed takes its container along', async () => {
  node = createNode();
  await node.start();
  const { containerId } = await startContainer(['sleep', '3600']);
  const folder = join(node.root, 'run/containerd/io.containerd.runtime.v2.task/k8s.io', containerId);
  const [, shim] = readFileSync(join(folder, 'pid'), 'utf8').split(' ').map(Number);
  process.kill(shim!, 'SIGKILL');
  const status = await until(
    () => statusOf(containerId),
    (found) => found?.state === ContainerState.EXITED,
  );
  expect(status).toMatchObject({ exitCode: 255, reason: 'Unknown' });
  await until(node.processes, ({ length }) => length === 0);
});

test('the environment of a container is exactly what it was given, odd names too', async () => {
  node = createNode();
  await node.start();
  const envs = [
    { key: 'my.odd-name', value: Buffer.from('a b') },
    { key: 'QUOTES', value: Buffer.from(`it's "so"\nnew line`) },
  ];
  const { lines, containerId } = await startContainer(['env'], { envs });
  await until(
    () => statusOf(containerId),
    (found) => found?.state === ContainerState.EXITED,
  );
  expect(lines()).toEqual(expect.arrayContaining(['my.odd-name=a b', `QUOTES=it's "so"`, 'new line']));
  expect(lines().filter((line) => line.startsWith('PATH='))).toHaveLength(1);
});

test('after the machine was switched off its containers have ended, and their sandboxes are not ready', async () => {
  node = createNode();
  await node.start();
  const { podSandboxId, containerId } = await startContainer(['sleep', '3600']);
  await node.stop('SIGTERM');
  for (const { pid } of node.processes()) process.kill(pid, 'SIGKILL');
  await until(node.processes, ({ length }) => length === 0);
  for (const { id, machine } of node.network.namespaces())
    if (id !== machine) node.network.removeNamespace(id);
  rmSync(join(node.root, 'run'), { recursive: true });
  await node.start();
  expect(await statusOf(containerId)).toMatchObject({
    state: ContainerState.EXITED,
    exitCode: 255,
    reason: 'Unknown',
    message: 'the machine was switched off',
  });
  const { status } = await node.client.podSandboxStatus({ podSandboxId });
  expect(status?.state).toBe(PodSandboxState.NOTREADY);
  expect(leases()).toEqual([]);
  await node.client.removePodSandbox({ podSandboxId });
});

test('pods wait for the network configuration, and a missing plugin is named', async () => {
  node = createNode({ cni: false });
  await node.start();
  const conditions = async () => (await node.client.status({})).status?.conditions[1];
  expect(await conditions()).toMatchObject({
    type: 'NetworkReady',
    status: false,
    reason: 'NetworkPluginNotReady',
    message: 'Network plugin returns error: cni plugin not initialized',
  });
  await expect(node.client.runPodSandbox({ config: sandboxConfig() })).rejects.toThrow(
    'cni plugin not initialized',
  );

  const { bridgeConf } = await import('./support.ts');
  node.write('etc/cni/net.d/10-bridge.conf', bridgeConf);
  expect(await conditions()).toMatchObject({ status: true });
  await expect(node.client.runPodSandbox({ config: sandboxConfig() })).rejects.toThrow(
    /failed to setup network for sandbox "[0-9a-f]{64}": failed to find plugin "loopback" in path \[\/opt\/cni\/bin\]/,
  );
  expect((await node.client.listPodSandbox({})).items).toEqual([]);
  node.write('opt/cni/bin/loopback', '');
  node.write('opt/cni/bin/bridge', '');
  await expect(node.client.runPodSandbox({ config: sandboxConfig() })).rejects.toThrow(
    'plugin type="bridge" failed (add): failed to find plugin "host-local" in path [/opt/cni/bin]',
  );
  node.write('opt/cni/bin/host-local', '');
  const { podSandboxId } = await node.client.runPodSandbox({ config: sandboxConfig() });
  expect((await node.client.podSandboxStatus({ podSandboxId })).status?.network?.ip).toBe('10.200.0.2');
});

test('a pod of the host network has the machine’s own address and needs no CNI', async () => {
  node = createNode({ cni: false });
  await node.start();
  const linux = { securityContext: { namespaceOptions: { network: 2 } } };
  const config = sandboxConfig({ linux });
  const { podSandboxId } = await node.client.runPodSandbox({ config });
  await node.client.pullImage({ image: { image: 'k8s-lab/toolbox' } });
  const { containerId } = await node.client.createContainer({
    podSandboxId,
    config: containerConfig({ command: ['sleep', '60'] }),
    sandboxConfig: config,
  });
  await node.client.startContainer({ containerId });
  const { stdout } = await node.client.execSync({ containerId, cmd: ['hostname', '-i'], timeout: 20 });
  expect(stdout.toString()).toBe('10.240.0.20\n');
});
