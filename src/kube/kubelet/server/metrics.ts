import { ContainerState, PodSandboxState } from '../../cri/index.ts';
import type { RouteContext } from './route-context.ts';

export interface KubeletFigures {
  readonly nodeName: string;
  readonly desiredPods: number;
  readonly runningPods: number;
  /** By state, as upstream's label spells it: created, running, exited, unknown. */
  readonly containers: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Counts what runs on this node now. */
export async function kubeletFigures({
  cri,
  kubelet,
  nodeName,
}: Pick<RouteContext, 'cri' | 'kubelet' | 'nodeName'>): Promise<KubeletFigures> {
  const [{ items }, { containers }] = await Promise.all([cri.listPodSandbox({}), cri.listContainers({})]);
  const { user, system } = process.cpuUsage();
  return {
    nodeName,
    desiredPods: kubelet.workers.list().length,
    runningPods: items.filter(({ state }) => state === PodSandboxState.READY).length,
    containers: Object.fromEntries(
      Object.entries(ContainerState).map(([name, state]) => [
        name.toLowerCase(),
        containers.filter((container) => container.state === state).length,
      ]),
    ),
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
  };
}

/** The figures in Prometheus' text format, under upstream's names (Models pkg/kubelet/metrics). */
export function metricsText(figures: KubeletFigures): string {
  const family = (name: string, type: 'gauge' | 'counter', samples: readonly string[]) =>
    `# TYPE ${name} ${type}\n${samples.map((sample) => `${name}${sample}\n`).join('')}`;
  return [
    family('kubelet_node_name', 'gauge', [`{node=${JSON.stringify(figures.nodeName)}} 1`]),
    family('kubelet_desired_pods', 'gauge', [`{static=""} ${figures.desiredPods}`]),
    family('kubelet_running_pods', 'gauge', [` ${figures.runningPods}`]),
    family(
      'kubelet_running_containers',
      'gauge',
      Object.entries(figures.containers).map(([state, count]) => `{container_state="${state}"} ${count}`),
    ),
    family('process_cpu_seconds_total', 'counter', [` ${figures.cpuSeconds}`]),
    family('process_resident_memory_bytes', 'gauge', [` ${figures.residentBytes}`]),
  ].join('');
}
