import { valuesAt } from './data-path.ts';
import { askApi } from './kube-api.ts';
import type { CheckContext } from './types.ts';

/** A Service, and the kubeconfig with which to ask for it. */
export interface ServiceTarget {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly name: string;
}

/** From `[NAMESPACE/]NAME`. */
export function serviceTarget(spelled: string, kubeconfig: string): ServiceTarget {
  const [name = '', namespace = 'default'] = spelled.split('/').reverse();
  return { kubeconfig, namespace, name };
}

/** Addresses of the pods that kube-proxy may send to; undefined when the API does not tell. */
export async function readyPods(
  context: CheckContext,
  target: ServiceTarget,
): Promise<readonly string[] | undefined> {
  const query = new URLSearchParams({ labelSelector: `kubernetes.io/service-name=${target.name}` });
  const path = `/apis/discovery.k8s.io/v1/namespaces/${target.namespace}/endpointslices?${query}`;
  const answer = await askApi(context, { kubeconfig: target.kubeconfig, server: undefined, path });
  if ('finding' in answer || answer.data === undefined) return undefined;
  const endpoints = valuesAt(answer.data, '.items[*].endpoints[*]');
  return endpoints
    .filter((endpoint) => valuesAt(endpoint, '.conditions.ready')[0] !== false)
    .flatMap((endpoint) => valuesAt(endpoint, '.addresses[*]').map(String));
}
