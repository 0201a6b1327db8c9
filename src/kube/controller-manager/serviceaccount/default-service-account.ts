import type { ServiceAccount } from '../../api/types/core-v1.ts';
import { isAlreadyExists, keyOf, ResourceClient } from '../../client/index.ts';
import { type Controller, gvr, newQueue, runQueue } from '../shared/context.ts';

/** Every namespace has a service account named default. Models pkg/controller/serviceaccount/serviceaccounts_controller.go. */
export const serviceAccountController: Controller = {
  name: 'service-account-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const accounts = new ResourceClient<ServiceAccount>(rest, gvr.serviceAccounts);
    const informer = context.informers.create<ServiceAccount>(gvr.serviceAccounts, {
      fieldSelector: 'metadata.name=default',
    });
    const queue = newQueue(context);
    informer.addHandlers({ deleted: (account) => queue.add(account.metadata?.namespace ?? '') });
    context.informers.namespaces.addHandlers({
      added: (namespace) => queue.add(keyOf(namespace)),
      updated: (namespace) => queue.add(keyOf(namespace)),
    });
    void informer.run(signal);
    await runQueue(
      context,
      this.name,
      queue,
      async (name) => {
        const namespace = context.informers.namespaces.get(name);
        if (namespace === undefined || namespace.metadata?.deletionTimestamp !== undefined) return undefined;
        if (informer.get(`${name}/default`) !== undefined) return undefined;
        try {
          await accounts.in(name).create({
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: { name: 'default', namespace: name },
          });
        } catch (error) {
          if (!isAlreadyExists(error)) throw error;
        }
        return undefined;
      },
      signal,
      1,
    );
  },
};
