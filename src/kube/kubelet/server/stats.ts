import { cpus, freemem, totalmem } from 'node:os';
import type { RouteContext } from './route-context.ts';

/** The figures behind /stats/summary, for this node and its containers. Models pkg/kubelet/server/stats/summary.go. */
export async function statsSummary({
  cri,
  nodeName,
}: Pick<RouteContext, 'cri' | 'nodeName'>): Promise<unknown> {
  const { stats } = await cri.listContainerStats({});
  const pods = new Map<string, { podRef: object; containers: unknown[] }>();
  for (const { attributes, cpu, memory } of stats) {
    const labels: Record<string, string> = attributes?.labels ?? {};
    const uid = labels['io.kubernetes.pod.uid'] ?? '';
    const pod = pods.get(uid) ?? {
      podRef: {
        name: labels['io.kubernetes.pod.name'],
        namespace: labels['io.kubernetes.pod.namespace'],
        uid,
      },
      containers: [],
    };
    pod.containers.push({
      name: attributes?.metadata?.name,
      cpu: { usageCoreNanoSeconds: Number(cpu?.usageCoreNanoSeconds?.value ?? 0) },
      memory: { workingSetBytes: Number(memory?.workingSetBytes?.value ?? 0) },
    });
    pods.set(uid, pod);
  }
  const now = new Date().toISOString();
  return {
    node: {
      nodeName,
      memory: { time: now, availableBytes: freemem(), usageBytes: totalmem() - freemem() },
      cpu: {
        time: now,
        usageCoreNanoSeconds: cpus().reduce((sum, { times }) => sum + (times.user + times.sys) * 1e6, 0),
      },
    },
    pods: [...pods.values()],
  };
}
