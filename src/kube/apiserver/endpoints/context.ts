import type { Clock } from '../../../lib/clock.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { formatApiVersion } from '../../api/resources.ts';
import type { Machinery } from '../machinery.ts';
import type { Registry } from '../registry/registry.ts';
import type { AdmissionAttributes, AdmissionPlugin, Authorizer, KubeObject, Operation } from '../request.ts';
import type { ApiRequest } from '../server/exchange.ts';
import type { ServerMetrics } from '../server/metrics.ts';
import { invalid } from '../status-errors.ts';

/** What the endpoints work with. */
export interface EndpointContext {
  readonly registry: Registry;
  readonly machinery: Machinery;
  readonly admission: readonly AdmissionPlugin[];
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly metrics: ServerMetrics;
}

export const apiVersionOf = (resource: ResourceInfo) => formatApiVersion(resource.group, resource.version);

export function admissionAttributes(
  request: ApiRequest,
  operation: Operation,
  object: KubeObject | undefined,
  oldObject: KubeObject | undefined,
  dryRun: boolean,
): AdmissionAttributes {
  return {
    ...request.info,
    user: request.user,
    // A created object may have got its name just now.
    name: request.info.name || (object?.metadata.name ?? ''),
    operation,
    object,
    oldObject,
    dryRun,
  };
}

/** Mutating plugins in order; the object is changed in place. */
export async function mutate(context: EndpointContext, attributes: AdmissionAttributes): Promise<void> {
  for (const plugin of context.admission) {
    if (plugin.mutate !== undefined) await plugin.mutate(attributes);
  }
}

export async function admit(context: EndpointContext, attributes: AdmissionAttributes): Promise<void> {
  for (const plugin of context.admission) {
    if (plugin.validate !== undefined) await plugin.validate(attributes);
  }
}

export function throwIfInvalid(
  resource: ResourceInfo,
  object: KubeObject,
  problems: ReturnType<Machinery['validateCreate']>,
): void {
  if (problems.length > 0) throw invalid(resource.group, resource.kind, object.metadata.name ?? '', problems);
}
