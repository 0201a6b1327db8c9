import type { Service } from '../../../api/types/core-v1.ts';
import { command } from '../../cli/command.ts';

/** Models kubectl/pkg/cmd/clusterinfo. */
export const clusterInfo = command({
  name: 'cluster-info',
  summary: 'Display cluster information',
  async run(session) {
    const cluster = session.cluster();
    const services = (await cluster.discovery()).find('services');
    const query = { labelSelector: 'kubernetes.io/cluster-service=true' };
    const path = cluster.path(services, 'kube-system');
    const { items } = await cluster.request<{ items: Service[] }>('GET', path, { query });
    const { server } = cluster.config;
    session.print(`Kubernetes control plane is running at ${server}`);
    for (const { metadata, spec } of items) {
      const [port] = spec?.ports ?? [];
      const name = port?.name ? `${metadata?.name}:${port.name}` : metadata?.name;
      const title = metadata?.labels?.['kubernetes.io/name'] ?? metadata?.name;
      session.print(`${title} is running at ${server}/api/v1/namespaces/kube-system/services/${name}/proxy`);
    }
    session.print("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
  },
});
