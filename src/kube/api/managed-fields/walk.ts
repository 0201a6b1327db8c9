/**
 * The three walks over typed values that server-side apply is made of: which fields a value has, how two values differ,
 * and one laid over the other. Pure. Models sigs.k8s.io/structured-merge-diff/typed.
 */

import { isRecord } from '../../../lib/is-record.ts';
import { equal } from '../patch/json.ts';
import { emptySet, type FieldSet, fieldSet, isEmpty, leaf } from './field-set.ts';
import { type Place, type Shape, shapeOf } from './shape.ts';

/** The fields that a value sets: what whoever applies it owns. */
export function fieldsOf(value: unknown, place: Place): FieldSet {
  const shape = shapeFor(place, value);
  if (shape.kind === 'map') {
    return fieldSet(
      false,
      Object.entries(value as Record<string, unknown>).flatMap(([name, child]) => {
        const at = shape.fieldOf(name);
        if (at === undefined) return [];
        const below = fieldsOf(child, at);
        const bare = child === null || (isRecord(child) && Object.keys(child).length === 0);
        return [[`f:${name}`, bare || !shape.isNamed ? { ...below, member: true } : below] as const];
      }),
    );
  }
  if (shape.kind === 'list') {
    return fieldSet(
      false,
      (value as unknown[]).map(
        (item) => [shape.stepOf(item), { ...fieldsOf(item, shape.item), member: true }] as const,
      ),
    );
  }
  return leaf;
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const unchanged: Comparison = { added: emptySet, modified: emptySet, removed: emptySet };

export const isUnchanged = ({ added, modified, removed }: Comparison): boolean =>
  isEmpty(added) && isEmpty(modified) && isEmpty(removed);

/**
 * How a value became another. What is new, or gone, is told with everything below it. `isItem`: of a list, where the item
 * as a whole counts too.
 */
export function compare(before: unknown, after: unknown, place: Place, isItem = false): Comparison {
  if (before === after) return unchanged;
  const shape = shapeFor(place, before, after);
  if (shape.kind === 'leaf') {
    if (before === undefined) return { ...unchanged, added: leaf };
    if (after === undefined) return { ...unchanged, removed: leaf };
    return equal(before, after) ? unchanged : { ...unchanged, modified: leaf };
  }
  const [left, right] = [partsOf(before, shape), partsOf(after, shape)];
  const parts = new Map<string, Comparison>();
  for (const step of new Set([...left.keys(), ...right.keys()])) {
    const at = (left.get(step) ?? right.get(step)!).place;
    const found = compare(left.get(step)?.value, right.get(step)?.value, at, shape.kind === 'list');
    if (found !== unchanged) parts.set(step, found);
  }
  // A struct that has parts is no more than they are; a list or a map is there by itself.
  const counts = isItem || shape.kind === 'list' || !shape.isNamed || parts.size === 0;
  const collect = (member: boolean, kind: keyof Comparison) =>
    fieldSet(
      member && counts,
      [...parts].map(([step, part]) => [step, part[kind]] as const),
    );
  return {
    added: collect(before === undefined, 'added'),
    modified: collect(false, 'modified'),
    removed: collect(after === undefined, 'removed'),
  };
}

interface Part {
  readonly value: unknown;
  readonly place: Place;
}

function partsOf(value: unknown, shape: Exclude<Shape, { kind: 'leaf' }>): Map<string, Part> {
  const parts = new Map<string, Part>();
  if (shape.kind === 'list') {
    for (const item of (value as unknown[] | undefined) ?? []) {
      parts.set(shape.stepOf(item), { value: item, place: shape.item });
    }
    return parts;
  }
  for (const [name, child] of Object.entries((value as Record<string, unknown> | undefined) ?? {})) {
    const at = shape.fieldOf(name);
    if (at !== undefined && child !== undefined) parts.set(`f:${name}`, { value: child, place: at });
  }
  return parts;
}

/** What is there, with what is applied laid over it: fields and items that are not named stay. */
export function merge(live: unknown, applied: unknown, place: Place): unknown {
  if (live === undefined || live === null) return applied;
  const shape = shapeFor(place, live, applied);
  if (shape.kind === 'leaf') return applied;
  if (shape.kind === 'list') return mergeLists(live as unknown[], applied as unknown[], shape);
  const merged = { ...(live as Record<string, unknown>) };
  for (const [name, value] of Object.entries(applied as Record<string, unknown>)) {
    const at = shape.fieldOf(name);
    merged[name] = at === undefined ? value : merge(merged[name], value, at);
  }
  return merged;
}

/** Items that both have stand in the order of the one applied; others stay behind the one they stood behind. */
function mergeLists(live: unknown[], applied: unknown[], shape: Extract<Shape, { kind: 'list' }>): unknown[] {
  const liveItems = new Map(live.map((item) => [shape.stepOf(item), item]));
  const wanted = applied.map((item) => ({ step: shape.stepOf(item), item }));
  const wantedSteps = new Set(wanted.map(({ step }) => step));
  const merged: unknown[] = [];
  let next = 0;
  const take = () => {
    const { step, item } = wanted[next++]!;
    merged.push(liveItems.has(step) ? merge(liveItems.get(step), item, shape.item) : item);
    return liveItems.has(step);
  };
  for (const [step, item] of liveItems) {
    if (!wantedSteps.has(step)) merged.push(item);
    // One place of the live list for one shared item, and before it what is new.
    else while (next < wanted.length && !take());
  }
  while (next < wanted.length) take();
  return merged;
}

/**
 * Takes away what was owned and is no longer, unless somebody else owns it or something in it. Goes with an item of a
 * list: everything in it that has no owner.
 */
export function removeFields(value: unknown, gone: FieldSet, owned: FieldSet, place: Place): unknown {
  const shape = shapeFor(place, value);
  if (shape.kind === 'leaf') return value;
  const keep = (step: string, child: unknown, at: Place): readonly [unknown] | undefined => {
    const below = gone.children.get(step);
    if (below === undefined) return [child];
    const others = owned.children.get(step);
    if (others === undefined) return undefined;
    return [others.children.size === 0 ? child : removeFields(child, below, others, at)];
  };
  if (shape.kind === 'list') {
    return (value as unknown[]).flatMap((item) => {
      const kept = keep(shape.stepOf(item), item, shape.item);
      if (kept === undefined) return [];
      return [withKeys(shape.stepOf(item), item, kept[0])];
    });
  }
  const result: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value as Record<string, unknown>)) {
    const kept = keep(`f:${name}`, child, shape.fieldOf(name) ?? place);
    if (kept !== undefined) result[name] = kept[0];
  }
  return result;
}

/** An item that stays for the sake of others keeps its keys, or it would be another one. */
function withKeys(step: string, item: unknown, kept: unknown): unknown {
  if (!step.startsWith('k:') || !isRecord(kept) || !isRecord(item)) return kept;
  const names = Object.keys(JSON.parse(step.slice(2)) as object).filter((name) => name in item);
  return { ...Object.fromEntries(names.map((name) => [name, item[name]])), ...kept };
}

/** The shape of a place, or a leaf when a value is of another kind than its type says (null, say). */
function shapeFor(place: Place, ...values: unknown[]): Shape {
  const shape = shapeOf(place);
  if (shape.kind === 'leaf') return shape;
  const fits = shape.kind === 'list' ? Array.isArray : isRecord;
  return values.every((value) => value === undefined || fits(value)) ? shape : { kind: 'leaf' };
}
