import { expect, test } from 'vitest';
import type { Pod } from '../../../../src/kube/api/types/core-v1.ts';
import { byActivity, byLogging } from '../../../../src/kube/kubectl/streams/pod-order.ts';

const at = (second: number) => new Date(second * 1000).toISOString();

interface Sketch {
  readonly node?: boolean;
  readonly phase?: string;
  readonly ready?: number;
  readonly restarts?: number;
  readonly born?: number;
  readonly deleted?: number;
}

function sketch(
  name: string,
  { node = true, phase = 'Running', ready, restarts, born, deleted }: Sketch,
): Pod {
  return {
    metadata: {
      name,
      ...(born !== undefined && { creationTimestamp: at(born) }),
      ...(deleted !== undefined && { deletionTimestamp: at(deleted) }),
    },
    spec: { containers: [], ...(node && { nodeName: 'worker-0' }) },
    status: {
      phase,
      conditions:
        ready === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: at(ready) }],
      containerStatuses: [{ name: 'main', restartCount: restarts ?? 0 }],
    },
  } as unknown as Pod;
}

const names = (pods: readonly Pod[], order: typeof byLogging) =>
  [...pods].sort(order).map(({ metadata }) => metadata.name);

test('for a log: assigned, running, ready, ready for long, restarted often, old', () => {
  const pods = [
    sketch('young', { born: 9 }),
    sketch('old', { born: 1 }),
    sketch('restarted', { restarts: 3 }),
    sketch('ready lately', { ready: 8 }),
    sketch('ready for long', { ready: 2 }),
    sketch('pending', { phase: 'Pending' }),
    sketch('unassigned', { node: false, phase: 'Pending' }),
  ];
  expect(names(pods, byLogging)).toEqual([
    'ready for long',
    'ready lately',
    'restarted',
    'old',
    'young',
    'pending',
    'unassigned',
  ]);
});

test('for work: not one that is being deleted, and the one that restarted least', () => {
  const pods = [
    sketch('unassigned', { node: false, phase: 'Pending' }),
    sketch('ready, deleted first', { ready: 1, deleted: 3 }),
    sketch('ready, deleted last', { ready: 1, deleted: 9 }),
    sketch('ready, restarted', { ready: 4, restarts: 2 }),
    sketch('ready', { ready: 4 }),
    sketch('not ready', { born: 1 }),
    sketch('ended', { phase: 'Succeeded' }),
  ];
  expect(names(pods, byActivity)).toEqual([
    'ready',
    'ready, restarted',
    'ready, deleted last',
    'ready, deleted first',
    'not ready',
    'ended',
    'unassigned',
  ]);
});
