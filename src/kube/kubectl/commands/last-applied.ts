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

/** As Go writes it: keys sorted, and what HTML could take for its own escaped. */
function goJson(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
  return text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
