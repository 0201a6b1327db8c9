import type { Topology } from '../machines/topology.ts';
import { machinesWithRole } from '../machines/topology.ts';

/** Who dials a name or address, and so what breaks when a server certificate lacks it. A clause without a full stop. */
export function whySan(san: string, topology: Topology): string | undefined {
  if (san === topology.apiServiceAddress)
    return 'pods reach the API server by it, as the Service kubernetes; they would refuse the certificate';
  if (san === '127.0.0.1') return 'the components on a controller, and etcdctl, call their own machine by it';
  const controllers = machinesWithRole(topology, 'controller');
  const controller = controllers.find((machine) => machine.address === san);
  if (controller !== undefined && controllers.length > 1)
    return `${controller.name} has this address: the other etcd members and the API servers reach it there`;
  if (controller !== undefined)
    return controller.roles.includes('worker')
      ? `the API server reaches etcd and the kubelet of ${controller.name} by it`
      : `the API server reaches etcd on ${controller.name} by it`;
  const balancer = machinesWithRole(topology, 'load-balancer').find((machine) => machine.address === san);
  if (balancer !== undefined)
    return 'it is the load balancer: kubelets, kube-proxy and your own kubectl reach the API server by it';
  const worker = topology.machines.find((machine) => machine.address === san || machine.name === san);
  if (worker !== undefined)
    return `the API server reaches the kubelet of ${worker.name} by it, for logs and exec`;
  if (san === 'kubernetes' || san.startsWith('kubernetes.'))
    return `clients inside the cluster may call the API server by this name${
      san.endsWith(topology.clusterDomain) ? ' in full' : ''
    }`;
  return undefined;
}
