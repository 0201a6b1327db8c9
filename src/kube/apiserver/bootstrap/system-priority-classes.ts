import { ApiError } from '../api-error.ts';
import type { ObjectReader, ObjectWriter } from '../request.ts';

const group = 'scheduling.k8s.io';

const classes = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'For pods that the node they run on cannot do without.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description: 'For pods that the cluster cannot do without, on whichever node.',
  },
];

/** The classes every cluster has. Models pkg/registry/scheduling/rest/storage_scheduling.go. */
export async function createSystemPriorityClasses(reader: ObjectReader, writer: ObjectWriter): Promise<void> {
  for (const { name, ...fields } of classes) {
    if ((await reader.get(group, 'priorityclasses', '', name)) !== undefined) continue;
    try {
      await writer.create(group, 'priorityclasses', '', {
        apiVersion: `${group}/v1`,
        kind: 'PriorityClass',
        metadata: { name },
        ...fields,
      });
    } catch (error) {
      // Another replica was faster.
      if (!(error instanceof ApiError && error.code === 409)) throw error;
    }
  }
}
