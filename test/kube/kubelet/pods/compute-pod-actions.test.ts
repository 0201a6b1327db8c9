import { describe, expect, it } from 'vitest';
import {
  computePodActions,
  type ProbeResults,
} from '../../../../src/kube/kubelet/pods/compute-pod-actions.ts';
import { emptyRuntimeStatus } from '../../../../src/kube/kubelet/runtime/pod-runtime-status.ts';
import {
  container,
  makePod,
  PodSandboxState,
  runtimeContainer,
  runtimeStatus,
  sandbox,
} from '../support/objects.ts';

const silent: ProbeResults = { liveness: () => undefined, startup: () => undefined };
const names = (containers: readonly { readonly name: string }[]) => containers.map(({ name }) => name);

/** What is done, in few words. */
function plan(...args: Parameters<typeof computePodActions>) {
  const actions = computePodActions(...args);
  return {
    sandbox: actions.createSandbox ? `new ${actions.attempt}` : actions.killPod ? 'none' : 'kept',
    init: names(actions.initContainersToStart),
    start: names(actions.containersToStart),
    kill: actions.containersToKill.map(({ name, reason }) => `${name}: ${reason}`),
  };
}

describe('a pod of the node', () => {
  const pod = makePod({ containers: [container('a'), container('b')] });

  it('begins with a sandbox and all its containers', () => {
    expect(plan(pod, emptyRuntimeStatus, silent)).toEqual({
      sandbox: 'new 0',
      init: [],
      start: ['a', 'b'],
      kill: [],
    });
  });

  it('is left alone while everything runs', () => {
    const running = runtimeStatus(['a', 'b'].map((name) => runtimeContainer('running', { name })));
    expect(plan(pod, running, silent)).toEqual({ sandbox: 'kept', init: [], start: [], kill: [] });
  });

  it('gets what is missing', () => {
    const one = runtimeStatus([runtimeContainer('running', { name: 'a' })]);
    expect(plan(pod, one, silent)).toMatchObject({ sandbox: 'kept', start: ['b'] });
  });

  it.each([
    ['not ready', sandbox({ state: PodSandboxState.NOTREADY })],
    ['without an address', sandbox({ network: { ip: '', additionalIps: [] } as never })],
  ])('gets a new sandbox, the next by number, when its own is %s', (_name, broken) => {
    const status = runtimeStatus([runtimeContainer('exited', { name: 'a', exitCode: 137 })], [broken]);
    expect(plan(pod, status, silent)).toMatchObject({ sandbox: 'new 1', start: ['a', 'b'] });
  });

  it('starts what kubectl debug adds once, and never again', () => {
    const debugged = makePod({
      containers: [container('a')],
      ephemeralContainers: [container('debugger')],
    });
    const added = (...states: ('running' | 'exited')[]) =>
      computePodActions(
        debugged,
        runtimeStatus([
          runtimeContainer('running', { name: 'a' }),
          ...states.map((state) => runtimeContainer(state, { name: 'debugger', exitCode: 1 })),
        ]),
        silent,
      );
    expect(names(added().ephemeralContainersToStart)).toEqual(['debugger']);
    expect(added('running').ephemeralContainersToStart).toEqual([]);
    expect(added('exited').ephemeralContainersToStart).toEqual([]);
  });

  it('on the network of the host needs no address of its own', () => {
    const host = makePod({ hostNetwork: true });
    const status = runtimeStatus([runtimeContainer('running')], [sandbox({ network: undefined as never })]);
    expect(plan(host, status, silent)).toMatchObject({ sandbox: 'kept' });
  });

  it('with two ready sandboxes starts anew: one of them is a leftover', () => {
    const status = runtimeStatus([], [sandbox(), sandbox({ id: 'sandbox-0' })]);
    expect(plan(pod, status, silent)).toMatchObject({ sandbox: 'new 1' });
  });

  it('that is being deleted gets neither sandbox nor container', () => {
    const leaving = makePod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(plan(leaving, emptyRuntimeStatus, silent)).toMatchObject({ sandbox: 'none', start: [] });
    expect(plan(leaving, runtimeStatus([runtimeContainer('exited')]), silent)).toMatchObject({ start: [] });
  });

  it('replaces a container whose image was changed', () => {
    const running = runtimeStatus([runtimeContainer('running', { hash: 'old' })]);
    expect(plan(makePod(), running, silent)).toMatchObject({ start: ['main'], kill: ['main: SpecChanged'] });
  });
});

describe('the restart policy', () => {
  const ended = (exitCode: number) => runtimeStatus([runtimeContainer('exited', { exitCode })]);

  it.each([
    ['Always', 0, ['main']],
    ['Always', 1, ['main']],
    ['OnFailure', 0, []],
    ['OnFailure', 1, ['main']],
    ['Never', 0, []],
    ['Never', 1, []],
  ])('%s after exit code %i starts %j', (restartPolicy, exitCode, start) => {
    const { start: started, sandbox: kept } = plan(makePod({ restartPolicy }), ended(exitCode), silent);
    expect(started).toEqual(start);
    // Nothing runs and nothing will: the sandbox goes too.
    expect(kept).toBe(start.length > 0 ? 'kept' : 'none');
  });

  it('Never: a pod that ran is not run again in a new sandbox', () => {
    const gone = [sandbox({ state: PodSandboxState.NOTREADY })];
    for (const state of ['exited', 'running'] as const) {
      const status = runtimeStatus([runtimeContainer(state, { exitCode: 137 })], gone);
      expect(plan(makePod({ restartPolicy: 'Never' }), status, silent)).toMatchObject({
        sandbox: 'none',
        start: [],
      });
    }
    // But one that never came to run is still owed its run.
    expect(plan(makePod({ restartPolicy: 'Never' }), runtimeStatus([], gone), silent)).toMatchObject({
      sandbox: 'new 1',
      start: ['main'],
    });
  });

  it('what the runtime lost track of is stopped before it is started again', () => {
    expect(plan(makePod(), runtimeStatus([runtimeContainer('unknown')]), silent)).toMatchObject({
      start: ['main'],
      kill: ['main: Unknown'],
    });
  });
});

describe('probes', () => {
  const failing = (kind: 'liveness' | 'startup'): ProbeResults => ({ ...silent, [kind]: () => false });
  const running = runtimeStatus([runtimeContainer('running')]);

  it.each([
    ['liveness', 'LivenessProbe'],
    ['startup', 'StartupProbe'],
  ] as const)('a failed %s probe has the container killed and started again', (kind, reason) => {
    const { containersToKill, containersToStart } = computePodActions(makePod(), running, failing(kind));
    expect(containersToKill).toMatchObject([
      { reason, message: `Container main failed ${kind} probe, will be restarted` },
    ]);
    expect(names(containersToStart)).toEqual(['main']);
  });

  it('with Never it is killed for good, and the pod with it when nothing else runs', () => {
    const never = (count: number) =>
      makePod({ restartPolicy: 'Never', containers: [container(), container('side')].slice(0, count) });
    const both = runtimeStatus([runtimeContainer('running'), runtimeContainer('running', { name: 'side' })]);
    const results: ProbeResults = { ...silent, liveness: (id) => (id === 'main-0' ? false : undefined) };
    expect(plan(never(2), both, results)).toMatchObject({
      sandbox: 'kept',
      start: [],
      kill: ['main: LivenessProbe'],
    });
    expect(plan(never(1), running, results)).toMatchObject({ sandbox: 'none', start: [] });
  });
});

describe('init containers', () => {
  const pod = (restartPolicy = 'Always') =>
    makePod({ restartPolicy, initContainers: [container('one'), container('two')] });

  it('run one after the other, before the main ones', () => {
    const one = (state: 'running' | 'exited') => runtimeContainer(state, { name: 'one' });
    const two = (state: 'running' | 'exited') => runtimeContainer(state, { name: 'two' });
    expect(plan(pod(), emptyRuntimeStatus, silent)).toMatchObject({
      sandbox: 'new 0',
      init: ['one'],
      start: [],
    });
    expect(plan(pod(), runtimeStatus([one('running')]), silent)).toMatchObject({ init: [], start: [] });
    expect(plan(pod(), runtimeStatus([one('exited')]), silent)).toMatchObject({ init: ['two'], start: [] });
    expect(plan(pod(), runtimeStatus([two('exited'), one('exited')]), silent)).toMatchObject({
      init: [],
      start: ['main'],
    });
  });

  it('are tried again when they fail, unless the policy says Never', () => {
    const failed = runtimeStatus([runtimeContainer('exited', { name: 'one', exitCode: 1 })]);
    expect(plan(pod('Always'), failed, silent)).toMatchObject({ init: ['one'], start: [] });
    expect(plan(pod('OnFailure'), failed, silent)).toMatchObject({ init: ['one'], start: [] });
    expect(plan(pod('Never'), failed, silent)).toMatchObject({ init: [], start: [] });
  });

  it('do not run again for a main container that is restarted', () => {
    expect(plan(pod(), runtimeStatus([runtimeContainer('exited', { exitCode: 1 })]), silent)).toMatchObject({
      init: [],
      start: ['main'],
    });
  });

  it('run again in a new sandbox', () => {
    const status = runtimeStatus(
      [runtimeContainer('exited', { exitCode: 137 })],
      [sandbox({ state: PodSandboxState.NOTREADY })],
    );
    expect(plan(pod(), status, silent)).toMatchObject({ sandbox: 'new 1', init: ['one'], start: [] });
  });
});

describe('sidecars', () => {
  const sidecar = container('side', { restartPolicy: 'Always' });
  const pod = makePod({ restartPolicy: 'Never', initContainers: [sidecar] });

  it('let the main containers start once they run', () => {
    expect(plan(pod, runtimeStatus([runtimeContainer('running', { name: 'side' })]), silent)).toMatchObject({
      start: ['main'],
    });
  });

  it('with a startup probe, once that has succeeded', () => {
    const probed = makePod({
      initContainers: [{ ...sidecar, startupProbe: { exec: { command: ['true'] } } }],
    });
    const running = runtimeStatus([runtimeContainer('running', { name: 'side' })]);
    expect(plan(probed, running, silent)).toMatchObject({ start: [] });
    expect(plan(probed, running, { ...silent, startup: () => true })).toMatchObject({ start: ['main'] });
  });

  it('are restarted whatever the policy of the pod, and end with it', () => {
    const ended = runtimeContainer('exited', { name: 'side' });
    expect(plan(pod, runtimeStatus([ended, runtimeContainer('running')]), silent)).toMatchObject({
      init: ['side'],
    });
    expect(plan(pod, runtimeStatus([ended, runtimeContainer('exited')]), silent)).toMatchObject({
      sandbox: 'none',
      init: [],
    });
  });
});
