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

async function startSleeper() {
  const { client } = node;
  const config = sandboxConfig();
  const { podSandboxId } = await client.runPodSandbox({ config });
  await client.pullImage({ image: { image: 'k8s-lab/toolbox' } });
  const { containerId } = await client.createContainer({
    podSandboxId,
    config: containerConfig({ command: ['sleep', '3600'] }),
    sandboxConfig: config,
  });
  await client.startContainer({ containerId });
  await until(node.processes, ({ length }) => length === 1);
  return { podSandboxId, containerId };
}

test('after kill -9 no process is left, containers are reported, sandboxes keep their network', async () => {
  node = createNode();
  await node.start();
  const { podSandboxId, containerId } = await startSleeper();
  const before = await node.client.podSandboxStatus({ podSandboxId });
  await node.stop('SIGKILL');
  expect(node.processes()).toHaveLength(1);

  await node.start();
  await until(node.processes, ({ length }) => length === 0);
  const { status } = await node.client.containerStatus({ containerId });
  expect(status).toMatchObject({ state: ContainerState.EXITED, exitCode: 255, reason: 'Unknown' });
  expect(status?.message).toContain('containerd was restarted');
  const after = await node.client.podSandboxStatus({ podSandboxId });
  expect(after.status).toMatchObject({
    state: PodSandboxState.READY,
    network: { ip: before.status?.network?.ip },
  });
  // The image is still there, so the kubelet's next attempt starts at once.
  const { containerId: second } = await node.client.createContainer({
    podSandboxId,
    config: containerConfig({ command: ['true'], metadata: { name: 'main', attempt: 1 } }),
    sandboxConfig: sandboxConfig(),
  });
  await node.client.startContainer({ containerId: second });
  await until(
    async () => (await node.client.containerStatus({ containerId: second })).status?.exitCode,
    (code) => code === 0,
  );
});

test('SIGTERM ends the containers too, and a sandbox whose namespace went with a boot is not ready', async () => {
  node = createNode();
  await node.start();
  const { podSandboxId } = await startSleeper();
  await node.stop('SIGTERM');
  expect(node.processes()).toEqual([]);
  for (const { id, machine } of node.network.namespaces())
    if (id !== machine) node.network.removeNamespace(id);
  await node.start();
  const { status } = await node.client.podSandboxStatus({ podSandboxId });
  expect(status?.state).toBe(PodSandboxState.NOTREADY);
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
