import { describe, expect, it } from 'vitest';
import { humanDuration } from '../../../src/kube/api/duration.ts';
import { toTable } from '../../../src/kube/api/tables/table.ts';

const now = Date.parse('2025-01-31T08:00:00Z');
const metadata = { name: 'web', creationTimestamp: '2025-01-31T07:55:30Z' };

function cells(kind: string, object: object): unknown[] {
  const row = toTable({ kind }, { metadata, ...object }, { now }).rows[0]!;
  return row.cells;
}

const container = { name: 'a', ready: true, restartCount: 0, image: '', imageID: '', state: { running: {} } };

describe('pods', () => {
  it.each<[string, object, object, unknown[]]>([
    ['running', {}, { phase: 'Running', containerStatuses: [container] }, ['1/1', 'Running', '0']],
    [
      'crash loop',
      {},
      {
        phase: 'Running',
        containerStatuses: [
          {
            ...container,
            ready: false,
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, finishedAt: '2025-01-31T07:59:55Z' } },
          },
        ],
      },
      ['0/1', 'CrashLoopBackOff', '2 (5s ago)'],
    ],
    ['pending', {}, { phase: 'Pending' }, ['0/1', 'Pending', '0']],
    [
      'completed',
      {},
      {
        phase: 'Succeeded',
        containerStatuses: [
          { ...container, ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
        ],
      },
      ['0/1', 'Completed', '0'],
    ],
    [
      'killed by a signal',
      {},
      {
        phase: 'Failed',
        containerStatuses: [
          { ...container, ready: false, state: { terminated: { exitCode: 137, signal: 9 } } },
        ],
      },
      ['0/1', 'Signal:9', '0'],
    ],
    [
      'initializing',
      { initContainers: [{ name: 'i' }] },
      { phase: 'Pending', initContainerStatuses: [{ ...container, name: 'i', ready: false }] },
      ['0/1', 'Init:0/1', '0'],
    ],
    [
      'failed init container',
      { initContainers: [{ name: 'i' }] },
      {
        phase: 'Pending',
        initContainerStatuses: [{ ...container, name: 'i', state: { terminated: { exitCode: 3 } } }],
      },
      ['0/1', 'Init:ExitCode:3', '0'],
    ],
    ['evicted', {}, { phase: 'Failed', reason: 'Evicted' }, ['0/1', 'Evicted', '0']],
  ])('%s', (_, spec, status, want) => {
    const pod = { spec: { containers: [{ name: 'a' }], ...spec }, status };
    expect(cells('Pod', pod).slice(1, 4)).toEqual(want);
  });

  it('says Terminating while it is deleted', () => {
    const deleted = { ...metadata, deletionTimestamp: '2025-01-31T08:00:00Z' };
    const pod = { metadata: deleted, spec: { containers: [{ name: 'a' }] }, status: { phase: 'Running' } };
    expect(cells('Pod', pod)[2]).toBe('Terminating');
  });

  it('shows address and node with -o wide', () => {
    const pod = {
      spec: { containers: [{ name: 'a' }], nodeName: 'worker-0' },
      status: { podIP: '10.200.0.2' },
    };
    expect(cells('Pod', pod).slice(4)).toEqual(['4m30s', '10.200.0.2', 'worker-0', '<none>', '<none>']);
    const { columnDefinitions } = toTable({ kind: 'Pod' }, [], { now });
    expect(columnDefinitions.map((c) => c.priority)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1]);
  });
});

describe('other kinds', () => {
  it.each<[string, object, unknown[]]>([
    [
      'Node',
      {
        metadata: { ...metadata, labels: { 'node-role.kubernetes.io/worker': '' } },
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          nodeInfo: { kubeletVersion: 'v1.34.2', osImage: 'k8s-lab' },
          addresses: [{ type: 'InternalIP', address: '10.240.0.20' }],
        },
      },
      [
        'web',
        'Ready,SchedulingDisabled',
        'worker',
        '4m30s',
        'v1.34.2',
        '10.240.0.20',
        '<none>',
        'k8s-lab',
        '<unknown>',
        '<unknown>',
      ],
    ],
    [
      'Deployment',
      {
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'web' } },
          template: { spec: { containers: [{ name: 'a', image: 'i' }] } },
        },
        status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 },
      },
      ['web', '2/3', 3, 2, '4m30s', 'a', 'i', 'app=web'],
    ],
    [
      'Service',
      {
        spec: {
          type: 'NodePort',
          clusterIP: '10.32.0.5',
          ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
        },
      },
      ['web', 'NodePort', '10.32.0.5', '<none>', '80:30080/TCP', '4m30s', '<none>'],
    ],
    [
      'Endpoints',
      {
        subsets: [
          { addresses: ['1', '2', '3', '4'].map((n) => ({ ip: `10.0.0.${n}` })), ports: [{ port: 80 }] },
        ],
      },
      ['web', '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...', '4m30s'],
    ],
    ['Secret', { type: 'Opaque', data: { a: '', b: '' } }, ['web', 'Opaque', 2, '4m30s']],
    ['Lease', { spec: { holderIdentity: 'controller-0_1' } }, ['web', 'controller-0_1', '4m30s']],
    [
      'Job',
      { spec: { completions: 3, template: {} }, status: { succeeded: 1, startTime: '2025-01-31T07:59:00Z' } },
      ['web', 'Running', '1/3', '60s', '4m30s', '', '', '<none>'],
    ],
    ['Role', {}, ['web', '2025-01-31T07:55:30Z']],
    ['SomethingElse', {}, ['web', '2025-01-31T07:55:30Z']],
  ])('%s', (kind, object, want) => {
    expect(cells(kind, object)).toEqual(want);
    expect(toTable({ kind }, [], { now }).columnDefinitions).toHaveLength(want.length);
  });

  it('reads an event of either group', () => {
    const core = {
      apiVersion: 'v1',
      involvedObject: { kind: 'Pod', name: 'web' },
      message: 'm',
      count: 2,
      lastTimestamp: '2025-01-31T07:59:00Z',
    };
    const events = {
      apiVersion: 'events.k8s.io/v1',
      regarding: core.involvedObject,
      note: 'm',
      deprecatedCount: 2,
      deprecatedLastTimestamp: core.lastTimestamp,
    };
    expect(cells('Event', events)).toEqual(cells('Event', core));
    expect(cells('Event', core).slice(0, 4)).toEqual(['60s', '', '', 'pod/web']);
  });

  it('keeps the list metadata and leaves columns out when asked', () => {
    const list = { metadata: { resourceVersion: '7', continue: 'c' }, items: [{ metadata }] };
    const table = toTable({ kind: 'ConfigMap' }, list, { now, noHeaders: true, includeObject: 'None' });
    expect(table).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '7', continue: 'c' },
      columnDefinitions: [],
      rows: [{ cells: ['web', 0, '4m30s'] }],
    });
  });
});

describe('humanDuration', () => {
  it.each([
    [-2000, '<invalid>'],
    [0, '0s'],
    [119_000, '119s'],
    [120_000, '2m'],
    [150_000, '2m30s'],
    [11 * 60_000, '11m'],
    [3 * 3600_000 + 15 * 60_000, '3h15m'],
    [9 * 3600_000 + 15 * 60_000, '9h'],
    [52 * 3600_000, '2d4h'],
    [10 * 86_400_000, '10d'],
    [800 * 86_400_000, '2y70d'],
  ])('%d', (ms, text) => expect(humanDuration(ms)).toBe(text));
});
