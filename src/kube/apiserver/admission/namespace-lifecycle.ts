import { ApiError } from '../api-error.ts';
import type { AdmissionPlugin, ObjectReader } from '../request.ts';
import { forbidden, notFound } from '../status-errors.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in a namespace that is not there or is going away. Models plugin/namespace/lifecycle. */
export function namespaceLifecycle(objects: ObjectReader): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    async validate(attributes) {
      const { operation, apiGroup: group, resource, name, namespace } = attributes;
      if (resource === 'namespaces' && group === '') {
        if (operation === 'DELETE' && immortal.has(name)) {
          throw forbidden({ group, resource }, name, 'this namespace may not be deleted');
        }
        return;
      }
      if (namespace === '' || operation !== 'CREATE' || attributes.subresource !== '') return;
      // A review only looks like a creation: nothing is stored.
      if (resource === 'localsubjectaccessreviews') return;
      const found = await objects.get('', 'namespaces', '', namespace);
      if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
      if (found.metadata.deletionTimestamp === undefined) return;
      const objectName = attributes.object?.metadata.name ?? name;
      const refusal = forbidden(
        { group, resource },
        objectName,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
      const cause = {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      };
      throw new ApiError(refusal.code, refusal.reason, refusal.message, {
        ...refusal.details,
        causes: [cause],
      });
    },
  };
}
