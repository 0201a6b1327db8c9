import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../../../lib/log.ts';
import type { Service } from '../../api/types/core-v1.ts';
import type { KubeObject } from '../request.ts';
import { internalError, invalid } from '../status-errors.ts';
import { addressAt, type Cidr, indexOf } from './cidr.ts';
import type { RangeAllocator } from './range-allocator.ts';
import type { Strategy, StrategyContext, Undo } from './strategy.ts';

export interface PortRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

export interface ServiceAllocators {
  readonly cidr: Cidr;
  readonly addresses: RangeAllocator;
  readonly portRange: PortRange;
  readonly nodePorts: RangeAllocator;
}

type Spec = NonNullable<Service['spec']>;

/** What a failed write gives back, and what a finished one gives back instead. */
interface Taken {
  readonly onFailure: (() => Promise<void>)[];
  readonly onSuccess: (() => Promise<void>)[];
}

/**
 * Cluster addresses and node ports are taken from their ranges before the Service is written, and given back when the
 * write fails. Models pkg/registry/core/service/storage/alloc.go.
 */
export function serviceStrategy(allocators: ServiceAllocators, log: Logger): Strategy {
  const giveBack = (what: () => Promise<void>) =>
    what().catch((error: unknown) =>
      log.warning('cannot release what a service held', { err: String(error) }),
    );

  const undoOf =
    (taken: Taken): Undo =>
    async (failed) => {
      for (const release of failed ? taken.onFailure : taken.onSuccess) await giveBack(release);
    };

  async function allocate(
    object: KubeObject,
    old: KubeObject | undefined,
    { dryRun }: StrategyContext,
  ): Promise<Undo> {
    const taken: Taken = { onFailure: [], onSuccess: [] };
    try {
      await allocateAddress(allocators, object, old, taken, dryRun);
      await allocatePorts(allocators, object, old, taken, dryRun);
    } catch (error) {
      await undoOf(taken)(true);
      throw error;
    }
    return undoOf(taken);
  }

  return {
    prepareForCreate(object) {
      object.status = { loadBalancer: {} };
    },
    prepareForUpdate(object, old) {
      keepAllocated(specOf(object), specOf(old));
      dropForType(specOf(object), specOf(old));
    },
    beginCreate: (object, context) => allocate(object, undefined, context),
    async beginUpdate(object, old, context) {
      if (context.subresource === 'status') return async () => undefined;
      return allocate(object, old, context);
    },
    async afterDelete(object) {
      const spec = specOf(object);
      const index = indexOf(allocators.cidr, spec.clusterIP ?? '');
      if (index !== undefined) await giveBack(() => allocators.addresses.release(index));
      for (const port of portsOf(spec)) {
        await giveBack(() => allocators.nodePorts.release(port - allocators.portRange.first));
      }
    },
  };
}

const specOf = (object: KubeObject): Spec => (object as unknown as Service).spec ?? {};

const portsOf = (spec: Spec): number[] =>
  (spec.ports ?? []).flatMap(({ nodePort }) => (nodePort === undefined || nodePort === 0 ? [] : [nodePort]));

const wantsAddress = ({ type = 'ClusterIP', clusterIP }: Spec): boolean =>
  type !== 'ExternalName' && clusterIP !== 'None';

const wantsNodePorts = ({ type, allocateLoadBalancerNodePorts }: Spec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);

/** An update that leaves the address or a port out means to keep it. Models patchAllocatedValues. */
function keepAllocated(spec: Spec, old: Spec): void {
  if (wantsAddress(spec) && wantsAddress(old) && (spec.clusterIP ?? '') === '') {
    if (old.clusterIP !== undefined) spec.clusterIP = old.clusterIP;
    if (old.clusterIPs !== undefined) spec.clusterIPs = [...old.clusterIPs];
  }
  if (!wantsNodePorts(spec) || !wantsNodePorts(old)) return;
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const before = (old.ports ?? []).find(
      (one) => one.port === port.port && (one.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (before?.nodePort) port.nodePort = before.nodePort;
  }
}

const wantsTrafficPolicy = ({ type }: Spec): boolean => type === 'NodePort' || type === 'LoadBalancer';

/** What a kind of Service has and others have not, in the order in which upstream drops it. */
const typeDependent: readonly {
  readonly has: (spec: Spec) => boolean;
  readonly fields: readonly (keyof Spec)[];
}[] = [
  {
    has: ({ type }) => type !== 'ExternalName',
    fields: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'],
  },
  {
    has: ({ type }) => type === 'LoadBalancer',
    fields: ['allocateLoadBalancerNodePorts', 'loadBalancerClass'],
  },
  { has: wantsTrafficPolicy, fields: ['externalTrafficPolicy', 'healthCheckNodePort'] },
];

/**
 * A new type gives up what only the old one had, unless the writer changed that too: then validation says that it does
 * not fit. Models dropTypeDependentFields.
 */
function dropForType(spec: Spec, old: Spec): void {
  if (wantsNodePorts(old) && !wantsNodePorts(spec) && String(portsOf(spec)) === String(portsOf(old))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  for (const { has, fields } of typeDependent) {
    if (!has(old) || has(spec)) continue;
    for (const field of fields) if (isDeepStrictEqual(spec[field], old[field])) delete spec[field];
  }
}

async function allocateAddress(
  { cidr, addresses }: ServiceAllocators,
  object: KubeObject,
  old: KubeObject | undefined,
  taken: Taken,
  dryRun: boolean,
): Promise<void> {
  const spec = specOf(object);
  const before = old === undefined ? undefined : specOf(old).clusterIP;
  const held = before === undefined || before === 'None' ? undefined : indexOf(cidr, before);
  const fail = (value: string, message: string) =>
    invalid('', 'Service', object.metadata.name ?? '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.clusterIPs',
        message: `Invalid value: [${JSON.stringify(value)}]: ${message}`,
      },
    ]);
  if (!wantsAddress(spec)) {
    if (held !== undefined) taken.onSuccess.push(() => addresses.release(held));
    if (spec.type === 'ExternalName') {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    } else {
      spec.clusterIPs = ['None'];
      if (Object.keys(spec.selector ?? {}).length > 0) setFamilies(spec);
    }
    return;
  }
  const wanted = spec.clusterIP || spec.clusterIPs?.[0] || '';
  if (before !== undefined && before !== '' && before !== 'None' && wanted !== before) {
    throw fail(wanted, 'may not change once set');
  }
  if (before === wanted && wanted !== '') return setAddress(spec, wanted);
  if (wanted === '') {
    if (dryRun) return setAddress(spec, addressAt(cidr, cidr.size - 2));
    const index = await addresses.allocateNext();
    if (index === undefined) throw internalError('failed to allocate a serviceIP: range is full');
    taken.onFailure.push(() => addresses.release(index));
    return setAddress(spec, addressAt(cidr, index));
  }
  const index = indexOf(cidr, wanted);
  if (index === undefined || index === 0 || index === cidr.size - 1) {
    throw fail(
      wanted,
      `failed to allocate IP ${wanted}: the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${cidr.text}`,
    );
  }
  if (!dryRun) {
    if (!(await addresses.allocate(index))) {
      throw fail(wanted, `failed to allocate IP ${wanted}: provided IP is already allocated`);
    }
    taken.onFailure.push(() => addresses.release(index));
  }
  setAddress(spec, wanted);
}

function setAddress(spec: Spec, address: string): void {
  spec.clusterIP = address;
  spec.clusterIPs = [address];
  setFamilies(spec);
}

function setFamilies(spec: Spec): void {
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
}

async function allocatePorts(
  { portRange, nodePorts }: ServiceAllocators,
  object: KubeObject,
  old: KubeObject | undefined,
  taken: Taken,
  dryRun: boolean,
): Promise<void> {
  const spec = specOf(object);
  const before = new Set(old === undefined ? [] : portsOf(specOf(old)));
  const kept = new Set<number>();
  if (wantsNodePorts(spec)) {
    for (const [index, port] of (spec.ports ?? []).entries()) {
      const wanted = port.nodePort || 0;
      // Two protocols may share one number, and what the service has already is its own.
      if (wanted !== 0 && (before.has(wanted) || kept.has(wanted))) {
        kept.add(wanted);
        continue;
      }
      if (wanted === 0 && dryRun) continue;
      port.nodePort = await takePort(wanted, index);
      kept.add(port.nodePort);
    }
  } else if (spec.type !== 'LoadBalancer') {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  for (const port of before) {
    if (!kept.has(port)) taken.onSuccess.push(() => nodePorts.release(port - portRange.first));
  }

  async function takePort(wanted: number, index: number): Promise<number> {
    const fail = (message: string) =>
      invalid('', 'Service', object.metadata.name ?? '', [
        {
          reason: 'FieldValueInvalid',
          field: `spec.ports[${index}].nodePort`,
          message: `Invalid value: ${wanted}: ${message}`,
        },
      ]);
    if (wanted === 0) {
      const item = await nodePorts.allocateNext();
      if (item === undefined) throw internalError('failed to allocate a nodePort: range is full');
      taken.onFailure.push(() => nodePorts.release(item));
      return portRange.first + item;
    }
    if (wanted < portRange.first || wanted > portRange.last) {
      throw fail(
        `provided port is not in the valid range. The range of valid ports is ${portRange.first}-${portRange.last}`,
      );
    }
    if (dryRun) return wanted;
    const item = wanted - portRange.first;
    if (!(await nodePorts.allocate(item))) throw fail('provided port is already allocated');
    taken.onFailure.push(() => nodePorts.release(item));
    return wanted;
  }
}
