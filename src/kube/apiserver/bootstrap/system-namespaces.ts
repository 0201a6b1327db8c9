import { ApiError } from '../api-error.ts';
import type { Registry } from '../registry/registry.ts';

const names = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/** The namespaces every cluster has. Models pkg/controlplane/controller/systemnamespaces. */
export async function createSystemNamespaces(registry: Registry): Promise<void> {
  for (const name of names) {
    if ((await registry.reader.get('', 'namespaces', '', name)) !== undefined) continue;
    try {
      await registry.writer.create('', 'namespaces', '', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    } catch (error) {
      // Another replica was faster.
      if (!(error instanceof ApiError && error.code === 409)) throw error;
    }
  }
}
