import { expect, test } from 'vitest';
import { type ApiObject, nodeFacts, podFacts } from '../../../src/tui/lab/api-objects.ts';

const running = { ready: true, restartCount: 0, state: {} };
const pod = (status: ApiObject['status'], metadata: Partial<ApiObject['metadata']> = {}): ApiObject => ({
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { nodeName: 'worker-0' },
  status,
});
const waiting = (reason: string) => ({ ready: false, restartCount: 0, state: { waiting: { reason } } });
const ended = (exitCode: number, reason?: string) => ({
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode, ...(reason === undefined ? {} : { reason }) } },
});

test.each<[string, ApiObject['status'], string]>([
  ['it runs', { phase: 'Running', containerStatuses: [running] }, 'Running'],
  ['nothing is known of it yet', {}, 'Unknown'],
  ['no node has taken it', { phase: 'Pending' }, 'Pending'],
  [
    'its image is not there',
    { phase: 'Pending', containerStatuses: [waiting('ErrImagePull')] },
    'ErrImagePull',
  ],
  ['it ended badly', { phase: 'Failed', containerStatuses: [ended(1, 'Error')] }, 'Error'],
  [
    'it ended badly, and nobody says why',
    { phase: 'Failed', containerStatuses: [ended(137)] },
    'ExitCode:137',
  ],
  ['its work is done', { phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] }, 'Completed'],
  [
    'one of two has done its work',
    { phase: 'Running', containerStatuses: [ended(0, 'Completed'), running] },
    'Running',
  ],
  ['the node threw it out', { phase: 'Failed', reason: 'Evicted' }, 'Evicted'],
  [
    'the second of two begins',
    { phase: 'Pending', initContainerStatuses: [ended(0), waiting('PodInitializing')] },
    'Init:1/2',
  ],
  [
    'what prepares it fails',
    { phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff')] },
    'Init:CrashLoopBackOff',
  ],
])('as kubectl says it: %s', (_name, status, expected) => {
  expect(podFacts(pod(status)).status).toBe(expected);
});

test('a pod that is being deleted says so, whatever its containers do', () => {
  const deleted = pod(
    { phase: 'Running', containerStatuses: [running] },
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
  );
  expect(podFacts(deleted).status).toBe('Terminating');
});

test('a row of a pod', () => {
  const restarted = { ...running, restartCount: 3 };
  expect(podFacts(pod({ podIP: '10.200.0.2', containerStatuses: [restarted, waiting('x')] }))).toMatchObject({
    namespace: 'default',
    name: 'web',
    ready: '1/2',
    restarts: 3,
    address: '10.200.0.2',
    node: 'worker-0',
  });
});

test('a node is ready only when it says so itself, and may be cordoned all the same', () => {
  const node = (ready: string, unschedulable?: boolean): ApiObject => ({
    metadata: { name: 'worker-0' },
    spec: unschedulable === undefined ? {} : { unschedulable },
    status: {
      conditions: [{ type: 'Ready', status: ready }],
      nodeInfo: { kubeletVersion: 'v1.34.2' },
      addresses: [
        { type: 'Hostname', address: 'worker-0' },
        { type: 'InternalIP', address: '10.240.0.20' },
      ],
    },
  });
  expect(nodeFacts(node('True'))).toEqual({
    name: 'worker-0',
    ready: true,
    cordoned: false,
    version: 'v1.34.2',
    address: '10.240.0.20',
  });
  expect(nodeFacts(node('Unknown')).ready).toBe(false);
  expect(nodeFacts(node('True', true)).cordoned).toBe(true);
  expect(nodeFacts({ metadata: { name: 'new' } })).toMatchObject({ ready: false, address: '' });
});
