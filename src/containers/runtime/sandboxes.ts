import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CriRequest, PodSandboxState } from '../../kube/cri/index.ts';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import type { RuntimeContext } from './context.ts';
import { isHostNetwork, matchesLabels, type SandboxRecord } from './records.ts';
import { writeSandboxFiles } from './sandbox-files.ts';

/**
 * Pod sandboxes. On a node with namespaces of its own a sandbox is a pause process that holds them; here a namespace is
 * an entry in usernet's state, which needs no process to stay, so a sandbox is a record and its network.
 */
export class Sandboxes {
  readonly #context: RuntimeContext;

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /** Throws GrpcError: Unknown with the CNI's reason when there is no network. */
  run({ config, runtimeHandler }: CriRequest<'runPodSandbox'>): string {
    const { sandboxes, network, machine, cni, now, handlers } = this.#context;
    if (config?.metadata === undefined) {
      throw new GrpcError(GrpcCode.InvalidArgument, 'sandbox config must include metadata');
    }
    if (!handlers.includes(runtimeHandler) && runtimeHandler !== '') {
      throw new GrpcError(
        GrpcCode.Unknown,
        `failed to get sandbox runtime: no runtime for ${JSON.stringify(runtimeHandler)} is configured`,
      );
    }
    const { name, namespace, uid, attempt } = config.metadata;
    const same = sandboxes.all().find(({ config: { metadata } }) => {
      const other = metadata;
      return (
        other !== undefined &&
        other.name === name &&
        other.namespace === namespace &&
        other.uid === uid &&
        other.attempt === attempt
      );
    });
    if (same !== undefined) {
      const full = [name, namespace, uid, attempt].join('_');
      throw new GrpcError(
        GrpcCode.Unknown,
        `failed to reserve sandbox name ${JSON.stringify(full)}: name ${JSON.stringify(full)} is reserved for ${JSON.stringify(same.id)}`,
      );
    }

    const id = randomBytes(32).toString('hex');
    const hostNetwork = isHostNetwork(config);
    const record: SandboxRecord = {
      id,
      config,
      runtimeHandler,
      createdAt: Number(now()),
      ready: false,
      namespace: hostNetwork ? machine : `pod-${id.slice(0, 13)}`,
      hostNetwork,
      ip: '',
    };
    writeSandboxFiles(join(this.#context.stateDir, 'sandboxes', id), config, machine);
    // On disk before there is anything to clean up: a runtime that dies in between knows what to take back.
    sandboxes.put(record);
    if (hostNetwork) {
      sandboxes.put({ ...record, ready: true });
      return id;
    }
    try {
      network.createNamespace(record.namespace, { machine });
      const result = cni.setup(id, netnsPath(record));
      const ip = result.ips?.[0]?.address.split('/')[0] ?? '';
      if (ip === '') throw new Error('failed to find network info for sandbox');
      sandboxes.put({ ...record, ip, ready: true });
      return id;
    } catch (error) {
      this.#teardown(record);
      sandboxes.remove(id);
      const reason = error instanceof LabError ? error.toString() : errorMessage(error);
      throw new GrpcError(
        GrpcCode.Unknown,
        `failed to setup network for sandbox ${JSON.stringify(id)}: ${reason}`,
        { cause: error },
      );
    }
  }

  /** Stops its containers and takes its network back. No error when there is no such sandbox. */
  async stop(id: string): Promise<void> {
    const record = this.#context.sandboxes.find(id);
    if (record === undefined) return;
    await this.#context.stopContainersOf(record.id);
    this.#context.sandboxes.change(record.id, { ready: false });
    this.#teardown(record);
  }

  /** Removes it with its containers. No error when there is no such sandbox. */
  async remove(id: string): Promise<void> {
    const record = this.#context.sandboxes.find(id);
    if (record === undefined) return;
    if (record.ready) await this.stop(record.id);
    await this.#context.removeContainersOf(record.id);
    rmSync(join(this.#context.stateDir, 'sandboxes', record.id), { recursive: true, force: true });
    this.#context.sandboxes.remove(record.id);
  }

  list({ filter }: CriRequest<'listPodSandbox'>): SandboxRecord[] {
    return this.#context.sandboxes
      .all()
      .filter(
        (record) =>
          (!filter?.id || record.id.startsWith(filter.id)) &&
          (filter?.state === undefined || (filter.state.state === PodSandboxState.READY) === record.ready) &&
          matchesLabels(record.config.labels, filter?.labelSelector),
      );
  }

  /**
   * After a start of the runtime: a sandbox whose namespace is gone (the machine was switched off) is not ready, and
   * one that was never finished is taken back.
   */
  recover(): void {
    const { sandboxes, network } = this.#context;
    for (const record of sandboxes.all()) {
      if (record.hostNetwork) continue;
      const addresses = network.namespace(record.namespace)?.addresses ?? [];
      if (record.ready && addresses.some(({ address }) => address === record.ip)) continue;
      sandboxes.change(record.id, { ready: false });
      this.#teardown(record);
    }
  }

  #teardown(record: SandboxRecord): void {
    if (record.hostNetwork) return;
    const { cni, network, log } = this.#context;
    try {
      cni.remove(record.id, netnsPath(record));
    } catch (error) {
      log.error('failed to destroy network for sandbox', { sandbox: record.id, error: errorMessage(error) });
    }
    network.removeNamespace(record.namespace);
  }
}

const netnsPath = (record: SandboxRecord) => `/run/netns/${record.namespace}`;
