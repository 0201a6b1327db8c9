import { labelText, MetricsPage } from '../../../lib/metrics.ts';
import { ContainerState, PodSandboxState } from '../../cri/index.ts';
import type { RouteContext } from './route-context.ts';

/** What runs on this node now, under upstream's names (Models pkg/kubelet/metrics). */
export async function kubeletMetrics({
  cri,
  kubelet,
  nodeName,
}: Pick<RouteContext, 'cri' | 'kubelet' | 'nodeName'>): Promise<string> {
  const [{ items }, { containers }] = await Promise.all([cri.listPodSandbox({}), cri.listContainers({})]);
  // By state, as upstream's label spells it: created, running, exited, unknown.
  const byState = Object.entries(ContainerState).map(([name, state]) => {
    const count = containers.filter((container) => container.state === state).length;
    return [labelText({ container_state: name.toLowerCase() }), count] as const;
  });
  const sandboxes = items.filter(({ state }) => state === PodSandboxState.READY).length;
  const page = new MetricsPage();
  page.gauge('kubelet_node_name', 'The name of the node; the value is always 1.', [
    [labelText({ node: nodeName }), 1],
  ]);
  page.gauge('kubelet_desired_pods', 'Pods that this kubelet is to run.', [
    [labelText({ static: '' }), kubelet.workers.list().length],
  ]);
  page.gauge('kubelet_running_pods', 'Pods that have a running sandbox.', sandboxes);
  page.gauge('kubelet_running_containers', 'Containers by their state.', byState);
  page.process();
  return page.toString();
}
