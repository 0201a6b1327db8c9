import { describe, expect, it } from 'vitest';
import type { Pod, PodStatus } from '../../../../src/kube/api/types/core-v1.ts';
import type { PodRuntimeStatus } from '../../../../src/kube/kubelet/runtime/pod-runtime-status.ts';
import { generatePodStatus, type StatusInputs } from '../../../../src/kube/kubelet/status/generate.ts';
import { container, makePod, runtimeContainer, runtimeStatus, sandbox } from '../support/objects.ts';

const now = Date.parse('2026-01-01T00:01:00Z');

function status(pod: Pod, runtime: PodRuntimeStatus, fields: Partial<StatusInputs> = {}): PodStatus {
  return generatePodStatus(pod, {
    runtime,
    runtimeName: 'containerd',
    failures: new Map(),
    readiness: () => undefined,
    startup: () => undefined,
    hostIP: '10.240.0.20',
    now,
    previous: {},
    ended: false,
    ...fields,
  });
}
const condition = (found: PodStatus, type: string) => found.conditions?.find((one) => one.type === type);
const two = (restartPolicy: string) =>
  makePod({ restartPolicy, containers: [container('a'), container('b')] });
const both = (a: number | 'running', b: number | 'running') =>
  runtimeStatus(
    Object.entries({ a, b }).map(([name, state]) =>
      state === 'running'
        ? runtimeContainer('running', { name })
        : runtimeContainer('exited', { name, exitCode: state }),
    ),
  );

describe('the phase of a pod', () => {
  it.each([
    ['Always', 'running', 'running', 'Running'],
    ['Always', 0, 0, 'Running'],
    ['Always', 'running', 1, 'Running'],
    ['OnFailure', 0, 0, 'Succeeded'],
    ['OnFailure', 0, 1, 'Running'],
    ['OnFailure', 'running', 0, 'Running'],
    ['Never', 0, 0, 'Succeeded'],
    ['Never', 0, 1, 'Failed'],
    ['Never', 'running', 1, 'Running'],
  ] as const)('with %s and containers %s and %s is %s', (policy, a, b, phase) => {
    expect(status(two(policy), both(a, b)).phase).toBe(phase);
  });

  it('is Pending before the containers, and while one of them has not started', () => {
    expect(status(two('Always'), runtimeStatus([], [])).phase).toBe('Pending');
    expect(status(two('Always'), runtimeStatus([runtimeContainer('running', { name: 'a' })])).phase).toBe(
      'Pending',
    );
  });

  it('of an init container that fails for good is Failed, of one that is tried again Pending', () => {
    const failed = runtimeStatus([runtimeContainer('exited', { name: 'init', exitCode: 1 })]);
    const pod = (restartPolicy: string) => makePod({ restartPolicy, initContainers: [container('init')] });
    expect(status(pod('Never'), failed).phase).toBe('Failed');
    expect(status(pod('Always'), failed).phase).toBe('Pending');
  });

  it('never comes back from the end', () => {
    const previous = { phase: 'Failed', reason: 'Evicted', message: 'why' } as const;
    expect(status(two('Always'), both('running', 'running'), { previous })).toMatchObject(previous);
  });

  it('of a pod that was ended is told by its exit codes, whatever the policy', () => {
    expect(status(two('Always'), both(0, 0), { ended: true }).phase).toBe('Succeeded');
    expect(status(two('Always'), both(0, 137), { ended: true }).phase).toBe('Failed');
  });
});

describe('the conditions of a pod', () => {
  it('name the containers that are missing', () => {
    const found = status(two('Always'), both('running', 1));
    expect(condition(found, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [b]',
    });
    expect(condition(found, 'ContainersReady')?.status).toBe('False');
    expect(condition(found, 'Initialized')?.status).toBe('True');
  });

  it('of a pod that has done its work say so', () => {
    const found = status(two('Never'), both(0, 0));
    expect(condition(found, 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
  });

  it('wait for readiness gates, and leave what others wrote', () => {
    const gate = { type: 'lb.example/ready', status: 'False' };
    const pod = {
      ...makePod({ readinessGates: [{ conditionType: gate.type }] }),
      status: { conditions: [gate] },
    };
    const found = status(pod, runtimeStatus([runtimeContainer('running')]));
    expect(condition(found, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'the status of pod readiness gate "lb.example/ready" is not "True", but False',
    });
    expect(condition(found, gate.type)).toEqual(gate);
    const missing = status(
      makePod({ readinessGates: [{ conditionType: 'x' }] }),
      runtimeStatus([runtimeContainer('running')]),
    );
    expect(condition(missing, 'Ready')?.message).toBe(
      'corresponding condition of pod readiness gate "x" does not exist.',
    );
  });

  it('change their time only with their status', () => {
    const pod = makePod();
    const first = status(pod, runtimeStatus([], []));
    const later = status(pod, runtimeStatus([runtimeContainer('running')]), {
      previous: first,
      now: now + 60_000,
    });
    expect(condition(later, 'PodScheduled')?.lastTransitionTime).toBe('2026-01-01T00:01:00Z');
    expect(condition(later, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:02:00Z');
    expect(later.startTime).toBe('2026-01-01T00:01:00Z');
  });
});

describe('the status of a container', () => {
  const one = (runtime: PodRuntimeStatus, fields: Partial<StatusInputs> = {}, pod = makePod()) =>
    status(pod, runtime, fields).containerStatuses![0]!;

  it('tells how it ended', () => {
    const ended = runtimeContainer('exited', {
      exitCode: 2,
      message: 'last words',
      startedAt: 1000,
      finishedAt: 5000,
    });
    expect(one(runtimeStatus([ended])).state).toEqual({
      terminated: {
        exitCode: 2,
        reason: 'Error',
        message: 'last words',
        startedAt: '1970-01-01T00:00:01Z',
        finishedAt: '1970-01-01T00:00:05Z',
        containerID: 'containerd://main-0',
      },
    });
  });

  it('keeps the run before as its last state', () => {
    const runs = [
      runtimeContainer('running', { id: 'new', restartCount: 1 }),
      runtimeContainer('exited', { id: 'old', exitCode: 137, reason: 'OOMKilled' }),
    ];
    expect(one(runtimeStatus(runs))).toMatchObject({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', containerID: 'containerd://old' } },
    });
  });

  it('waits with a reason, having ended with another', () => {
    const failures = new Map([['main', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
    expect(one(runtimeStatus([runtimeContainer('exited', { exitCode: 1 })]), { failures })).toMatchObject({
      ready: false,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
      lastState: { terminated: { exitCode: 1 } },
    });
  });

  it('is ready by its probes', () => {
    const running = runtimeStatus([runtimeContainer('running')]);
    const probe = { exec: { command: ['true'] } };
    const probed = makePod({
      containers: [container('main', { readinessProbe: probe, startupProbe: probe })],
    });
    const yes = () => true;
    expect(one(running)).toMatchObject({ started: true, ready: true });
    expect(one(running, {}, probed)).toMatchObject({ started: false, ready: false });
    expect(one(running, { startup: yes }, probed)).toMatchObject({ started: true, ready: false });
    expect(one(running, { startup: yes, readiness: yes }, probed)).toMatchObject({
      started: true,
      ready: true,
    });
  });

  it('that the runtime forgot is told as it was last reported', () => {
    const previous = status(makePod({ restartPolicy: 'Never' }), runtimeStatus([runtimeContainer('exited')]));
    expect(one(runtimeStatus([]), { previous })).toEqual(previous.containerStatuses![0]);
  });
});

it('a pod on the host’s network has the host’s address', () => {
  const found = status(makePod({ hostNetwork: true }), runtimeStatus([], [sandbox()]));
  expect(found).toMatchObject({
    podIP: '10.240.0.20',
    podIPs: [{ ip: '10.240.0.20' }],
    hostIP: '10.240.0.20',
  });
});
