import type { ResourceInfo } from '../../api/resources.ts';
import { groupResource } from '../registry/before-write.ts';
import type { Answer, ApiRequest } from '../server/exchange.ts';
import { notFound } from '../status-errors.ts';
import type { EndpointContext } from './context.ts';
import { acceptedBy, presentValue, tableOptions } from './present.ts';

/** One of the components: probed when somebody asks, never stored. */
export interface ComponentProbe {
  readonly name: string;
  /** What it answered (`ok`); throws with the reason when it is not well. */
  readonly probe: () => Promise<string>;
}

/** `kubectl get componentstatuses`. Models pkg/registry/core/componentstatus. */
export async function handleComponentStatuses(
  context: EndpointContext,
  request: ApiRequest,
  resource: ResourceInfo,
  probes: readonly ComponentProbe[],
): Promise<Answer> {
  const { name } = request.info;
  const wanted = name === '' ? probes : probes.filter((probe) => probe.name === name);
  if (name !== '' && wanted.length === 0) throw notFound(groupResource(resource), name);
  request.warnings.push('v1 ComponentStatus is deprecated in v1.19+');
  const statuses = await Promise.all(wanted.map(statusOf));
  const accepted = acceptedBy(request);
  if (accepted.as === 'table') {
    const table = context.machinery.toTable(resource, statuses, tableOptions(context, request.query));
    return presentValue(accepted, table, 200);
  }
  if (name !== '') return presentValue(accepted, statuses[0], 200);
  const list = { kind: resource.listKind, apiVersion: 'v1', metadata: {}, items: statuses };
  return presentValue(accepted, list, 200);
}

async function statusOf({ name, probe }: ComponentProbe) {
  let condition: { type: string; status: string; message: string; error?: string };
  try {
    condition = { type: 'Healthy', status: 'True', message: await probe() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    condition = { type: 'Healthy', status: 'False', message };
  }
  return { apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name }, conditions: [condition] };
}
