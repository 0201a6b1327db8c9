import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Store } from '../../../src/etcd/mvcc/store.ts';

/** The plainest store there can be: a full copy of the map for every revision. */
class Model {
  readonly states: Map<string, { value: string; create: number; mod: number; version: number }>[] = [
    new Map(),
    new Map(),
  ];
  compacted = -1;
  get revision() {
    return this.states.length - 1;
  }
  change(puts: readonly (readonly [string, string])[], deletes: readonly string[]) {
    const next = new Map(this.states[this.revision]);
    const revision = this.revision + 1;
    let changed = false;
    for (const key of deletes) changed = next.delete(key) || changed;
    for (const [key, value] of puts) {
      const old = next.get(key);
      next.set(key, {
        value,
        create: old?.create ?? revision,
        mod: revision,
        version: (old?.version ?? 0) + 1,
      });
      changed = true;
    }
    if (changed) this.states.push(next);
  }
}

const key = fc.constantFrom('a', 'ab', 'b', 'c', 'c\xff', 'd');
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('put' as const), key, value: fc.string({ maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), start: key, end: key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), back: fc.nat(5) }) },
);

describe('the store against a naive model', () => {
  it('reads the same at every revision that is not compacted', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const store = new Store();
        const model = new Model();
        for (const step of commands) {
          if (step.kind === 'put') {
            const txn = store.write();
            txn.put(step.key, Buffer.from(step.value), 0n);
            txn.end();
            model.change([[step.key, step.value]], []);
          } else if (step.kind === 'delete') {
            const txn = store.write();
            const current = model.states[model.revision]!;
            const keys = [...current.keys()].filter((each) => each >= step.start && each < step.end);
            expect(txn.deleteRange({ start: step.start, end: step.end })).toBe(keys.length);
            txn.end();
            model.change([], keys);
          } else {
            const revision = model.revision - step.back;
            if (revision <= model.compacted || revision < 1) continue;
            store.compact(revision);
            model.compacted = revision;
          }
          expect(store.revision).toBe(model.revision);
        }
        for (let revision = Math.max(1, model.compacted); revision <= model.revision; revision++) {
          const expected = [...model.states[revision]!].sort(([a], [b]) => (a < b ? -1 : 1));
          const { records, count } = store.range({ start: '', end: null }, { revision });
          expect(count).toBe(expected.length);
          expect(
            records.map((record) => [
              record.key,
              {
                value: record.value.toString(),
                create: record.createRevision,
                mod: record.modRevision,
                version: record.version,
              },
            ]),
          ).toEqual(expected);
        }
        const copy = new Store();
        copy.restore(store.log, store.revision, store.compactRevision);
        expect(copy.range({ start: '', end: null }).records).toEqual(
          store.range({ start: '', end: null }).records,
        );
        expect(copy.sizeBytes).toBe(store.sizeBytes);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('refuses revisions that are compacted or still to come', () => {
    const store = new Store();
    for (let i = 0; i < 3; i++) {
      const txn = store.write();
      txn.put('k', Buffer.from(String(i)), 0n);
      txn.end();
    }
    store.compact(3);
    const all = { start: 'k', end: undefined };
    expect(() => store.range(all, { revision: 2 })).toThrow('required revision has been compacted');
    expect(() => store.range(all, { revision: 5 })).toThrow('required revision is a future revision');
    expect(() => store.compact(3)).toThrow('required revision has been compacted');
    expect(store.range(all, { revision: 3 }).records[0]?.value.toString()).toBe('1');
  });
});
