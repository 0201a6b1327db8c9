import type { ConfigMap } from '../../api/types/core-v1.ts';
import { isAlreadyExists, keyOf, ResourceClient } from '../../client/index.ts';
import { type Controller, gvr, newQueue, runQueue } from '../shared/context.ts';

const name = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/**
 * Every namespace has the CA of the API server as a ConfigMap: pods get it beside their token and so know whom they
 * talk to. Models pkg/controller/certificates/rootcacertpublisher.
 */
export const rootCaCertPublisher: Controller = {
  name: 'root-ca-cert-publisher',
  async run(context, signal) {
    const { rootCa } = context;
    if (rootCa === undefined) return;
    const rest = await context.clientFor(this.name);
    const configMaps = new ResourceClient<ConfigMap>(rest, gvr.configMaps);
    const informer = context.informers.create<ConfigMap>(gvr.configMaps, {
      fieldSelector: `metadata.name=${name}`,
    });
    const queue = newQueue(context);
    const touched = (configMap: ConfigMap) => queue.add(configMap.metadata?.namespace ?? '');
    informer.addHandlers({ updated: touched, deleted: touched });
    context.informers.namespaces.addHandlers({
      added: (namespace) => queue.add(keyOf(namespace)),
      updated: (namespace) => queue.add(keyOf(namespace)),
    });
    void informer.run(signal);
    await runQueue(
      context,
      this.name,
      queue,
      async (namespace) => {
        const owner = context.informers.namespaces.get(namespace);
        if (owner === undefined || owner.metadata?.deletionTimestamp !== undefined) return undefined;
        const wanted = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace, annotations: { 'kubernetes.io/description': description } },
          data: { 'ca.crt': rootCa },
        };
        const stored = informer.get(`${namespace}/${name}`);
        if (stored === undefined) {
          try {
            await configMaps.in(namespace).create(wanted);
          } catch (error) {
            if (!isAlreadyExists(error)) throw error;
          }
        } else if (stored.data?.['ca.crt'] !== rootCa) {
          await configMaps.in(namespace).update({ ...stored, data: wanted.data });
        }
        return undefined;
      },
      signal,
      1,
    );
  },
};
