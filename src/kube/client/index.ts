/**
 * How every Kubernetes component here talks to the API server.
 *
 *   kubeconfig ──▶ ClientConfig ──▶ RestClient ──▶ one HTTP/2 connection, mutual TLS or a bearer token
 *                                       │
 *                     ResourceClient: get, list, create, update, patch, delete, watch
 *                                       │
 *                     Informer: list once, watch on, keep a local copy, call handlers
 *                                       │ keys
 *                     WorkQueue: each key once, never twice at a time, failures later
 *                                       │
 *                     reconcile(key): compare what is with what is wanted, and close the gap
 *
 * That lower half is the shape of every controller in Kubernetes: handlers only note *which* object changed; the
 * reconcile function looks at the local copy and acts, so a lost or doubled event does no harm. The LeaderElector
 * decides which of several replicas runs its controllers; the EventRecorder writes what `kubectl describe` shows.
 */
export { Backoff } from './backoff.ts';
export type { ClientConfig } from './config.ts';
export {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNotFound,
  isUnauthorized,
  type StatusBody,
  StatusError,
} from './errors.ts';
export { EventRecorder, type RecordedEvent } from './events.ts';
export { Informer, type InformerHandlers, type InformerOptions, keyOf, splitKey } from './informer.ts';
export {
  clientConfigFrom,
  inClusterConfig,
  type Kubeconfig,
  loadClientConfig,
  readKubeconfig,
} from './kubeconfig.ts';
export { type ElectionLease, LeaderElector } from './leader-election.ts';
export type { ApiList, ApiObject } from './objects.ts';
export {
  type DeleteOptions,
  type GroupVersionResource,
  type ListOptions,
  type PatchType,
  ResourceClient,
  resourcePath,
} from './resource-client.ts';
export { type Query, RestClient, readAll } from './rest-client.ts';
export type { WatchEvent } from './watch.ts';
export { runWorkers, WorkQueue } from './work-queue.ts';
