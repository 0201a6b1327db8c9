import { isDeepStrictEqual } from 'node:util';
import type { Endpoints, Service } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import { isNotFound, type ResourceClient } from '../../client/index.ts';

/** What the two controllers that write EndpointSlices have in common. Models staging/src/k8s.io/endpointslice. */
export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';

export type SliceContent = Pick<EndpointSlice, 'endpoints' | 'ports'>;

const portsKey = ({ ports }: SliceContent) =>
  JSON.stringify((ports ?? []).map(({ name, protocol, port }) => [name ?? '', protocol ?? 'TCP', port]));

export interface SlicePlan {
  readonly create: readonly SliceContent[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** The least that must be written: contents go into slices that have their ports already. */
export function planSlices(wanted: readonly SliceContent[], stored: readonly EndpointSlice[]): SlicePlan {
  const free = [...stored];
  const create: SliceContent[] = [];
  const update: EndpointSlice[] = [];
  for (const content of wanted) {
    const at = free.findIndex((slice) => portsKey(slice) === portsKey(content));
    if (at === -1) {
      create.push(content);
      continue;
    }
    const [slice] = free.splice(at, 1);
    if (!isDeepStrictEqual(slice!.endpoints, content.endpoints)) update.push({ ...slice!, ...content });
  }
  return { create, update, remove: free };
}

/**
 * Makes the slices that a controller has of a service hold what is wanted, and no others. `client` is that of the service's
 * namespace; `make` gives a content its new slice.
 */
export async function writeSlices(
  client: ResourceClient<EndpointSlice>,
  { service, managedBy }: { readonly service: string; readonly managedBy: string },
  wanted: readonly SliceContent[],
  make: (content: SliceContent) => EndpointSlice,
): Promise<void> {
  const labelSelector = `${serviceNameLabel}=${service},${managedByLabel}=${managedBy}`;
  const plan = planSlices(wanted, (await client.list({ labelSelector })).items);
  for (const content of plan.create) await client.create(make(content));
  for (const slice of plan.update) await client.update(slice);
  for (const { metadata } of plan.remove) {
    await client.delete(metadata?.name ?? '').catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

/** A slice that goes with its owner, and carries its labels beside `labels`. */
export function newSlice(
  kind: 'Service' | 'Endpoints',
  { metadata }: Service | Endpoints,
  labels: Readonly<Record<string, string>>,
  content: SliceContent,
): EndpointSlice {
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...metadata?.labels, ...labels, [serviceNameLabel]: name },
      ownerReferences: [{ apiVersion: 'v1', kind, name, uid, controller: true, blockOwnerDeletion: true }],
    },
    ...content,
  };
}
