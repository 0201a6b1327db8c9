import { isDeepStrictEqual } from 'node:util';
import { type Clock, sleep } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import { apiMicroTime, apiTime } from '../../api/time.ts';
import type { Lease } from '../../api/types/coordination-v1.ts';
import type { Node } from '../../api/types/core-v1.ts';
import {
  isAlreadyExists,
  isConflict,
  isNotFound,
  ResourceClient,
  type RestClient,
} from '../../client/index.ts';
import type { CriClient } from '../../cri/index.ts';
import { type RuntimeHealth, readRuntimeHealth } from '../runtime/container-runtime.ts';
import type { MachineFacts } from './machine-facts.ts';
import { initialNode, type NodeSettings, nodeLabels, nodeStatus, withoutHeartbeats } from './node-object.ts';

export interface NodeManagerOptions {
  readonly rest: RestClient;
  readonly cri: CriClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: NodeSettings;
  readonly facts: MachineFacts;
  readonly registerNode: boolean;
  readonly statusUpdateMs: number;
  readonly statusReportMs: number;
  readonly leaseDurationSeconds: number;
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** The runtime or the network of pods came or went. */
  readonly onHealth: (health: RuntimeHealth) => void;
}

/** While the node is not ready yet, its runtime is asked more often, so that it gets ready soon. */
const impatientMs = 500;
const maximumRetryMs = 7000;
const healthPeriodMs = 5000;

/** Registers the node, and tells the API server how it fares: a status when something changed, a lease between. */
export class NodeManager {
  readonly #options: NodeManagerOptions;
  readonly #nodes: ResourceClient<Node>;
  readonly #leases: ResourceClient<Lease>;
  #health: RuntimeHealth = {
    runtime: 'container runtime status check may not have completed yet',
    network: undefined,
  };
  #node: Node | undefined;
  #lease: Lease | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => {};
  #registered = false;

  constructor(options: NodeManagerOptions) {
    this.#options = options;
    this.#nodes = new ResourceClient(options.rest, { group: '', version: 'v1', resource: 'nodes' });
    this.#leases = new ResourceClient<Lease>(
      options.rest,
      { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' },
      'kube-node-lease',
    );
  }

  get health(): RuntimeHealth {
    return this.#health;
  }

  /** Until the signal aborts; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watchRuntime(signal), this.#reportLoop(signal)]);
  }

  async #watchRuntime(signal: AbortSignal): Promise<void> {
    const { cri, clock, logger, onHealth } = this.#options;
    while (!signal.aborted) {
      const health = await readRuntimeHealth(cri);
      if (signal.aborted) return;
      if (!isDeepStrictEqual(health, this.#health)) {
        this.#health = health;
        const problem = health.runtime ?? health.network;
        if (problem !== undefined) logger.error('Container runtime network not ready', { problem });
        onHealth(health);
        this.#wake();
      }
      const ready = health.runtime === undefined && health.network === undefined;
      await sleep(clock, ready ? healthPeriodMs : impatientMs, signal);
    }
  }

  async #reportLoop(signal: AbortSignal): Promise<void> {
    const { clock, logger, statusUpdateMs, settings, registerNode } = this.#options;
    let retryMs = 200;
    while (!signal.aborted) {
      try {
        if (!this.#registered && registerNode) await this.#register();
        this.#registered = true;
        await this.#updateStatus();
        await this.#renewLease();
        retryMs = 200;
        await this.#waitForNews(statusUpdateMs, signal);
      } catch (error) {
        const what = this.#registered
          ? 'Error updating node status, will retry'
          : 'Unable to register node with API server';
        logger.error(what, { node: settings.name, err: errorMessage(error) });
        if (isNotFound(error)) this.#registered = false;
        await sleep(clock, retryMs, signal);
        retryMs = Math.min(maximumRetryMs, retryMs * 2);
      }
    }
  }

  async #waitForNews(periodMs: number, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    this.#wake = () => early.abort();
    await sleep(this.#options.clock, periodMs, AbortSignal.any([signal, early.signal]));
    this.#wake = () => {};
  }

  async #register(): Promise<void> {
    const { settings, facts, logger } = this.#options;
    logger.info('Attempting to register node', { node: settings.name });
    const status = await this.#status(undefined);
    try {
      this.#node = await this.#nodes.create(initialNode(settings, facts, status));
      this.#reportedAt = this.#options.clock.now();
      this.#tellReady(undefined, status);
      logger.info('Successfully registered node', { node: settings.name });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.#reconcileLabels();
      logger.info('Node was previously registered', { node: settings.name });
    }
  }

  /** A node of an earlier life keeps what others gave it; what kubelet says about it is put right. */
  async #reconcileLabels(): Promise<void> {
    const { settings, facts } = this.#options;
    this.#node = await this.#nodes.get(settings.name);
    const wanted = nodeLabels(settings, facts);
    const have = this.#node.metadata.labels ?? {};
    const changed = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => have[key] !== value));
    if (Object.keys(changed).length > 0)
      this.#node = await this.#nodes.patch(settings.name, { metadata: { labels: changed } }, 'merge');
  }

  async #status(previous: Node | undefined) {
    const { settings, facts, cri, clock } = this.#options;
    const runtime = await cri.version({}, { timeoutMs: 5000 }).catch(() => undefined);
    const images = await cri.listImages({}, { timeoutMs: 5000 }).catch(() => undefined);
    return nodeStatus({
      settings,
      facts,
      health: this.#health,
      runtimeVersion:
        runtime === undefined
          ? (previous?.status?.nodeInfo?.containerRuntimeVersion ?? '')
          : `${runtime.runtimeName}://${runtime.runtimeVersion}`,
      images: (images?.images ?? []).map(({ repoDigests, repoTags, size }) => ({
        names: [...repoDigests, ...repoTags],
        sizeBytes: size,
      })),
      previous: previous?.status,
      now: apiTime(clock.now()),
    });
  }

  async #updateStatus(): Promise<void> {
    const { settings, clock, statusReportMs } = this.#options;
    const node = this.#node ?? (await this.#nodes.get(settings.name));
    const status = await this.#status(node);
    const same = isDeepStrictEqual(withoutHeartbeats(status), withoutHeartbeats(node.status));
    if (same && clock.now() - this.#reportedAt < statusReportMs) return;
    this.#tellReady(node.status, status);
    this.#node = await this.#nodes.patch(settings.name, { status }, 'strategic', 'status');
    this.#reportedAt = clock.now();
  }

  #tellReady(before: Node['status'], now: Node['status']): void {
    const ready = (status: Node['status']) =>
      status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    if (ready(before) === ready(now)) return;
    const reason = ready(now) === 'True' ? 'NodeReady' : 'NodeNotReady';
    this.#options.event('Normal', reason, `Node ${this.#options.settings.name} status is now: ${reason}`);
    this.#options.logger.info('Node status changed', { node: this.#options.settings.name, reason });
  }

  async #renewLease(): Promise<void> {
    const { settings, clock, leaseDurationSeconds } = this.#options;
    const renewTime = apiMicroTime(clock.now());
    const spec = { holderIdentity: settings.name, leaseDurationSeconds, renewTime };
    try {
      if (this.#lease === undefined) this.#lease = await this.#leases.get(settings.name);
      this.#lease = await this.#leases.update({ ...this.#lease, spec: { ...this.#lease.spec, ...spec } });
    } catch (error) {
      this.#lease = undefined;
      if (isConflict(error)) return this.#renewLease();
      if (!isNotFound(error)) throw error;
      const owner = {
        apiVersion: 'v1',
        kind: 'Node',
        name: settings.name,
        uid: this.#node?.metadata.uid ?? '',
      };
      this.#lease = await this.#leases.create({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: settings.name, namespace: 'kube-node-lease', ownerReferences: [owner] },
        spec,
      });
    }
  }
}
