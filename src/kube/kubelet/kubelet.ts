import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Pod, Service } from '../api/types/core-v1.ts';
import { EventRecorder, Informer, ResourceClient, type RestClient } from '../client/index.ts';
import type { CriClient } from '../cri/index.ts';
import type { KubeletConfig } from './config/kubelet-config.ts';
import { rotateLogs } from './logs/rotation.ts';
import { noDns, parseResolvConf } from './network/resolv-conf.ts';
import type { MachineFacts } from './node/machine-facts.ts';
import { NodeManager } from './node/node-manager.ts';
import { type NodeSettings, nodeCapacity } from './node/node-object.ts';
import { KeyedBackoff } from './pods/backoff.ts';
import { containerFieldPath } from './pods/pod.ts';
import type { PodEnvironment } from './pods/pod-environment.ts';
import { PodWorkers } from './pods/pod-workers.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { ImagePuller } from './runtime/images.ts';
import { runPleg } from './runtime/pleg.ts';
import { StatusManager } from './status/status-manager.ts';
import { ObjectCache } from './volumes/object-cache.ts';
import { TokenManager } from './volumes/service-account-tokens.ts';
import { VolumeManager } from './volumes/volume-manager.ts';

export interface KubeletOptions {
  readonly config: KubeletConfig;
  readonly settings: NodeSettings;
  readonly facts: MachineFacts;
  readonly rest: RestClient;
  readonly cri: CriClient;
  readonly rootDir: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly podLogRoot?: string;
  readonly containerLogRoot?: string;
}

const textOf = (path: string) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** How often the length of logs is looked at. */
const logRotationMs = 60_000;

/** The parts of the kubelet, put together. */
export class Kubelet {
  readonly environment: PodEnvironment;
  readonly workers: PodWorkers;
  readonly statuses: StatusManager;
  readonly #node: NodeManager;
  readonly #options: KubeletOptions;
  readonly #podInformer: Informer<Pod>;
  readonly #services: Informer<Service>;
  readonly #recorder: EventRecorder;

  constructor(options: KubeletOptions) {
    const { config, settings, facts, rest, cri, rootDir, logger, clock = systemClock } = options;
    this.#options = options;
    const core = { group: '', version: 'v1' } as const;
    const pods = new ResourceClient<Pod>(rest, { ...core, resource: 'pods' });
    const events = new ResourceClient<object>(rest, { ...core, resource: 'events' });
    this.#podInformer = new Informer(pods, {
      fieldSelector: `spec.nodeName=${settings.name}`,
      clock,
      logger,
    });
    this.#services = new Informer(new ResourceClient<Service>(rest, { ...core, resource: 'services' }), {
      clock,
      logger,
    });
    this.#recorder = new EventRecorder({ events, component: 'kubelet', host: settings.name, logger, clock });
    this.statuses = new StatusManager({ pods, clock, logger });
    const event: PodEnvironment['event'] = (pod, type, reason, message, container) =>
      this.#recorder.event(
        { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata },
        type,
        reason,
        message,
        container ? containerFieldPath(pod, container) : undefined,
      );
    const probes = new ProbeManager({
      cri,
      clock,
      event: (pod, container, type, reason, message) => event(pod, type, reason, message, container),
      onResult: (uid) => this.workers.poke(uid),
    });
    this.environment = {
      cri,
      clock,
      logger,
      event,
      probes,
      hostIP: settings.address,
      nodeHostname: settings.name,
      podLogRoot: options.podLogRoot ?? '/var/log/pods',
      containerLogRoot: options.containerLogRoot ?? '/var/log/containers',
      // Read for each pod: a change of the node's name servers reaches the pods that start afterwards.
      dns: () => ({
        clusterDNS: config.clusterDNS,
        clusterDomain: config.clusterDomain,
        node: config.resolvConf === '' ? noDns : parseResolvConf(textOf(config.resolvConf)),
      }),
      nodeHosts: () => textOf('/etc/hosts'),
      services: () => this.#services.list(),
      allocatable: nodeCapacity(settings, facts).allocatable,
      volumes: new VolumeManager({ rootDir, rest, clock }),
      objects: new ObjectCache(rest, clock),
      tokens: new TokenManager(rest, clock),
      images: new ImagePuller({ cri, clock, backoff: new KeyedBackoff(clock) }),
      restarts: new KeyedBackoff(clock),
    };
    this.#node = new NodeManager({
      rest,
      cri,
      clock,
      logger,
      settings,
      facts,
      registerNode: config.registerNode,
      statusUpdateMs: config.nodeStatusUpdateMs,
      statusReportMs: config.nodeStatusReportMs,
      leaseDurationSeconds: config.leaseDurationSeconds,
      event: (type, reason, message) => this.#nodeEvent(type, reason, message),
      onHealth: () => this.workers.pokeAll(),
    });
    this.workers = new PodWorkers({
      environment: this.environment,
      statuses: this.statuses,
      pods,
      networkProblem: () => this.#node.health.network,
    });
  }

  /** Until the signal aborts. Containers run on. */
  async run(signal: AbortSignal): Promise<void> {
    const { cri, logger, clock = systemClock } = this.#options;
    this.#nodeEvent('Normal', 'Starting', 'Starting kubelet.');
    const informers = Promise.all([this.#podInformer.run(signal), this.#services.run(signal)]);
    const node = this.#node.run(signal);
    const pleg = runPleg(
      {
        cri,
        clock,
        logger,
        relistMs: this.#options.config.syncFrequencyMs,
        onChange: (uid) => this.workers.poke(uid),
        onRelist: () => this.workers.pokeAll(),
      },
      signal,
    );
    const cancelRotation = clock.every(logRotationMs, () => this.#rotateLogs(clock));
    // Without the services, containers would miss the variables they are found by.
    void this.#startPods(signal);
    await Promise.all([informers, node, pleg]);
    cancelRotation();
    this.workers.close();
    this.environment.probes.close();
  }

  #rotateLogs(clock: Clock): void {
    const { cri, config, logger } = this.#options;
    const limits = { maximumBytes: config.containerLogMaxBytes, maximumFiles: config.containerLogMaxFiles };
    rotateLogs(cri, limits, new Date(clock.now())).catch((error: unknown) =>
      logger.error('Failed to rotate container logs', { err: error }),
    );
  }

  async #startPods(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#services.whenSynced(), this.#podInformer.whenSynced()]);
    if (signal.aborted) return;
    this.#podInformer.addHandlers({
      added: (pod) => this.workers.update(pod),
      updated: (pod, old) => {
        // Our own status coming back is no news.
        if (isNews(pod, old)) this.workers.update(pod);
        else this.statuses.observe(pod);
      },
      deleted: (pod) => this.workers.remove(pod),
    });
    await this.workers
      .removeOrphans()
      .catch((error: unknown) =>
        this.#options.logger.error('Failed to clean up orphaned pods', { err: error }),
      );
  }

  #nodeEvent(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name } = this.#options.settings;
    this.#recorder.event(
      { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } },
      type,
      reason,
      message,
    );
  }

  podFolder(uid: string): string {
    return join(this.#options.rootDir, 'pods', uid);
  }
}

function isNews(pod: Pod, old: Pod): boolean {
  const shape = ({ metadata, spec, status }: Pod) =>
    JSON.stringify([
      metadata.deletionTimestamp,
      metadata.deletionGracePeriodSeconds,
      metadata.labels,
      metadata.annotations,
      spec,
      (spec?.readinessGates ?? []).map(({ conditionType }) =>
        status?.conditions?.find(({ type }) => type === conditionType),
      ),
    ]);
  return shape(pod) !== shape(old);
}
