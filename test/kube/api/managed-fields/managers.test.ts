import { describe, expect, test } from 'vitest';
import { toFieldsV1 } from '../../../../src/kube/api/managed-fields/field-set.ts';
import {
  applyConfiguration,
  beforeFirstApply,
  type Change,
  decodeManagers,
  encodeManagers,
  type Manager,
  trackUpdate,
} from '../../../../src/kube/api/managed-fields/managers.ts';
import { rootPlace } from '../../../../src/kube/api/managed-fields/shape.ts';
import { compare, fieldsOf, merge } from '../../../../src/kube/api/managed-fields/walk.ts';

const place = rootPlace('core-v1.Pod');

type Container = { name: string; [field: string]: unknown };
const pod = (containers: readonly Container[], metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers },
});

/** What is stored, and who owns what. Each step is an apply or an update by somebody. */
class Story {
  live: unknown;
  managers: readonly Manager[] = [];
  #clock = 0;

  #change(manager: string, operation: 'Apply' | 'Update'): Change {
    const writer = { manager, operation, apiVersion: 'v1', subresource: '' };
    const now = `2026-01-01T00:00:0${this.#clock++}Z`;
    return { live: this.live, place, managers: this.managers, writer, now };
  }

  apply(manager: string, config: unknown, force = false): unknown {
    const { object, managers } = applyConfiguration(this.#change(manager, 'Apply'), config, force);
    this.managers = managers;
    this.live = object;
    return object;
  }

  update(manager: string, next: unknown): void {
    this.managers = trackUpdate(this.#change(manager, 'Update'), next);
    this.live = next;
  }

  owners(): Record<string, unknown> {
    return Object.fromEntries(this.managers.map(({ manager, set }) => [manager, toFieldsV1(set)]));
  }
}

describe('the fields of a value', () => {
  test('are those its kind names; lists with keys by item, other lists as a whole', () => {
    const set = fieldsOf(
      pod([{ name: 'web', args: ['-v'], ports: [{ containerPort: 80 }], resources: {} }], {
        labels: { app: 'web' },
        finalizers: ['lab/x'],
      }),
      place,
    );
    expect(toFieldsV1(set)).toMatchObject({
      'f:metadata': { 'f:labels': { 'f:app': {} }, 'f:finalizers': { 'v:"lab/x"': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:name': {},
            'f:args': {},
            'f:resources': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
      },
    });
  });

  test('that differ are told as added, modified and removed', () => {
    const before = pod([{ name: 'a', image: '1' }, { name: 'b' }]);
    const after = pod([{ name: 'a', image: '2' }, { name: 'c' }], { labels: { x: 'y' } });
    const { added, modified, removed } = compare(before, after, place);
    const containers = (list: object) => ({ 'f:spec': { 'f:containers': list } });
    expect(toFieldsV1(modified)).toEqual(containers({ 'k:{"name":"a"}': { 'f:image': {} } }));
    expect(toFieldsV1(removed)).toEqual(containers({ 'k:{"name":"b"}': { '.': {}, 'f:name': {} } }));
    expect(toFieldsV1(added)).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
      ...containers({ 'k:{"name":"c"}': { '.': {}, 'f:name': {} } }),
    });
  });
});

test('items that are laid over a list keep their order, and others their place', () => {
  const list = (...names: string[]) => pod(names.map((name) => ({ name })));
  const merged = merge(list('a', 'x', 'b', 'y'), list('new', 'b', 'a', 'last'), place);
  expect(merged).toEqual(list('new', 'b', 'x', 'a', 'y', 'last'));
});

describe('who applies', () => {
  test('owns what it says, and what it leaves out later goes', () => {
    const story = new Story();
    story.apply('me', pod([{ name: 'web', image: '1', tty: true }, { name: 'side' }]));
    expect(story.apply('me', pod([{ name: 'web', image: '2' }]))).toEqual(pod([{ name: 'web', image: '2' }]));
  });

  test('removes with an item what has no owner in it', () => {
    const story = new Story();
    story.apply('me', pod([{ name: 'web' }, { name: 'side' }]));
    // Defaults belong to nobody.
    story.live = pod([{ name: 'web' }, { name: 'side', imagePullPolicy: 'Always' }]);
    expect(story.apply('me', pod([{ name: 'web' }]))).toEqual(pod([{ name: 'web' }]));
  });

  test('removes with a struct what has no owner in it, but never the name of the object', () => {
    const story = new Story();
    const probe = { httpGet: { path: '/', port: 80 } };
    story.apply('me', pod([{ name: 'web', livenessProbe: probe }], { labels: { a: 'b' } }));
    story.live = pod([{ name: 'web', livenessProbe: { ...probe, periodSeconds: 10 } }], {
      labels: { a: 'b' },
    });
    expect(story.apply('me', pod([{ name: 'web' }]))).toEqual(pod([{ name: 'web' }]));
  });

  test('leaves an item to others who own something in it', () => {
    const story = new Story();
    story.apply('me', pod([{ name: 'web', image: '1' }]));
    story.apply('you', pod([{ name: 'web', tty: true }]));
    expect(story.apply('me', pod([]))).toEqual(pod([{ name: 'web', tty: true }]));
    expect(Object.keys(story.owners())).toEqual(['you']);
  });

  test('shares a field with whoever says the same, and it goes with the last of them', () => {
    const story = new Story();
    const labels = { app: 'web' };
    story.apply('me', pod([{ name: 'web' }], { labels }));
    story.apply('you', pod([], { labels }));
    expect(story.apply('me', pod([{ name: 'web' }]))).toMatchObject({ metadata: { labels } });
    expect(story.apply('you', pod([]))).toEqual(pod([{ name: 'web' }]));
  });

  test('meets a conflict when it would change what is another’s, and takes it by force', () => {
    const story = new Story();
    story.apply('me', pod([{ name: 'web', image: '1', tty: true }]));
    const wanted = pod([{ name: 'web', image: '2', tty: false }]);
    expect(() => story.apply('you', wanted)).toThrow(
      'Apply failed with 2 conflicts: conflicts with "me":\n- .spec.containers[name="web"].image\n- .spec.containers[name="web"].tty',
    );
    story.apply('you', wanted, true);
    expect(story.owners().me).toEqual({
      'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:name': {} } } },
    });
  });

  test('changes no time when nothing changes', () => {
    const story = new Story();
    story.apply('me', pod([{ name: 'web' }]));
    const before = encodeManagers(story.managers);
    story.apply('me', pod([{ name: 'web' }]));
    expect(encodeManagers(story.managers)).toEqual(before);
  });
});

describe('who updates', () => {
  test('takes what it changes from those who applied, who then meet it as a conflict', () => {
    const story = new Story();
    story.apply('me', pod([{ name: 'web', image: '1' }]));
    story.update('editor', pod([{ name: 'web', image: '2' }]));
    expect(story.owners().editor).toEqual({
      'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } },
    });
    expect(() => story.apply('me', pod([{ name: 'web', image: '3' }]))).toThrow(
      'Apply failed with 1 conflict: conflict with "editor" using v1: .spec.containers[name="web"].image',
    );
  });

  test('owns no names and counters, and loses what another removes', () => {
    const story = new Story();
    story.live = pod([]);
    story.update('server', pod([], { uid: 'u', resourceVersion: '7', generation: 2 }));
    expect(story.owners()).toEqual({});
    story.update('editor', pod([], { labels: { a: 'b' } }));
    story.update('cleaner', pod([]));
    expect(story.owners()).toEqual({});
  });
});

test('what was there before the first apply belongs to a manager of that name', () => {
  const live = pod([{ name: 'web', image: '1' }]);
  const writer = { manager: 'me', operation: 'Apply', apiVersion: 'v1', subresource: '' } as const;
  const [manager] = beforeFirstApply({ live, place, managers: [], writer, now: '2026-01-01T00:00:00Z' });
  expect(manager).toMatchObject({ manager: 'before-first-apply', operation: 'Update' });
});

test('managers are written as managedFields, appliers first, and read back; what is not understood is left', () => {
  const story = new Story();
  story.apply('me', pod([{ name: 'web', image: '1' }]));
  story.update('editor', pod([{ name: 'web', image: '2' }]));
  const entries = encodeManagers(story.managers);
  expect(entries.map(({ manager, operation }) => [manager, operation])).toEqual([
    ['me', 'Apply'],
    ['editor', 'Update'],
  ]);
  expect(encodeManagers(decodeManagers(JSON.parse(JSON.stringify(entries)))!)).toEqual(entries);
  expect(
    decodeManagers([{ manager: 'x', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV2' }]),
  ).toBe(undefined);
});
