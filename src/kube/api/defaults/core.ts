/** Defaults of the core group but pods. Models pkg/apis/core/v1/defaults.go. */
import type {
  ConfigMap,
  Endpoints,
  LimitRange,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Secret,
  Service,
} from '../types/core-v1.ts';
import { fill } from './fill.ts';

const CLIENT_IP_TIMEOUT_SECONDS = 10_800;

export function defaultService({ spec }: Service): void {
  if (spec === undefined) return;
  fill(spec, 'sessionAffinity', 'None');
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    const config = fill(spec, 'sessionAffinityConfig', {});
    fill(fill(config, 'clientIP', {}), 'timeoutSeconds', CLIENT_IP_TIMEOUT_SECONDS);
  }
  fill(spec, 'type', 'ClusterIP');
  for (const port of spec.ports ?? []) {
    fill(port, 'protocol', 'TCP');
    if (
      port.targetPort === undefined ||
      port.targetPort === null ||
      port.targetPort === 0 ||
      port.targetPort === ''
    ) {
      port.targetPort = port.port;
    }
  }
  const external =
    spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs ?? []).length > 0;
  if (external && spec.type !== 'ExternalName') fill(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec.type !== 'ExternalName') fill(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec.type === 'LoadBalancer') fill(spec, 'allocateLoadBalancerNodePorts', true);
}

/** Also what the strategy does before a secret is stored: stringData is folded into data. */
export function defaultSecret(secret: Secret): void {
  fill(secret, 'type', 'Opaque');
  if (secret.stringData === undefined || secret.stringData === null) return;
  const data = fill(secret, 'data', {});
  for (const [key, value] of Object.entries(secret.stringData))
    data[key] = Buffer.from(value).toString('base64');
  delete secret.stringData;
}

export function defaultConfigMap(map: ConfigMap): void {
  if (map.data === null) delete map.data;
}

export function defaultNamespace(namespace: Namespace): void {
  const labels = fill(namespace.metadata, 'labels', {});
  if (namespace.metadata.name) labels['kubernetes.io/metadata.name'] = namespace.metadata.name;
  const spec = fill(namespace, 'spec', {});
  fill(spec, 'finalizers', ['kubernetes']);
  fill(fill(namespace, 'status', {}), 'phase', 'Active');
}

export function defaultNode(node: Node): void {
  // What a node offers is all its capacity until the kubelet says otherwise.
  if (node.status?.capacity !== undefined) {
    const allocatable = fill(node.status, 'allocatable', {});
    for (const [name, value] of Object.entries(node.status.capacity)) allocatable[name] ??= value;
  }
}

export function defaultEndpoints(endpoints: Endpoints): void {
  for (const subset of endpoints.subsets ?? [])
    for (const port of subset.ports ?? []) fill(port, 'protocol', 'TCP');
}

export function defaultVolume(volume: PersistentVolume): void {
  fill(fill(volume, 'status', {}), 'phase', 'Pending');
  if (volume.spec === undefined) return;
  fill(volume.spec, 'persistentVolumeReclaimPolicy', 'Retain');
  fill(volume.spec, 'volumeMode', 'Filesystem');
  if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
}

export function defaultVolumeClaim(claim: PersistentVolumeClaim): void {
  fill(fill(claim, 'status', {}), 'phase', 'Pending');
  if (claim.spec !== undefined) fill(claim.spec, 'volumeMode', 'Filesystem');
}

export function defaultLimitRange({ spec }: LimitRange): void {
  for (const limit of spec?.limits ?? []) {
    if (limit.type !== 'Container') continue;
    const defaults = fill(limit, 'default', {});
    for (const [name, value] of Object.entries(limit.max ?? {})) defaults[name] ??= value;
    const requests = fill(limit, 'defaultRequest', {});
    for (const [name, value] of Object.entries({ ...limit.min, ...defaults })) requests[name] ??= value;
  }
}
