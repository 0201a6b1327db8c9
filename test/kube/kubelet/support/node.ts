import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod, Service } from '../../../../src/kube/api/types/core-v1.ts';
import { ResourceClient } from '../../../../src/kube/client/index.ts';
import { noDns } from '../../../../src/kube/kubelet/network/resolv-conf.ts';
import { KeyedBackoff } from '../../../../src/kube/kubelet/pods/backoff.ts';
import { nameOf } from '../../../../src/kube/kubelet/pods/pod.ts';
import type { PodEnvironment } from '../../../../src/kube/kubelet/pods/pod-environment.ts';
import { PodWorkers } from '../../../../src/kube/kubelet/pods/pod-workers.ts';
import { ProbeManager } from '../../../../src/kube/kubelet/probes/probe-manager.ts';
import { ImagePuller } from '../../../../src/kube/kubelet/runtime/images.ts';
import { StatusManager } from '../../../../src/kube/kubelet/status/status-manager.ts';
import { ObjectCache } from '../../../../src/kube/kubelet/volumes/object-cache.ts';
import { TokenManager } from '../../../../src/kube/kubelet/volumes/service-account-tokens.ts';
import { VolumeManager } from '../../../../src/kube/kubelet/volumes/volume-manager.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import type { Logger } from '../../../../src/lib/log.ts';
import { FakeRest, notFound } from './fake-rest.ts';
import { FakeRuntime } from './fake-runtime.ts';

export const silentLogger = new Proxy({}, { get: () => () => {} }) as Logger;

/** The pod half of a kubelet on a runtime, an API server and a clock that are only pretended; files are real. */
export class TestNode {
  readonly clock = new FakeClock();
  readonly runtime = new FakeRuntime(this.clock);
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'kubelet-')));
  /** `REASON: message`, oldest first. */
  readonly events: string[] = [];
  /** Pods as the API server has them, by name. */
  readonly stored = new Map<string, Pod>();
  readonly rest = new FakeRest((request) => this.#answer(request.method, request.path, request.body));
  readonly environment: PodEnvironment;
  readonly workers: PodWorkers;
  networkProblem: string | undefined;

  constructor() {
    const { clock, folder } = this;
    const cri = this.runtime.client;
    const rest = this.rest.client;
    const pods = new ResourceClient<Pod>(rest, { group: '', version: 'v1', resource: 'pods' });
    const probes = new ProbeManager({
      cri,
      clock,
      random: () => 0,
      event: (_pod, _container, _type, reason, message) => void this.events.push(`${reason}: ${message}`),
      onResult: (uid) => this.workers.poke(uid),
    });
    this.environment = {
      cri,
      clock,
      probes,
      logger: silentLogger,
      hostIP: '10.240.0.20',
      nodeHostname: 'worker-0',
      podLogRoot: join(folder, 'log/pods'),
      containerLogRoot: join(folder, 'log/containers'),
      dns: () => ({ clusterDNS: ['10.32.0.10'], clusterDomain: 'cluster.local', node: noDns }),
      nodeHosts: () => '127.0.0.1 localhost\n',
      services: (): readonly Service[] => [],
      allocatable: { cpu: '2', memory: '1Gi' },
      volumes: new VolumeManager({ rootDir: join(folder, 'kubelet'), rest, clock }),
      objects: new ObjectCache(rest, clock),
      tokens: new TokenManager(rest, clock),
      images: new ImagePuller({ cri, clock, backoff: new KeyedBackoff(clock) }),
      restarts: new KeyedBackoff(clock),
      event: (_pod, _type, reason, message) => void this.events.push(`${reason}: ${message}`),
    };
    this.workers = new PodWorkers({
      environment: this.environment,
      statuses: new StatusManager({ pods, clock, logger: silentLogger }),
      pods,
      networkProblem: () => this.networkProblem,
    });
  }

  /** Stores the pod in the API and has the kubelet see it. */
  async apply(pod: Pod): Promise<void> {
    const before = this.stored.get(nameOf(pod));
    this.stored.set(nameOf(pod), { ...pod, status: pod.status ?? before?.status ?? {} });
    this.workers.update(this.stored.get(nameOf(pod))!);
    await this.settle();
  }

  /** Asks for the end of a pod, as DELETE does. */
  async delete(name: string, graceSeconds: number): Promise<void> {
    const pod = this.stored.get(name)!;
    await this.apply({
      ...pod,
      metadata: {
        ...pod.metadata,
        deletionTimestamp: new Date(this.clock.now()).toISOString(),
        deletionGracePeriodSeconds: graceSeconds,
      },
    });
  }

  /** The container ends by itself, and the runtime tells the kubelet. */
  async exit(container: string, exitCode: number): Promise<void> {
    this.runtime.exit(container, exitCode);
    this.workers.pokeAll();
    await this.settle();
  }

  /** Until nothing moves any more: no file is being read or written, and no promise that could go on waits for its turn. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; ) {
      await this.clock.advance(0);
      const files = process.getActiveResourcesInfo().some((resource) => /^(FSReq|CloseReq)/.test(resource));
      quiet = files ? 0 : quiet + 1;
    }
  }

  /** A second at a time, so that work with files is done before the clock goes on. */
  async advance(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.clock.advance(1000);
      await this.settle();
    }
  }

  status(name = 'web') {
    return this.stored.get(name)?.status ?? {};
  }

  state(container = 'main', name = 'web') {
    const { containerStatuses = [], initContainerStatuses = [] } = this.status(name);
    return [...containerStatuses, ...initContainerStatuses].find((one) => one.name === container);
  }

  close(): void {
    this.workers.close();
    this.environment.probes.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #answer(method: string, path: string, body: unknown): unknown {
    const name = /^\/api\/v1\/namespaces\/default\/pods\/([^/]+)/.exec(path)?.[1];
    const pod = name === undefined ? undefined : this.stored.get(name);
    if (pod === undefined) return notFound();
    if (method === 'DELETE') {
      this.stored.delete(name!);
      this.workers.remove(pod);
    } else if (method === 'PATCH') {
      const { status } = body as { status: Record<string, unknown> };
      this.stored.set(name!, { ...pod, status: { ...pod.status, ...status } as NonNullable<Pod['status']> });
    }
    return this.stored.get(name!) ?? {};
  }
}
