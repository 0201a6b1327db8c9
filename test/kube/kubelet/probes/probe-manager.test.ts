import { beforeEach, describe, expect, it } from 'vitest';
import type { Probe } from '../../../../src/kube/api/types/core-v1.ts';
import { ProbeManager } from '../../../../src/kube/kubelet/probes/probe-manager.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { FakeRuntime } from '../support/fake-runtime.ts';
import { container, makePod, runtimeContainer, runtimeStatus } from '../support/objects.ts';

let clock: FakeClock;
let runtime: FakeRuntime;
let probes: ProbeManager;
/** Commands that succeed. */
let good: Set<string>;
let results: number;
beforeEach(() => {
  clock = new FakeClock();
  runtime = new FakeRuntime(clock);
  good = new Set();
  results = 0;
  runtime.exec = (command) => ({ exitCode: good.has(command) ? 0 : 1 });
  probes = new ProbeManager({
    cri: runtime.client,
    clock,
    random: () => 0.5,
    event: () => {},
    onResult: () => void results++,
  });
});

const probe = (command: string, fields: Partial<Probe> = {}): Probe => ({
  exec: { command: [command] },
  periodSeconds: 10,
  ...fields,
});
const watch = (fields: Parameters<typeof container>[1], startedAt = clock.now()) => {
  const pod = makePod({ containers: [container('main', fields)] });
  probes.sync(pod, runtimeStatus([runtimeContainer('running', { id: 'c1', startedAt })]));
  return pod;
};
const tries = (command: string) =>
  runtime.calls.filter(({ request }) => String(request.cmd) === command).length;

describe('thresholds', () => {
  it('a container lives until three failures in a row', async () => {
    watch({ livenessProbe: probe('live') });
    expect(probes.liveness('c1')).toBe(true);
    await clock.advance(10_000);
    expect([tries('live'), probes.liveness('c1')]).toEqual([2, true]);
    await clock.advance(10_000);
    expect([tries('live'), probes.liveness('c1')]).toEqual([3, false]);
    // It is about to be restarted: nobody asks any more.
    await clock.advance(60_000);
    expect(tries('live')).toBe(3);
    expect(results).toBe(1);
  });

  it('one success between begins the count anew', async () => {
    watch({ livenessProbe: probe('live', { failureThreshold: 2 }) });
    await clock.advance(9_000);
    good.add('live');
    await clock.advance(10_000);
    good.delete('live');
    await clock.advance(10_000);
    expect(probes.liveness('c1')).toBe(true);
    await clock.advance(10_000);
    expect(probes.liveness('c1')).toBe(false);
  });

  it('a container is ready after successThreshold successes, and not before the first', async () => {
    good.add('ready');
    watch({ readinessProbe: probe('ready', { successThreshold: 2 }) });
    expect(probes.readiness('c1')).toBe(false);
    await clock.advance(1);
    expect(probes.readiness('c1')).toBe(false);
    await clock.advance(10_000);
    expect(probes.readiness('c1')).toBe(true);
  });
});

describe('the times of a probe', () => {
  it('begin initialDelaySeconds after the container', async () => {
    watch({ livenessProbe: probe('live', { initialDelaySeconds: 30 }) });
    await clock.advance(29_000);
    expect(tries('live')).toBe(0);
    await clock.advance(1000);
    expect(tries('live')).toBe(1);
  });

  it('are spread where the kubelet is new and the containers are old', async () => {
    watch({ livenessProbe: probe('live', { periodSeconds: 20 }) }, clock.now() - 3_600_000);
    await clock.advance(9000);
    expect(tries('live')).toBe(0);
    await clock.advance(1000);
    expect(tries('live')).toBe(1);
  });
});

describe('a startup probe', () => {
  it('holds the others back until it has succeeded, and is not asked again', async () => {
    watch({
      startupProbe: probe('up', { failureThreshold: 30 }),
      livenessProbe: probe('live'),
      readinessProbe: probe('ready'),
    });
    await clock.advance(50_000);
    expect([probes.startup('c1'), tries('live'), tries('ready')]).toEqual([undefined, 0, 0]);
    good.add('up').add('ready');
    await clock.advance(20_000);
    expect([probes.startup('c1'), probes.readiness('c1')]).toEqual([true, true]);
    const asked = tries('up');
    await clock.advance(60_000);
    expect(tries('up')).toBe(asked);
    expect(tries('live')).toBeGreaterThan(0);
  });

  it('fails the container after its own threshold', async () => {
    watch({ startupProbe: probe('up', { failureThreshold: 2, periodSeconds: 5 }) });
    await clock.advance(5000);
    expect(probes.startup('c1')).toBe(false);
  });
});

describe('probes follow their containers', () => {
  it('a restarted container is probed from the beginning', async () => {
    const pod = watch({ livenessProbe: probe('live', { failureThreshold: 1 }) });
    await clock.advance(1);
    expect(probes.liveness('c1')).toBe(false);
    probes.sync(pod, runtimeStatus([runtimeContainer('running', { id: 'c2', startedAt: clock.now() })]));
    expect([probes.liveness('c1'), probes.liveness('c2')]).toEqual([undefined, true]);
  });

  it('one that ended is not probed', async () => {
    const pod = watch({ livenessProbe: probe('live') });
    probes.sync(pod, runtimeStatus([runtimeContainer('exited', { id: 'c1' })]));
    await clock.advance(60_000);
    expect(tries('live')).toBe(0);
  });

  it('of a pod that ends only readiness goes on', async () => {
    good.add('live').add('ready');
    watch({ livenessProbe: probe('live'), readinessProbe: probe('ready') });
    await clock.advance(1);
    probes.stopForTermination('uid-1');
    await clock.advance(10_000);
    expect([tries('live'), tries('ready')]).toEqual([1, 2]);
    probes.remove('uid-1');
    await clock.advance(60_000);
    expect(tries('ready')).toBe(2);
  });

  it('init containers have none, sidecars have', () => {
    const livenessProbe = probe('live');
    const pod = makePod({
      initContainers: [
        container('init', { livenessProbe }),
        container('side', { livenessProbe, restartPolicy: 'Always' }),
      ],
    });
    probes.sync(
      pod,
      runtimeStatus(
        ['init', 'side'].map((name) =>
          runtimeContainer('running', { name, id: name, startedAt: clock.now() }),
        ),
      ),
    );
    expect([probes.liveness('init'), probes.liveness('side')]).toEqual([undefined, true]);
  });
});
