import { describe, expect, it } from 'vitest';
import type { Json, JsonMap } from '../../../src/kube/api/patch/json.ts';
import { applyJsonPatch } from '../../../src/kube/api/patch/json-patch.ts';
import { applyMergePatch, createThreeWayMergePatch } from '../../../src/kube/api/patch/merge-patch.ts';
import {
  createThreeWayStrategicPatch,
  createTwoWayStrategicPatch,
} from '../../../src/kube/api/patch/strategic-diff.ts';
import { applyStrategicMergePatch } from '../../../src/kube/api/patch/strategic-merge.ts';

const deployment = 'apps-v1.Deployment';
const pod = 'core-v1.Pod';

function podWith(containers: Json[], extra: JsonMap = {}): JsonMap {
  return { spec: { containers, ...extra } };
}

describe('strategic merge patch', () => {
  it.each<[string, string, JsonMap, JsonMap, JsonMap]>([
    [
      'merges containers by name',
      pod,
      podWith([
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ]),
      podWith([{ name: 'b', image: '2' }]),
      podWith([
        { name: 'a', image: '1' },
        { name: 'b', image: '2' },
      ]),
    ],
    [
      'puts a new item in front, as upstream does without an order',
      pod,
      podWith([{ name: 'a' }]),
      podWith([{ name: 'c' }]),
      podWith([{ name: 'c' }, { name: 'a' }]),
    ],
    [
      'deletes an item',
      pod,
      podWith([{ name: 'a' }, { name: 'b' }]),
      podWith([{ $patch: 'delete', name: 'a' }]),
      podWith([{ name: 'b' }]),
    ],
    [
      'replaces a list',
      pod,
      podWith([{ name: 'a' }, { name: 'b' }]),
      podWith([{ $patch: 'replace' }, { name: 'c' }]),
      podWith([{ name: 'c' }]),
    ],
    [
      'replaces a map',
      pod,
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { $patch: 'replace', c: '3' } } },
      { metadata: { labels: { c: '3' } } },
    ],
    [
      'deletes a label by null',
      pod,
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { a: null } } },
      { metadata: { labels: { b: '2' } } },
    ],
    [
      'replaces a list without a merge key',
      pod,
      podWith([{ name: 'a', args: ['x', 'y'] }]),
      podWith([{ name: 'a', args: ['z'] }]),
      podWith([{ name: 'a', args: ['z'] }]),
    ],
    [
      'merges finalizers as a set',
      pod,
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { finalizers: ['c'] } },
      { metadata: { finalizers: ['c', 'a', 'b'] } },
    ],
    [
      'takes a finalizer out',
      pod,
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    [
      'keeps the order that the client asks for',
      pod,
      podWith([{ name: 'a' }, { name: 'b' }, { name: 'own' }]),
      {
        spec: {
          '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
          containers: [{ name: 'c' }],
        },
      },
      podWith([{ name: 'c' }, { name: 'b' }, { name: 'a' }, { name: 'own' }]),
    ],
    [
      'drops the old strategy by $retainKeys',
      deployment,
      { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
      { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
      { spec: { strategy: { type: 'Recreate' } } },
    ],
    [
      'merges ports of a container by containerPort',
      pod,
      podWith([{ name: 'a', ports: [{ containerPort: 80 }] }]),
      podWith([{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }]),
      podWith([{ name: 'a', ports: [{ containerPort: 80, name: 'http' }] }]),
    ],
    [
      'keeps no null of a new map',
      pod,
      {},
      { spec: { nodeSelector: { a: null, b: 'c' } } },
      { spec: { nodeSelector: { b: 'c' } } },
    ],
  ])('%s', (_, schema, original, patch, want) => {
    const before = JSON.stringify([original, patch]);
    expect(applyStrategicMergePatch(original, patch, schema)).toEqual(want);
    expect(JSON.stringify([original, patch])).toBe(before);
  });

  it('refuses an item without its merge key', () => {
    expect(() => applyStrategicMergePatch(podWith([{ name: 'a' }]), podWith([{ image: 'x' }]), pod)).toThrow(
      'does not contain declared merge key: name',
    );
  });

  it('does not reach what every object inherits', () => {
    const patch = JSON.parse('{"metadata":{"__proto__":{"polluted":true}}}') as JsonMap;
    expect(() => applyStrategicMergePatch({ metadata: {} }, patch, pod)).toThrow('__proto__');
    expect(() => applyMergePatch({ metadata: {} }, patch)).toThrow('__proto__');
    expect(() => applyJsonPatch({}, [{ op: 'add', path: '/__proto__/x', value: 1 }])).toThrow('__proto__');
    expect({}).not.toHaveProperty('polluted');
  });

  it('refuses an unknown directive', () => {
    expect(() => applyStrategicMergePatch({}, { $patch: 'explode' }, pod)).toThrow(
      'unknown patch type: explode',
    );
  });
});

describe('three-way strategic patch', () => {
  const applied: JsonMap = {
    metadata: { labels: { app: 'web', old: 'x' } },
    spec: {
      replicas: 2,
      template: {
        spec: {
          containers: [
            { name: 'a', image: '1' },
            { name: 'gone', image: '1' },
          ],
        },
      },
    },
  };
  const wanted: JsonMap = {
    metadata: { labels: { app: 'web' } },
    spec: { replicas: 2, template: { spec: { containers: [{ name: 'a', image: '2' }] } } },
  };
  const live: JsonMap = {
    metadata: { labels: { app: 'web', old: 'x', other: 'kept' }, uid: 'u' },
    spec: {
      replicas: 5,
      template: {
        spec: {
          restartPolicy: 'Always',
          containers: [
            { name: 'a', image: '1', imagePullPolicy: 'Always' },
            { name: 'gone', image: '1' },
            { name: 'sidecar', image: '9' },
          ],
        },
      },
    },
  };

  it('changes and deletes what the user did, and leaves what others set', () => {
    const patch = createThreeWayStrategicPatch(applied, wanted, live, deployment);
    expect(patch).toEqual({
      metadata: { labels: { old: null } },
      spec: {
        replicas: 2,
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'a' }],
            containers: [
              { name: 'a', image: '2' },
              { $patch: 'delete', name: 'gone' },
            ],
          },
        },
      },
    });
    const result = applyStrategicMergePatch(live, patch, deployment) as {
      spec: { template: { spec: { containers: JsonMap[] } } };
    };
    expect(result.spec.template.spec.containers).toEqual([
      { name: 'a', image: '2', imagePullPolicy: 'Always' },
      { name: 'sidecar', image: '9' },
    ]);
    const again = createThreeWayStrategicPatch(wanted, wanted, result as unknown as JsonMap, deployment);
    expect(applyStrategicMergePatch(result as unknown as JsonMap, again, deployment)).toEqual(result);
  });

  it('pairs items that share their key in their order: one port over UDP and TCP', () => {
    const ports = [
      { containerPort: 53, name: 'dns', protocol: 'UDP' },
      { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
    ];
    const manifest = podWith([{ name: 'coredns', ports }]);
    expect(createThreeWayStrategicPatch(manifest, manifest, manifest, pod)).toEqual({});
  });

  it('is empty when nothing differs', () => {
    expect(createTwoWayStrategicPatch(live, live, deployment)).toEqual({});
  });

  it('two-way brings the original to the modified object', () => {
    expect(
      applyStrategicMergePatch(applied, createTwoWayStrategicPatch(applied, live, deployment), deployment),
    ).toEqual(live);
  });
});

describe('merge patch', () => {
  it('follows RFC 7386', () => {
    expect(applyMergePatch({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null }, d: [2] })).toEqual({
      a: { c: 2 },
      d: [2],
    });
  });

  it('three-way deletes only what was applied before', () => {
    expect(createThreeWayMergePatch({ a: 1, b: 1 }, { a: 2 }, { a: 1, b: 1, c: 1 })).toEqual({
      a: 2,
      b: null,
    });
  });
});

describe('JSON patch', () => {
  const doc: Json = { a: [1, 2], 'x/y': { '~': 1 } };
  it.each<[JsonMap[], Json]>([
    [[{ op: 'add', path: '/a/-', value: 3 }], { a: [1, 2, 3], 'x/y': { '~': 1 } }],
    [[{ op: 'add', path: '/a/0', value: 0 }], { a: [0, 1, 2], 'x/y': { '~': 1 } }],
    [[{ op: 'remove', path: '/x~1y/~0' }], { a: [1, 2], 'x/y': {} }],
    [[{ op: 'replace', path: '/a', value: null }], { a: null, 'x/y': { '~': 1 } }],
    [[{ op: 'move', from: '/a', path: '/b' }], { b: [1, 2], 'x/y': { '~': 1 } }],
    [[{ op: 'copy', from: '/a/0', path: '/a/1' }], { a: [1, 1, 2], 'x/y': { '~': 1 } }],
    [[{ op: 'test', path: '/a/1', value: 2 }], doc],
  ])('%j', (patch, want) => {
    expect(applyJsonPatch(doc, patch)).toEqual(want);
  });

  it.each<[JsonMap[], string]>([
    [[{ op: 'test', path: '/a/1', value: 5 }], 'testing value /a/1 failed: test failed'],
    [[{ op: 'remove', path: '/nope' }], 'doc is missing key: /nope'],
    [
      [{ op: 'replace', path: '/nope/x', value: 1 }],
      'replace operation does not apply: doc is missing path: /nope/x: missing value',
    ],
    [[{ op: 'add', path: '/a/9', value: 1 }], 'Unable to access invalid index: 9'],
    [[{ op: 'jump', path: '/a' }], 'Unexpected kind: jump'],
  ])('%j fails', (patch, text) => {
    expect(() => applyJsonPatch(doc, patch)).toThrow(text);
  });
});
