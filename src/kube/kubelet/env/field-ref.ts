import { quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import type { Pod, ResourceFieldSelector } from '../../api/types/core-v1.ts';
import { findContainer } from '../pods/pod.ts';

/** The addresses a pod's fields may speak of before its status has them. */
export interface PodAddresses {
  readonly podIPs: readonly string[];
  readonly hostIP: string;
}

/** `key="value"` a line, sorted, as the downward API writes maps (Models pkg/fieldpath FormatMap). */
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');
}

/** The value of a field of the pod; throws for a path that the downward API does not know. */
export function fieldValue(pod: Pod, fieldPath: string, addresses: PodAddresses): string {
  const subscript = /^metadata\.(annotations|labels)\['(.+)'\]$/.exec(fieldPath);
  if (subscript !== null) return pod.metadata[subscript[1] as 'labels']?.[subscript[2]!] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.podIP':
      return addresses.podIPs[0] ?? '';
    case 'status.podIPs':
      return addresses.podIPs.join(',');
    case 'status.hostIP':
    case 'status.hostIPs':
      return addresses.hostIP;
    default:
      throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
}

const perMilli = (milli: number, divisor: string) => {
  const by = divisor === '0' || divisor === '' ? 1000 : quantityMilliValue(divisor);
  return String(Math.ceil(milli / by));
};
const perUnit = (units: number, divisor: string) => {
  const by = divisor === '0' || divisor === '' ? 1 : quantityValue(divisor);
  return String(Math.ceil(units / by));
};

/**
 * A request or limit of a container as a whole number of the divisor. A limit that is not set means all that the node
 * has to give.
 */
export function resourceFieldValue(
  pod: Pod,
  selector: ResourceFieldSelector,
  ownContainer: string,
  allocatable: Readonly<Record<string, string>>,
): string {
  const name = selector.containerName || ownContainer;
  const container = findContainer(pod, name);
  if (container === undefined) throw new Error(`container ${name} not found`);
  const [kind = '', ...rest] = selector.resource.split('.');
  const resource = rest.join('.');
  if ((kind !== 'limits' && kind !== 'requests') || resource === '') {
    throw new Error(`unsupported container resource : ${selector.resource}`);
  }
  const limits = { ...allocatable, ...container.resources?.limits };
  const value = (kind === 'limits' ? limits[resource] : container.resources?.requests?.[resource]) ?? '0';
  const divisor = selector.divisor ?? '1';
  return resource === 'cpu'
    ? perMilli(quantityMilliValue(value), divisor)
    : perUnit(quantityValue(value), divisor);
}
