/**
 * A set of fields of an object, as a tree. Each step is written as in fieldsV1: `f:spec`, `k:{"name":"web"}` for an item of
 * a list with keys, `v:"a"` for an item of a list that is a set. Nothing here changes its arguments.
 * Models sigs.k8s.io/structured-merge-diff/fieldpath.
 */
export interface FieldSet {
  /** The field itself is in the set, not only something below it. */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { member: false, children: new Map() };
export const leaf: FieldSet = { member: true, children: new Map() };

export const isEmpty = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** A set from its parts; children that are empty are left out. */
export function fieldSet(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [step, child] of children) if (!isEmpty(child)) kept.set(step, child);
  return { member, children: kept };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children);
  for (const [step, child] of b.children) {
    const other = children.get(step);
    children.set(step, other === undefined ? child : union(other, child));
  }
  return { member: a.member || b.member, children };
}

/** The fields of `a` that are not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return fieldSet(
    a.member && !b.member,
    [...a.children].map(([step, child]) => {
      const other = b.children.get(step);
      return [step, other === undefined ? child : difference(child, other)] as const;
    }),
  );
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return fieldSet(
    a.member && b.member,
    [...a.children].map(([step, child]) => {
      const other = b.children.get(step);
      return [step, other === undefined ? emptySet : intersection(child, other)] as const;
    }),
  );
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [step, child] of a.children) {
    const other = b.children.get(step);
    if (other === undefined || !sameSet(child, other)) return false;
  }
  return true;
}

/** Every field in the set as the steps that lead to it. */
export function* pathsOf(set: FieldSet, before: readonly string[] = []): Generator<readonly string[]> {
  if (set.member) yield before;
  for (const [step, child] of set.children) yield* pathsOf(child, [...before, step]);
}

/** `.spec.template.spec.containers[name="web"].image`, as conflicts name a field. */
export function printPath(path: readonly string[]): string {
  return path
    .map((step) => {
      const content = step.slice(2);
      if (step.startsWith('f:')) return `.${content}`;
      if (step.startsWith('v:')) return `[=${content}]`;
      if (step.startsWith('i:')) return `[${content}]`;
      const keys = JSON.parse(content) as Record<string, unknown>;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    })
    .join('');
}

/** The JSON of metadata.managedFields[].fieldsV1: a dot stands for the field itself where there is more below it. */
export type FieldsV1 = { readonly [step: string]: FieldsV1 };

export function toFieldsV1(set: FieldSet): FieldsV1 {
  const fields: Record<string, FieldsV1> = {};
  if (set.member && set.children.size > 0) fields['.'] = {};
  for (const step of [...set.children.keys()].sort()) fields[step] = toFieldsV1(set.children.get(step)!);
  return fields;
}

/** The root is never a member: an object has no owner as a whole. */
export function fromFieldsV1(fields: FieldsV1, isRoot = true): FieldSet {
  const steps = Object.entries(fields);
  return {
    member: !isRoot && (steps.length === 0 || '.' in fields),
    children: new Map(
      steps.filter(([step]) => step !== '.').map(([step, below]) => [step, fromFieldsV1(below, false)]),
    ),
  };
}
