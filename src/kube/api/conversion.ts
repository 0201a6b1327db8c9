/**
 * Between the versions that one stored object is served in: events of core/v1 and events.k8s.io/v1, autoscalers v1 and v2.
 * Models pkg/apis/events/v1/conversion.go and pkg/apis/autoscaling/v1/conversion.go. The arguments are not changed.
 */
import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV1 } from './types/autoscaling-v1.ts';
import type {
  HorizontalPodAutoscaler as HorizontalPodAutoscalerV2,
  MetricSpec,
} from './types/autoscaling-v2.ts';

interface AnyObject {
  apiVersion?: string;
  kind?: string;
  [field: string]: unknown;
}

/** The object in another apiVersion. What has one version only is answered as it is. */
export function convertObject<T extends object>(object: T, apiVersion: string): T {
  const source = object as T & AnyObject;
  if (source.apiVersion === apiVersion) return object;
  if (source.kind === 'Event') return (apiVersion === 'v1' ? fromEventsV1(source) : toEventsV1(source)) as T;
  if (source.kind === 'HorizontalPodAutoscaler') {
    const converted =
      apiVersion === 'autoscaling/v1' ? toAutoscalerV1(source as never) : toAutoscalerV2(source as never);
    return converted as unknown as T;
  }
  return object;
}

/** [name in core/v1, name in events.k8s.io/v1] */
const eventFields = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
] as const;

export function fromEventsV1(event: object): AnyObject {
  return rename(
    event,
    'v1',
    eventFields.map(([core, events]) => [events, core] as const),
  );
}

function toEventsV1(event: object): AnyObject {
  return rename(event, 'events.k8s.io/v1', eventFields);
}

function rename(
  object: object,
  apiVersion: string,
  pairs: readonly (readonly [string, string])[],
): AnyObject {
  const names = new Map<string, string>(pairs);
  const entries = Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value] as const);
  return { ...Object.fromEntries(entries), apiVersion };
}

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';

function toAutoscalerV1(source: HorizontalPodAutoscalerV2): HorizontalPodAutoscalerV1 {
  const {
    metrics,
    behavior: _behavior,
    ...spec
  } = source.spec ?? { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } };
  const isCpu = (m: MetricSpec) => m.resource?.name === 'cpu' && m.resource.target.averageUtilization != null;
  const cpu = metrics?.find(isCpu);
  const others = (metrics ?? []).filter((m) => m !== cpu);
  const { currentMetrics, conditions: _conditions, ...status } = source.status ?? { desiredReplicas: 0 };
  const used = currentMetrics?.find((m) => m.resource?.name === 'cpu')?.resource?.current.averageUtilization;
  return {
    ...source,
    apiVersion: 'autoscaling/v1',
    metadata:
      others.length === 0
        ? source.metadata
        : {
            ...source.metadata,
            annotations: { ...source.metadata.annotations, [METRICS]: JSON.stringify(others) },
          },
    spec: {
      ...spec,
      ...(cpu?.resource === undefined
        ? {}
        : { targetCPUUtilizationPercentage: cpu.resource.target.averageUtilization! }),
    },
    status: {
      currentReplicas: 0,
      ...status,
      ...(used == null ? {} : { currentCPUUtilizationPercentage: used }),
    },
  };
}

function toAutoscalerV2(source: HorizontalPodAutoscalerV1): HorizontalPodAutoscalerV2 {
  const { targetCPUUtilizationPercentage: target, ...spec } = source.spec ?? {
    maxReplicas: 0,
    scaleTargetRef: { kind: '', name: '' },
  };
  const { currentCPUUtilizationPercentage: used, ...status } = source.status ?? {
    desiredReplicas: 0,
    currentReplicas: 0,
  };
  const { [METRICS]: stored, ...annotations } = source.metadata.annotations ?? {};
  const metrics: MetricSpec[] = stored === undefined ? [] : (JSON.parse(stored) as MetricSpec[]);
  if (target != null) {
    metrics.unshift({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
    });
  }
  return {
    ...source,
    apiVersion: 'autoscaling/v2',
    metadata:
      source.metadata.annotations === undefined ? source.metadata : { ...source.metadata, annotations },
    spec: { ...spec, ...(metrics.length === 0 ? {} : { metrics }) },
    status: {
      ...status,
      ...(used == null
        ? {}
        : {
            currentMetrics: [
              { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: used } } },
            ],
          }),
    },
  };
}
