import { onAbort, whenAborted } from '../../../lib/abort.ts';
import type { Clock } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import { controllerOf } from '../../api/owners.ts';
import { apiTime } from '../../api/time.ts';
import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';
import type { Namespace, Node, Pod, Service } from '../../api/types/core-v1.ts';
import {
  type ApiObject,
  EventRecorder,
  type GroupVersionResource,
  Informer,
  type InformerOptions,
  type RecordedEvent,
  ResourceClient,
  type RestClient,
  runWorkers,
  WorkQueue,
} from '../../client/index.ts';
import type { SigningAuthority } from '../certificates/issue.ts';

export const gvr = {
  pods: { group: '', version: 'v1', resource: 'pods' },
  nodes: { group: '', version: 'v1', resource: 'nodes' },
  namespaces: { group: '', version: 'v1', resource: 'namespaces' },
  services: { group: '', version: 'v1', resource: 'services' },
  endpoints: { group: '', version: 'v1', resource: 'endpoints' },
  events: { group: '', version: 'v1', resource: 'events' },
  configMaps: { group: '', version: 'v1', resource: 'configmaps' },
  serviceAccounts: { group: '', version: 'v1', resource: 'serviceaccounts' },
  endpointSlices: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
  leases: { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' },
  replicaSets: { group: 'apps', version: 'v1', resource: 'replicasets' },
  deployments: { group: 'apps', version: 'v1', resource: 'deployments' },
  certificateSigningRequests: {
    group: 'certificates.k8s.io',
    version: 'v1',
    resource: 'certificatesigningrequests',
  },
  podDisruptionBudgets: { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' },
} as const satisfies Record<string, GroupVersionResource>;

export const podOwnerIndex = 'owner';

/** The local copies that several controllers look at: each resource is watched once. */
export class SharedInformers {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly services: Informer<Service>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly deployments: Informer<Deployment>;
  readonly #all: { run(signal: AbortSignal): Promise<void>; whenSynced(): Promise<void> }[] = [];
  readonly #rest: RestClient;
  readonly #options: { readonly clock: Clock; readonly logger: Logger };

  constructor(rest: RestClient, options: { readonly clock: Clock; readonly logger: Logger }) {
    this.#rest = rest;
    this.#options = options;
    const byOwner = { [podOwnerIndex]: (object: ApiObject) => ownerUids(object), namespace: namespaceOf };
    this.pods = this.#shared<Pod>(gvr.pods, {
      indexes: { ...byOwner, node: (pod) => [pod.spec?.nodeName ?? ''] },
    });
    this.nodes = this.#shared<Node>(gvr.nodes);
    this.namespaces = this.#shared<Namespace>(gvr.namespaces);
    this.services = this.#shared<Service>(gvr.services, { indexes: { namespace: namespaceOf } });
    this.replicaSets = this.#shared<ReplicaSet>(gvr.replicaSets, { indexes: byOwner });
    this.deployments = this.#shared<Deployment>(gvr.deployments, { indexes: { namespace: namespaceOf } });
  }

  /** An informer of one controller's own, which that controller runs. */
  create<T extends ApiObject>(of: GroupVersionResource, options: InformerOptions<T> = {}): Informer<T> {
    return new Informer<T>(new ResourceClient<T>(this.#rest, of), { ...options, ...this.#options });
  }

  #shared<T extends ApiObject>(of: GroupVersionResource, options: InformerOptions<T> = {}): Informer<T> {
    const informer = this.create(of, options);
    this.#all.push(informer);
    return informer;
  }

  /** Resolves when all shared copies have had their first list. */
  start(signal: AbortSignal): Promise<void> {
    for (const informer of this.#all) void informer.run(signal);
    return Promise.race([
      whenAborted(signal),
      Promise.all(this.#all.map((informer) => informer.whenSynced())).then(() => {}),
    ]);
  }
}

const namespaceOf = (object: ApiObject) => [object.metadata?.namespace ?? ''];

/** The uid of the controller that owns an object; orphans are found under `orphan/NAMESPACE`. */
function ownerUids(object: ApiObject): string[] {
  const uid = controllerOf(object)?.uid;
  return [uid ?? `orphan/${object.metadata?.namespace}`];
}

/** What every controller gets. */
export interface ControllerContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly informers: SharedInformers;
  /** A client with the controller's own rights (--use-service-account-credentials), or the common one. */
  clientFor(controller: string): Promise<RestClient>;
  readonly rootCa: string | undefined;
  /** Undefined without the --cluster-signing flags. */
  readonly signing: { readonly authority: SigningAuthority; readonly durationMs: number } | undefined;
  readonly random: () => number;
}

/** One reconcile loop. `start` wires the handlers and resolves to the queue's workers, which end with the signal. */
export interface Controller {
  readonly name: string;
  run(context: ControllerContext, signal: AbortSignal): Promise<void>;
}

export function recorderFor(context: ControllerContext, rest: RestClient, component: string): EventRecorder {
  const events = new ResourceClient<RecordedEvent>(rest, gvr.events);
  return new EventRecorder({ events, component, logger: context.logger, clock: context.clock });
}

/** Workers on a queue until the signal aborts; failures are logged and come back later. */
export async function runQueue(
  context: ControllerContext,
  name: string,
  queue: WorkQueue,
  reconcile: (key: string) => Promise<number | undefined>,
  signal: AbortSignal,
  workers = 5,
): Promise<void> {
  onAbort(signal, () => queue.close());
  await runWorkers(queue, reconcile, {
    workers,
    onError: (key, error) => {
      if (!signal.aborted)
        context.logger.warning('reconcile failed; it will be tried again', {
          controller: name,
          key,
          err: errorMessage(error),
        });
    },
  });
}

export const newQueue = (context: ControllerContext) => new WorkQueue({ clock: context.clock });

export const timestamp = (clock: Clock) => apiTime(clock.now());

/** Objects of a list do not repeat their kind; events and owner references need it. */
export const withKind = <T extends object>(apiVersion: string, kind: string, object: T): T => ({
  ...object,
  apiVersion,
  kind,
});
