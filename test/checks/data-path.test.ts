import { describe, expect, it } from 'vitest';
import { parseDataPath, valuesAt, valueText } from '../../src/checks/data-path.ts';

const pod = {
  metadata: { name: 'web', labels: { 'a.b/c': 'x' } },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'PodScheduled', status: 'False' },
    ],
    containerStatuses: [{ restartCount: 0 }, { restartCount: 3 }],
    phase: null,
  },
};

describe('paths into data', () => {
  it.each([
    ['.metadata.name', ['web']],
    ['metadata.name', ['web']],
    [".metadata.labels['a.b/c']", ['x']],
    ['.metadata.labels["a.b/c"]', ['x']],
    ['.metadata.labels.a\\.b/c', ['x']],
    ['.status.conditions[0].type', ['Ready']],
    ['.status.conditions[-1].type', ['PodScheduled']],
    ['.status.conditions[type=Ready].status', ['True']],
    ['.status.conditions[type=Nope].status', []],
    ['.status.containerStatuses[*].restartCount', [0, 3]],
    ['.metadata[*]', ['web', { 'a.b/c': 'x' }]],
    ['.status.phase', [null]],
    ['.status.phase.deeper', []],
    ['.metadata.name.length', []],
    ['.status.conditions[9]', []],
    ['.toString', []],
  ])('%s', (path, values) => expect(valuesAt(pod, path)).toEqual(values));
  it.each(['.a[', '.a[x', '..a', '.a[]', ".a['b"])('refuses %s', (path) =>
    expect(() => parseDataPath(path)).toThrow(`cannot read the path ${JSON.stringify(path)}`),
  );
  it('leads nowhere in what is no data', () => {
    for (const data of [undefined, null, 'text', 3, []]) expect(valuesAt(data, '.a')).toEqual([]);
  });
  it('spells values as YAML would', () =>
    expect(['a', 1, true, null, ['x'], undefined].map(valueText)).toEqual([
      'a',
      '1',
      'true',
      'null',
      '["x"]',
      'nothing',
    ]));
});
