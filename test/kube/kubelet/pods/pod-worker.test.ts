import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestNode } from '../support/node.ts';
import { container, makePod } from '../support/objects.ts';

let node: TestNode;
beforeEach(() => {
  node = new TestNode();
});
afterEach(() => node.close());

const condition = (type: string) => node.status().conditions?.find((one) => one.type === type)?.status;

describe('a pod on its node', () => {
  it('gets a sandbox, its image, its container, and tells of each', async () => {
    await node.apply(makePod());
    expect(node.runtime.running()).toEqual(['main']);
    expect(node.events.map((text) => text.split(':')[0])).toEqual([
      'Pulling',
      'Pulled',
      'Created',
      'Started',
    ]);
    expect(node.status()).toMatchObject({ phase: 'Running', podIP: '10.200.0.2', hostIP: '10.240.0.20' });
    expect(condition('Ready')).toBe('True');
    expect(node.state()).toMatchObject({ ready: true, started: true, restartCount: 0 });
  });

  it('runs what kubectl debug adds beside its containers, and shows how that fares', async () => {
    const pod = makePod({ restartPolicy: 'Never' });
    await node.apply(pod);
    const ephemeralContainers = [container('debugger')];
    await node.apply({ ...pod, spec: { ...pod.spec!, ephemeralContainers } });
    expect(node.runtime.running().sort()).toEqual(['debugger', 'main']);
    await node.exit('debugger', 1);
    expect(node.status()).toMatchObject({
      phase: 'Running',
      ephemeralContainerStatuses: [
        { name: 'debugger', ready: false, restartCount: 0, state: { terminated: { exitCode: 1 } } },
      ],
    });
    expect(condition('Ready')).toBe('True');
  });

  it.each([
    [{ runAsNonRoot: true }, 'container has runAsNonRoot and image will run as root'],
    [{ runAsNonRoot: true, runAsUser: 0 }, "container's runAsUser breaks non-root policy"],
  ])('does not run as root with %j', async (securityContext, reason) => {
    await node.apply(makePod({ securityContext }));
    expect(node.state()?.state).toEqual({
      waiting: {
        reason: 'CreateContainerConfigError',
        message: `${reason} (pod: "web_default(uid-1)", container: main)`,
      },
    });
  });

  it('tells which wishes of a security context have no effect', async () => {
    const securityContext = { runAsUser: 1000, runAsNonRoot: true, fsGroup: 0, privileged: false };
    const own = { capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true };
    await node.apply(makePod({ securityContext, containers: [container('main', { securityContext: own })] }));
    expect(node.runtime.running()).toEqual(['main']);
    expect(node.events).toContain(
      'SecurityContextIgnored: processes of this lab are not confined, so these have no effect: securityContext.{capabilities, runAsUser}',
    );
  });

  it('waits while an image name is none', async () => {
    await node.apply(makePod({ containers: [container('main', { image: 'K8S//Bad' })] }));
    expect(node.runtime.count('pullImage')).toBe(0);
    expect(node.state()?.state?.waiting).toEqual({
      reason: 'InvalidImageName',
      message:
        'Failed to apply default image tag "K8S//Bad": couldn\'t parse image name "K8S//Bad": invalid reference format: repository name (/Bad) must be lowercase',
    });
  });

  it('waits while the node has no network for it, and says why', async () => {
    node.networkProblem = 'cni plugin not initialized';
    await node.apply(makePod());
    expect(node.runtime.count('runPodSandbox')).toBe(0);
    expect(node.events).toEqual(['NetworkNotReady: network is not ready: cni plugin not initialized']);
    node.networkProblem = undefined;
    await node.advance(2);
    expect(node.runtime.running()).toEqual(['main']);
  });

  it('waits for its volumes', async () => {
    await node.apply(makePod({ volumes: [{ name: 'conf', configMap: { name: 'conf' } }] }));
    expect(node.events).toEqual([
      'FailedMount: MountVolume.SetUp failed for volume "conf" : configmap "conf" not found',
    ]);
    expect(node.state()?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(node.status().phase).toBe('Pending');
  });

  it('runs its init containers in turn', async () => {
    await node.apply(makePod({ initContainers: [container('one'), container('two')] }));
    expect(node.runtime.running()).toEqual(['one']);
    expect(node.state()?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    await node.exit('one', 0);
    expect(node.runtime.running()).toEqual(['two']);
    expect(condition('Initialized')).toBe('False');
    await node.exit('two', 0);
    expect(node.runtime.running()).toEqual(['main']);
    expect(condition('Initialized')).toBe('True');
  });

  it('is Succeeded when its work is done, and its sandbox goes', async () => {
    await node.apply(makePod({ restartPolicy: 'Never' }));
    await node.exit('main', 0);
    expect(node.status().phase).toBe('Succeeded');
    expect(node.state()?.state).toMatchObject({ terminated: { exitCode: 0, reason: 'Completed' } });
    expect([...node.runtime.sandboxes.values()].map(({ state }) => state)).toEqual([1]);
    // The container stays, for its log.
    expect(node.runtime.containers.size).toBe(1);
  });

  it('is Failed after activeDeadlineSeconds', async () => {
    await node.apply(makePod({ activeDeadlineSeconds: 60, terminationGracePeriodSeconds: 1 }));
    await node.advance(59);
    expect(node.status().phase).toBe('Running');
    await node.advance(2);
    expect(node.status()).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    expect(node.runtime.running()).toEqual([]);
  });
});

describe('a container that crashes', () => {
  it('is restarted at once, then after ten seconds, then after twenty, and shows CrashLoopBackOff', async () => {
    await node.apply(makePod());
    await node.exit('main', 1);
    expect(node.runtime.running()).toEqual(['main']);
    expect(node.state()).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });

    await node.exit('main', 1);
    expect(node.runtime.running()).toEqual([]);
    expect(node.state()).toMatchObject({
      ready: false,
      state: {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: 'back-off 10s restarting failed container=main pod=web_default(uid-1)',
        },
      },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    expect(node.events.at(-1)).toBe(
      'BackOff: Back-off restarting failed container main in pod web_default(uid-1)',
    );
    await node.advance(9);
    expect(node.runtime.running()).toEqual([]);
    await node.advance(1);
    expect(node.runtime.running()).toEqual(['main']);
    expect(node.state()).toMatchObject({ ready: true, restartCount: 2 });

    await node.exit('main', 1);
    await node.advance(19);
    expect(node.runtime.running()).toEqual([]);
    await node.advance(1);
    expect(node.state()?.restartCount).toBe(3);
  });

  it('leaves its last run behind, and no more', async () => {
    await node.apply(makePod());
    for (let round = 0; round < 4; round++) {
      await node.exit('main', 1);
      await node.advance(300);
    }
    expect(node.runtime.containers.size).toBe(2);
  });

  it('is killed when its liveness probe fails, and started again', async () => {
    node.runtime.exec = () => ({ exitCode: 1, stdout: 'no answer' });
    const livenessProbe = { exec: { command: ['check'] }, periodSeconds: 5, failureThreshold: 3 };
    await node.apply(makePod({ containers: [container('main', { livenessProbe })] }));
    await node.advance(9);
    expect(node.runtime.count('stopContainer')).toBe(0);
    await node.advance(1);
    expect(node.events).toContain('Unhealthy: Liveness probe failed: no answer');
    expect(node.events).toContain('Killing: Container main failed liveness probe, will be restarted');
    expect(node.state()?.restartCount).toBe(1);
  });

  it('is not ready while its readiness probe fails, and is left alone', async () => {
    let exitCode = 1;
    node.runtime.exec = () => ({ exitCode });
    const readinessProbe = { exec: { command: ['check'] }, periodSeconds: 2 };
    await node.apply(makePod({ containers: [container('main', { readinessProbe })] }));
    expect(condition('Ready')).toBe('False');
    exitCode = 0;
    await node.advance(2);
    expect(condition('Ready')).toBe('True');
    exitCode = 1;
    await node.advance(6);
    expect(condition('Ready')).toBe('False');
    expect(node.state()?.restartCount).toBe(0);
  });
});

describe('an image that is not there', () => {
  const pod = makePod({ containers: [container('main', { image: 'nginx' })] });

  it('shows ErrImagePull with what the runtime advises, then ImagePullBackOff, and is asked for more and more seldom', async () => {
    await node.apply(pod);
    expect(node.state()?.state?.waiting).toEqual({
      reason: 'ErrImagePull',
      message:
        'rpc error: code = NotFound desc = failed to resolve reference "nginx": the lab has k8s-lab/web',
    });
    expect(node.events).toContain('Failed: Error: ErrImagePull');
    await node.advance(2);
    expect(node.state()?.state?.waiting).toMatchObject({ reason: 'ImagePullBackOff' });
    expect(node.state()?.state?.waiting?.message).toContain('the lab has k8s-lab/web');
    await node.advance(27);
    expect(node.runtime.count('pullImage')).toBe(2);
    await node.advance(571);
    // After 10, 30, 70, 150 and 310 seconds.
    expect(node.runtime.count('pullImage')).toBe(6);
    expect(node.status().phase).toBe('Pending');
  });

  it('starts once the image is there', async () => {
    await node.apply(pod);
    node.runtime.images.add('nginx');
    await node.advance(12);
    expect(node.runtime.running()).toEqual(['main']);
  });

  it('with Never is not pulled at all', async () => {
    await node.apply(makePod({ containers: [container('main', { imagePullPolicy: 'Never' })] }));
    expect(node.runtime.count('pullImage')).toBe(0);
    expect(node.state()?.state?.waiting).toEqual({
      reason: 'ErrImageNeverPull',
      message: 'Container image "k8s-lab/web:1" is not present with pull policy of Never',
    });
  });
});

describe('the end of a pod', () => {
  const pod = makePod({ terminationGracePeriodSeconds: 30 });

  it('gives the containers their grace period, then removes every trace', async () => {
    node.runtime.stopTakesMs = 5000;
    await node.apply(pod);
    const { volumes, podLogRoot } = node.environment;
    expect(existsSync(volumes.podFolder('uid-1'))).toBe(true);
    await node.delete('web', 30);
    expect(node.events.at(-1)).toBe('Killing: Stopping container main');
    expect(node.stored.has('web')).toBe(true);
    await node.advance(5);
    expect(node.stored.has('web')).toBe(false);
    expect(node.runtime.containers.size + node.runtime.sandboxes.size).toBe(0);
    expect(existsSync(volumes.podFolder('uid-1'))).toBe(false);
    expect(readdirSync(podLogRoot)).toEqual([]);
    expect(readdirSync(join(podLogRoot, '../containers'))).toEqual([]);
    expect(node.workers.list()).toEqual([]);
  });

  it('comes by force when the grace period is over', async () => {
    node.runtime.stopTakesMs = 3_600_000;
    await node.apply(pod);
    const { id } = node.runtime.named('main');
    await node.delete('web', 10);
    await node.advance(9);
    expect(node.runtime.running()).toEqual(['main']);
    await node.advance(1);
    expect(node.runtime.containers.has(id)).toBe(false);
    expect(node.stored.has('web')).toBe(false);
  });

  it('comes sooner when somebody loses patience', async () => {
    node.runtime.stopTakesMs = 3_600_000;
    await node.apply(pod);
    await node.delete('web', 30);
    await node.advance(3);
    await node.delete('web', 1);
    await node.advance(1);
    expect(node.runtime.running()).toEqual([]);
    expect(node.stored.has('web')).toBe(false);
  });

  it('asks preStop first, within the grace period', async () => {
    const lifecycle = { preStop: { exec: { command: ['drain'] } } };
    await node.apply(makePod({ containers: [container('main', { lifecycle })] }));
    await node.delete('web', 30);
    const names = node.runtime.calls.map(({ name }) => name);
    expect(names.indexOf('execSync')).toBeGreaterThan(0);
    expect(names.indexOf('execSync')).toBeLessThan(names.indexOf('stopContainer'));
  });

  it('of one that the API forgot while nobody looked: its remains go, others stay', async () => {
    await node.apply(pod);
    await node.runtime.client.runPodSandbox({
      config: {
        metadata: { name: 'old', namespace: 'default', uid: 'uid-old', attempt: 0 },
        labels: { 'io.kubernetes.pod.uid': 'uid-old' },
      },
    });
    await node.workers.removeOrphans();
    expect([...node.runtime.sandboxes.values()].map(({ metadata }) => metadata.name)).toEqual(['web']);
  });

  it('is one pod’s alone: a namesake with another uid begins anew', async () => {
    await node.apply(pod);
    await node.delete('web', 0);
    await node.apply(makePod({}, { uid: 'uid-2' }));
    expect(node.runtime.running()).toEqual(['main']);
    expect(node.workers.list().map(({ metadata }) => metadata.uid)).toEqual(['uid-2']);
  });
});

describe('a kubelet that starts again', () => {
  it('finds its containers and lets them run', async () => {
    await node.apply(makePod());
    const before = node.runtime.named('main').id;
    const again = node.workers;
    again.close();
    const next = new TestNode();
    try {
      for (const [id, one] of node.runtime.sandboxes) next.runtime.sandboxes.set(id, one);
      for (const [id, one] of node.runtime.containers) next.runtime.containers.set(id, one);
      await next.apply(node.stored.get('web')!);
      expect(next.runtime.named('main').id).toBe(before);
      expect(next.runtime.count('createContainer')).toBe(0);
      expect(next.state()).toMatchObject({ ready: true, restartCount: 0 });
    } finally {
      next.close();
    }
  });

  it('does not begin the count of restarts anew when the runtime forgot', async () => {
    const status = {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'main',
          containerID: 'containerd://gone',
          restartCount: 4,
          image: '',
          imageID: '',
          ready: true,
        },
      ],
    };
    await node.apply({ ...makePod(), status });
    expect(node.state()).toMatchObject({ restartCount: 5, ready: true });
  });
});
