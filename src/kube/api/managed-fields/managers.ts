/**
 * Who owns which field: the bookkeeping behind server-side apply. Each manager's fields are a set; who changes a field
 * takes it from the others, and who applies must not change what others own, unless by force.
 * Models sigs.k8s.io/structured-merge-diff/merge and apimachinery/pkg/util/managedfields.
 */
import type { ManagedFieldsEntry } from '../types/meta-v1.ts';
import {
  difference,
  emptySet,
  type FieldSet,
  type FieldsV1,
  fromFieldsV1,
  intersection,
  isEmpty,
  pathsOf,
  printPath,
  sameSet,
  toFieldsV1,
  union,
} from './field-set.ts';
import type { Place } from './shape.ts';
import { type Comparison, compare, fieldsOf, isUnchanged, merge, removeFields } from './walk.ts';

/** One that sets fields: by applying what it wants, or by updating what is there. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
}

export interface Manager extends Writer {
  /** RFC 3339: when it last changed something. */
  readonly time: string | undefined;
  readonly set: FieldSet;
}

export interface Conflict {
  readonly manager: Manager;
  /** `.spec.replicas` */
  readonly field: string;
}

/** An apply that would take fields from others. */
export class ApplyConflictError extends Error {
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(conflictText(conflicts));
    this.name = 'ApplyConflictError';
    this.conflicts = conflicts;
  }
}

export function describeManager({ manager, operation, apiVersion, subresource }: Writer): string {
  const under = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${under}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function conflictText(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${describeManager(first!.manager)}: ${first!.field}`;
  }
  const byManager = new Map<string, string[]>();
  for (const { manager, field } of conflicts) {
    const name = describeManager(manager);
    byManager.set(name, [...(byManager.get(name) ?? []), field]);
  }
  const lines = [...byManager.keys()]
    .sort()
    .flatMap((name) => [`conflicts with ${name}:`, ...byManager.get(name)!.map((field) => `- ${field}`)]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** Undefined when an entry is not understood: then the whole list is. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): readonly Manager[] | undefined {
  const managers: Manager[] = [];
  for (const {
    manager = '',
    operation,
    apiVersion,
    subresource = '',
    time,
    fieldsType,
    fieldsV1,
  } of entries) {
    if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || fieldsType !== 'FieldsV1') {
      return undefined;
    }
    const set = fromFieldsV1((fieldsV1 ?? {}) as FieldsV1);
    managers.push({ manager, operation, apiVersion, subresource, time, set });
  }
  return managers;
}

export function encodeManagers(managers: readonly Manager[]): ManagedFieldsEntry[] {
  const orderOf = ({ operation, time = '', manager, apiVersion, subresource }: Manager) =>
    [operation, time, manager, apiVersion, subresource].join('\0');
  return [...managers]
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
    .map(({ manager, operation, apiVersion, subresource, time, set }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(set),
      ...(subresource === '' ? {} : { subresource }),
    }));
}

/** Appliers are the same in every version: they tell all they want each time. */
const sameWriter = (a: Writer, b: Writer): boolean =>
  a.manager === b.manager &&
  a.operation === b.operation &&
  a.subresource === b.subresource &&
  (a.operation === 'Apply' || a.apiVersion === b.apiVersion);

const metadataNotOwned =
  'name namespace creationTimestamp selfLink uid generation managedFields resourceVersion'.split(' ');

/** What names an object or is counted by the server has no owner. */
const notOwned = fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': { '.': {}, ...Object.fromEntries(metadataNotOwned.map((name) => [`f:${name}`, {}])) },
});

export interface Change {
  readonly live: unknown;
  readonly place: Place;
  readonly managers: readonly Manager[];
  readonly writer: Writer;
  /** RFC 3339. */
  readonly now: string;
}

/** Those who own something after `writer` made `next` of the live object by an update. */
export function trackUpdate(change: Change, next: unknown): readonly Manager[] {
  const { live, place, managers, writer, now } = change;
  const comparison = compare(live, next, place);
  if (isUnchanged(comparison)) return managers;
  const touched = difference(union(comparison.modified, comparison.added), notOwned);
  const others = loseTo(comparison, managers);
  if (isEmpty(touched)) return others;
  const own = managers.find((one) => sameWriter(one, writer));
  const before = own === undefined ? emptySet : difference(own.set, comparison.removed);
  return [
    ...others.filter((one) => !sameWriter(one, writer)),
    { ...writer, time: now, set: union(before, touched) },
  ];
}

/** What changed hands or is gone belongs to the old managers no longer; who has nothing left goes. */
function loseTo({ modified, added, removed }: Comparison, managers: readonly Manager[]): Manager[] {
  const lost = union(union(modified, added), removed);
  return managers
    .map((one) => ({ ...one, set: difference(one.set, lost) }))
    .filter(({ set }) => !isEmpty(set));
}

export interface Applied {
  readonly object: unknown;
  readonly managers: readonly Manager[];
}

/**
 * Lays a configuration over the live object (undefined: there is none yet). What the writer applied before and leaves out
 * now is removed, unless others own it. Throws {@link ApplyConflictError} when it would change what others own.
 */
export function applyConfiguration(change: Change, config: unknown, force: boolean): Applied {
  const { live, place, managers, writer, now } = change;
  const set = difference(fieldsOf(config, place), notOwned);
  const own = managers.find((one) => sameWriter(one, writer));
  const others = managers.filter((one) => one !== own);
  const merged = merge(live, config, place);
  // Names and the like belong to nobody, and never go.
  const owned = others.reduce((all, one) => union(all, one.set), union(set, notOwned));
  const object = own === undefined ? merged : removeFields(merged, own.set, owned, place);

  const comparison = compare(live, object, place);
  const changed = union(comparison.modified, comparison.added);
  if (!force) {
    const conflicts = others.flatMap((manager) =>
      [...pathsOf(intersection(manager.set, changed))].map((path) => ({ manager, field: printPath(path) })),
    );
    if (conflicts.length > 0) throw new ApplyConflictError(conflicts);
  }
  const isSame = isUnchanged(comparison) && own !== undefined && sameSet(own.set, set);
  const entry = { ...writer, time: isSame ? own.time : now, set };
  return { object, managers: [...loseTo(comparison, others), ...(isEmpty(set) ? [] : [entry])] };
}

/** Until the first apply nobody is written down; then what is there belongs to this manager. */
export function beforeFirstApply(change: Change): readonly Manager[] {
  const writer: Writer = { ...change.writer, manager: 'before-first-apply', operation: 'Update' };
  return trackUpdate({ ...change, live: {}, managers: [], writer }, change.live);
}

/** The fields that an object still has as a configuration said: what its author may change without asking. */
export function unchangedSince(config: unknown, live: unknown, place: Place): FieldSet {
  const { added, modified, removed } = compare(config, live, place);
  return difference(fieldsOf(config, place), union(union(added, modified), removed));
}
