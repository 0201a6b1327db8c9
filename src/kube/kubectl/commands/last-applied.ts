import { goJson } from '../../api/go-json.ts';
import type { KubeObject } from '../cluster/cluster.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object with itself, as it stands in the file, in its annotation: what the next apply compares with. */
export function withLastApplied(object: KubeObject): KubeObject {
  const { [lastAppliedAnnotation]: _, ...annotations } = object.metadata.annotations ?? {};
  const bare = { ...object, metadata: { ...object.metadata, annotations } };
  return {
    ...bare,
    metadata: {
      ...bare.metadata,
      annotations: { ...annotations, [lastAppliedAnnotation]: `${goJson(bare)}\n` },
    },
  };
}

/** undefined when the object was not made by apply. */
export function readLastApplied(object: KubeObject): KubeObject | undefined {
  const text = object.metadata.annotations?.[lastAppliedAnnotation];
  return text === undefined ? undefined : (JSON.parse(text) as KubeObject);
}
