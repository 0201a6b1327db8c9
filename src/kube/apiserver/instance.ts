import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { KubernetesService, reconcilePeriodMs } from './bootstrap/kubernetes-service.ts';
import { createRepair } from './bootstrap/repair-allocations.ts';
import { createSystemNamespaces } from './bootstrap/system-namespaces.ts';
import { createDiscovery } from './discovery/routes.ts';
import type { ComponentProbe } from './endpoints/component-status.ts';
import { createDispatcher } from './endpoints/dispatch.ts';
import type { Machinery } from './machinery.ts';
import type { Options } from './options.ts';
import { randomNames } from './registry/names.ts';
import { RangeAllocator } from './registry/range-allocator.ts';
import { Registry } from './registry/registry.ts';
import { type ServiceAllocators, serviceStrategy } from './registry/service-strategy.ts';
import { strategyOf } from './registry/strategies.ts';
import type { Security } from './security.ts';
import { ApiServer } from './server/api-server.ts';
import { AuditLog } from './server/audit.ts';
import type { ApiRequest } from './server/exchange.ts';
import type { HealthCheck } from './server/health.ts';
import { HttpServer } from './server/http-server.ts';
import { ServerMetrics } from './server/metrics.ts';
import { createRoutes } from './server/routes.ts';
import { unknownPath } from './status-errors.ts';
import { startCompactor } from './storage/compactor.ts';
import type { EtcdPort } from './storage/etcd-port.ts';
import { createKeySpace } from './storage/keys.ts';
import { KubeletProxy } from './streaming/kubelet-proxy.ts';

export interface InstanceParts {
  readonly options: Options;
  readonly etcd: EtcdPort;
  readonly machinery: Machinery;
  /** Made when the registry is there: authorizers and admission read from it. */
  readonly security: (registry: Registry) => Promise<Security> | Security;
  readonly probes?: readonly ComponentProbe[];
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Instance {
  readonly registry: Registry;
  /** The port that was bound. */
  readonly port: number;
  /** Resolves when etcd is loaded and the first round of bootstrap is done. */
  readonly started: Promise<void>;
  stop(graceMs: number): Promise<void>;
}

const repairPeriodMs = 180_000;
const etcdCheckMs = 2000;

/** Puts one API server together and starts it. Everything that moves is handed in, so tests run it in process. */
export async function startInstance(parts: InstanceParts): Promise<Instance> {
  const { options, etcd, machinery, clock, log } = parts;
  const { flags } = options;
  const keys = createKeySpace(options.etcd.prefix, machinery.resources);
  const allocators = createAllocators(options, etcd, keys.other.bind(keys));
  const services = serviceStrategy(allocators, log);
  const registry = new Registry({
    etcd,
    keys,
    machinery,
    transformerFor: options.transformerFor,
    strategyFor: (resource) =>
      resource.group === '' && resource.plural === 'services' ? services : strategyOf(resource),
    clock,
    log,
    names: randomNames,
    eventTtlSeconds: Math.ceil(flags['event-ttl'] / 1000),
  });
  const security = await parts.security(registry);
  const metrics = new ServerMetrics();
  const audit = options.audit === undefined ? undefined : new AuditLog(options.audit, log);
  const state = { stopping: false, bootstrapped: false };

  const ping: HealthCheck = { name: 'ping', check: () => undefined };
  const etcdCheck: HealthCheck = { name: 'etcd', check: () => checkEtcd(etcd, clock) };
  const readyz: readonly HealthCheck[] = [
    ping,
    etcdCheck,
    { name: 'informer-sync', check: () => (registry.cacher.ready ? undefined : 'not loaded yet') },
    { name: 'poststarthook/bootstrap', check: () => (state.bootstrapped ? undefined : 'not finished') },
    { name: 'shutdown', check: () => (state.stopping ? 'process is shutting down' : undefined) },
  ];

  const proxy = new KubeletProxy({
    registry,
    addressTypes: options.kubelet.addressTypes,
    ...(options.kubelet.cert === undefined ? {} : { cert: options.kubelet.cert }),
    ...(options.kubelet.key === undefined ? {} : { key: options.kubelet.key }),
    ...(options.kubelet.ca === undefined ? {} : { ca: options.kubelet.ca }),
  });
  const { admission, authorizer } = security;
  const context = { registry, machinery, admission, authorizer, clock, metrics };
  const probes = parts.probes ?? [];
  const address = `${options.advertiseAddress}:${options.port}`;
  const server = new ApiServer({
    security,
    anonymousAuth: flags['anonymous-auth'],
    maxRequestsInFlight: flags['max-requests-inflight'],
    maxMutatingRequestsInFlight: flags['max-mutating-requests-inflight'],
    audit,
    metrics,
    clock,
    log,
    handle: createRoutes({
      dispatcher: createDispatcher(context, security, proxy, probes),
      discovery: createDiscovery(machinery, address),
      registry,
      metrics,
      security,
      livez: [ping, etcdCheck],
      readyz,
    }),
    handleUpgrade: (request, socket, head) => upgrade(request, socket, head),
  });

  async function upgrade(request: ApiRequest, socket: Duplex, head: Buffer): Promise<void> {
    const { apiGroup, apiVersion, resource: plural } = request.info;
    const resource = machinery.resources.find(
      (one) => one.group === apiGroup && one.version === apiVersion && one.plural === plural,
    );
    if (resource === undefined || !request.info.isResourceRequest) throw unknownPath();
    await proxy.upgrade(request, resource, socket, head);
  }

  const http = new HttpServer({
    cert: options.tls.cert,
    key: options.tls.key,
    ...(options.clientCa === undefined ? {} : { clientCa: options.clientCa }),
    onRequest: (request, response) => void server.onRequest(request, response),
    onUpgrade: (request, socket, head) => void server.onUpgrade(request, socket, head),
  });
  const { port } = await http.listen(options.bindAddress, options.port);
  log.info('Serving securely', { address: `${options.bindAddress}:${port}` });

  const cancels: Cancel[] = [];
  const kubernetes = new KubernetesService({
    registry,
    allocators,
    advertiseAddress: options.advertiseAddress,
    port,
  });
  const repair = createRepair(registry, allocators);
  /** Tries until it works: etcd may come up later than we do. */
  const persist = async (name: string, work: () => Promise<void>) => {
    while (!state.stopping) {
      try {
        await work();
        return;
      } catch (error) {
        log.warning(`${name} failed, trying again`, { err: errorMessage(error) });
        await new Promise<void>((resolve) => cancels.push(clock.after(500, resolve)));
      }
    }
  };
  const periodically = (name: string, periodMs: number, work: () => Promise<void>) => {
    const run = () =>
      work().catch((error: unknown) => {
        if (!state.stopping) log.warning(`${name} failed`, { err: errorMessage(error) });
      });
    cancels.push(clock.every(periodMs, () => void run()));
  };

  const started = (async () => {
    await registry.cacher.start();
    await persist('repair of the service ranges', repair);
    await persist('creation of the system namespaces', () => createSystemNamespaces(registry));
    await waitForNamespaces(registry, clock);
    await persist('reconciling the kubernetes service', () => kubernetes.reconcile());
    for (const { name, run } of security.postStart ?? []) await persist(name, run);
    state.bootstrapped = true;
    if (state.stopping) return;
    periodically('reconciling the kubernetes service', reconcilePeriodMs, () => kubernetes.reconcile());
    periodically('repair of the service ranges', repairPeriodMs, repair);
    const compaction = flags['etcd-compaction-interval'];
    if (compaction > 0) cancels.push(startCompactor(etcd, clock, log, compaction));
  })();

  return {
    registry,
    port,
    started,
    async stop(graceMs) {
      state.stopping = true;
      for (const cancel of cancels) cancel();
      // Others should not be sent here any longer; without etcd the lease ends by itself.
      const left = kubernetes.leave().catch(() => undefined);
      await Promise.race([left, new Promise<void>((resolve) => setTimeout(resolve, graceMs / 2).unref())]);
      server.abortAll();
      registry.cacher.stop();
      await http.close(graceMs / 2);
      await audit?.close();
    },
  };
}

function createAllocators(
  options: Options,
  etcd: EtcdPort,
  keyOf: (path: string) => string,
): ServiceAllocators {
  const { serviceCidr: cidr, nodePorts } = options;
  // The lower part of the range is left to those who choose an address. Models calculateRangeOffset.
  const offset = cidr.size < 16 ? 0 : Math.min(Math.max(16, Math.floor(cidr.size / 16)), 256);
  const portCount = nodePorts.last - nodePorts.first + 1;
  const portOffset = portCount < 32 ? 0 : Math.min(Math.max(16, Math.floor(portCount / 32)), 128);
  return {
    cidr,
    addresses: new RangeAllocator(etcd, keyOf('ranges/serviceips'), 'serviceips', {
      size: cidr.size,
      label: cidr.text,
      dynamicFrom: offset,
    }),
    portRange: nodePorts,
    nodePorts: new RangeAllocator(etcd, keyOf('ranges/servicenodeports'), 'servicenodeports', {
      size: portCount,
      label: `${nodePorts.first}-${nodePorts.last}`,
      dynamicFrom: portOffset,
    }),
  };
}

/** A linearizable read that does not answer in time means that etcd has no quorum or cannot be reached. */
async function checkEtcd(etcd: EtcdPort, clock: Clock): Promise<string | undefined> {
  let cancel: Cancel = () => {};
  const timeout = new Promise<string>((resolve) => {
    cancel = clock.after(etcdCheckMs, () => resolve('etcd did not answer in time'));
  });
  try {
    return await Promise.race([etcd.range('health', { countOnly: true }).then(() => undefined), timeout]);
  } finally {
    cancel();
  }
}

async function waitForNamespaces(registry: Registry, clock: Clock): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if ((await registry.reader.get('', 'namespaces', '', 'default')) !== undefined) return;
    await new Promise<void>((resolve) => clock.after(20, resolve));
  }
}
