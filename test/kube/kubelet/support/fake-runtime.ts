import { ContainerState, type CriClient, PodSandboxState } from '../../../../src/kube/cri/index.ts';
import { labels } from '../../../../src/kube/kubelet/runtime/pod-runtime-status.ts';
import { type Clock, sleep } from '../../../../src/lib/clock.ts';
import { GrpcCode, GrpcError } from '../../../../src/lib/grpc/status.ts';

interface Sandbox {
  readonly id: string;
  state: number;
  readonly createdAt: number;
  readonly metadata: { name: string; uid: string; namespace: string; attempt: number };
  readonly network: { ip: string; additionalIps: never[] };
  readonly labels: Record<string, string>;
}

interface FakeContainer {
  readonly id: string;
  readonly podSandboxId: string;
  readonly config: Record<string, never> & { readonly envs: { key: string; value: Buffer }[] };
  state: number;
  readonly createdAt: number;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  logPath: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

type Call = { readonly name: string; readonly request: Record<string, unknown> };

const nanoseconds = (milliseconds: number) => milliseconds * 1e6;
const missing = (what: string) => new GrpcError(GrpcCode.NotFound, `${what} not found`);

/**
 * A container runtime in memory, as a CRI client sees it. Containers run until {@link exit} or a stop, to which they
 * answer after `stopTakesMs` (or when their grace period is over). Images that are not in `images` cannot be pulled.
 */
export class FakeRuntime {
  readonly calls: Call[] = [];
  readonly sandboxes = new Map<string, Sandbox>();
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Set(['k8s-lab/web:1', 'k8s-lab/toolbox']);
  readonly present = new Set<string>();
  stopTakesMs = 0;
  /** What an exec answers, by its command line. */
  exec: (command: string, containerId: string) => { exitCode: number; stdout?: string } = () => ({
    exitCode: 0,
  });
  /** Calls that fail, by name. */
  readonly failures = new Map<string, Error>();
  readonly #clock: Clock;
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get client(): CriClient {
    const answers = this.#answers();
    return new Proxy({} as CriClient, {
      get: (_target, key) => async (request: Record<string, unknown>) => {
        const name = String(key);
        this.calls.push({ name, request });
        const failure = this.failures.get(name);
        if (failure !== undefined) throw failure;
        const answer = answers[name];
        if (answer === undefined) throw new GrpcError(GrpcCode.Unimplemented, `unknown method ${name}`);
        return answer(request as never);
      },
    });
  }

  count(name: string): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  /** The newest container of that name. */
  named(name: string): FakeContainer {
    const found = [...this.containers.values()]
      .filter((one) => one.labels[labels.containerName] === name)
      .at(-1);
    if (found === undefined) throw new Error(`no container ${name} was made`);
    return found;
  }

  /** Names of the containers that run. */
  running(): string[] {
    return [...this.containers.values()]
      .filter(({ state }) => state === ContainerState.RUNNING)
      .map((one) => one.labels[labels.containerName]!);
  }

  exit(name: string, exitCode: number): void {
    this.#ended(this.named(name), exitCode);
  }

  #ended(container: FakeContainer, exitCode: number): void {
    if (container.state !== ContainerState.RUNNING) return;
    container.state = ContainerState.EXITED;
    container.exitCode = exitCode;
    container.finishedAt = this.#clock.now();
  }

  #container(id: string): FakeContainer {
    const found = this.containers.get(id);
    if (found === undefined) throw missing(`container ${id}`);
    return found;
  }

  #answers(): Record<string, (request: never) => unknown> {
    const bySelector = (
      item: { readonly labels: Record<string, string> },
      filter?: { labelSelector?: Record<string, string> },
    ) => Object.entries(filter?.labelSelector ?? {}).every(([key, value]) => item.labels[key] === value);
    return {
      version: () => ({ runtimeName: 'containerd', runtimeVersion: '2.0.0' }),
      status: () => ({
        status: { conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true })) },
      }),
      listImages: () => ({ images: [] }),
      listPodSandbox: ({ filter }: { filter?: { labelSelector?: Record<string, string> } }) => ({
        items: [...this.sandboxes.values()].filter((one) => bySelector(one, filter)),
      }),
      listContainers: ({ filter }: { filter?: { labelSelector?: Record<string, string> } }) => ({
        containers: [...this.containers.values()].filter((one) => bySelector(one, filter)),
      }),
      podSandboxStatus: ({ podSandboxId }: { podSandboxId: string }) => {
        const found = this.sandboxes.get(podSandboxId);
        if (found === undefined) throw missing(`sandbox ${podSandboxId}`);
        return { status: { ...found, createdAt: nanoseconds(found.createdAt) } };
      },
      containerStatus: ({ containerId }: { containerId: string }) => {
        const found = this.#container(containerId);
        return {
          status: {
            ...found,
            metadata: undefined,
            image: { image: 'k8s-lab/web:1', userSpecifiedImage: '' },
            imageRef: 'sha256:1',
            imageId: 'sha256:1',
            reason: '',
            message: '',
            createdAt: nanoseconds(found.createdAt),
            startedAt: nanoseconds(found.startedAt),
            finishedAt: nanoseconds(found.finishedAt),
          },
        };
      },
      runPodSandbox: ({ config }: { config: Pick<Sandbox, 'metadata' | 'labels'> }) => {
        const id = `sandbox-${this.#next++}`;
        this.sandboxes.set(id, {
          id,
          state: PodSandboxState.READY,
          createdAt: this.#clock.now() + this.#next,
          metadata: config.metadata,
          labels: config.labels,
          network: { ip: `10.200.0.${this.#next + 1}`, additionalIps: [] },
        });
        return { podSandboxId: id };
      },
      imageStatus: ({ image }: { image: { image: string } }) => ({
        image: this.present.has(image.image) ? { id: `sha256:${image.image}`, size: 1 } : undefined,
      }),
      pullImage: ({ image: { image } }: { image: { image: string } }) => {
        if (!this.images.has(image)) {
          throw new GrpcError(
            GrpcCode.NotFound,
            `failed to resolve reference "${image}": the lab has k8s-lab/web`,
          );
        }
        this.present.add(image);
        return { imageRef: `sha256:${image}` };
      },
      createContainer: ({
        podSandboxId,
        config,
      }: {
        podSandboxId: string;
        config: FakeContainer['config'] & Pick<FakeContainer, 'labels' | 'annotations'>;
      }) => {
        const id = `container-${this.#next++}`;
        this.containers.set(id, {
          id,
          podSandboxId,
          config,
          labels: config.labels,
          annotations: config.annotations,
          state: ContainerState.CREATED,
          createdAt: this.#clock.now() + this.#next,
          startedAt: 0,
          finishedAt: 0,
          exitCode: 0,
          logPath: '',
        });
        return { containerId: id };
      },
      startContainer: ({ containerId }: { containerId: string }) => {
        const found = this.#container(containerId);
        found.state = ContainerState.RUNNING;
        found.startedAt = this.#clock.now();
        return {};
      },
      stopContainer: async ({ containerId, timeout }: { containerId: string; timeout: number }) => {
        const found = this.#container(containerId);
        const grace = timeout * 1000;
        await sleep(this.#clock, Math.min(grace, this.stopTakesMs));
        this.#ended(found, grace < this.stopTakesMs ? 137 : 0);
        return {};
      },
      removeContainer: ({ containerId }: { containerId: string }) => {
        this.containers.delete(this.#container(containerId).id);
        return {};
      },
      stopPodSandbox: ({ podSandboxId }: { podSandboxId: string }) => {
        const found = this.sandboxes.get(podSandboxId);
        if (found !== undefined) found.state = PodSandboxState.NOTREADY;
        return {};
      },
      removePodSandbox: ({ podSandboxId }: { podSandboxId: string }) => {
        this.sandboxes.delete(podSandboxId);
        return {};
      },
      execSync: ({ cmd, containerId }: { cmd: string[]; containerId: string }) => {
        const { exitCode, stdout = '' } = this.exec(cmd.join(' '), containerId);
        return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.alloc(0) };
      },
    };
  }
}
