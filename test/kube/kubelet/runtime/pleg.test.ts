import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerEventHandlers, CriClient } from '../../../../src/kube/cri/index.ts';
import { runPleg } from '../../../../src/kube/kubelet/runtime/pleg.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { GrpcCode, GrpcError } from '../../../../src/lib/grpc/status.ts';
import { silentLogger } from '../support/node.ts';

let clock: FakeClock;
let stop: AbortController;
/** Streams of events that the kubelet has opened, oldest first. */
let streams: ContainerEventHandlers[];
let containers: { id: string; state: number; labels: Record<string, string> }[];
let changed: string[];
let relists: number;
beforeEach(() => {
  clock = new FakeClock();
  stop = new AbortController();
  [streams, containers, changed, relists] = [[], [], [], 0];
});
afterEach(() => stop.abort());

function start(): void {
  const cri = {
    containerEvents: (handlers: ContainerEventHandlers) => {
      streams.push(handlers);
      return () => handlers.onEnd(undefined);
    },
    listContainers: async () => ({ containers }),
  } as unknown as CriClient;
  const options = {
    cri,
    clock,
    logger: silentLogger,
    relistMs: 60_000,
    onChange: (uid: string) => void changed.push(uid),
    onRelist: () => void relists++,
  };
  void runPleg(options, stop.signal);
}
const event = (uid: string) => ({ podSandboxStatus: { metadata: { uid }, labels: {} } }) as never;

describe('news of containers', () => {
  it('name the pod to look at', async () => {
    start();
    streams[0]!.onEvent(event('uid-1'));
    expect(changed).toEqual(['uid-1']);
  });

  it('come again after the runtime was restarted, and all pods are looked at', async () => {
    start();
    streams[0]!.onEnd(new GrpcError(GrpcCode.Unavailable, 'connection reset'));
    await clock.advance(1000);
    expect([streams.length, relists]).toEqual([2, 1]);
    streams[1]!.onEvent(event('uid-2'));
    expect(changed).toEqual(['uid-2']);
  });

  it('may be lost: once a minute every pod is looked at anyway', async () => {
    start();
    await clock.advance(180_000);
    expect(relists).toBe(3);
  });

  it('are found by listing where the runtime sends none', async () => {
    start();
    streams[0]!.onEnd(new GrpcError(GrpcCode.Unimplemented, 'unknown method'));
    await clock.advance(1000);
    expect(changed).toEqual([]);
    containers = [{ id: 'c1', state: 1, labels: { 'io.kubernetes.pod.uid': 'uid-1' } }];
    await clock.advance(1000);
    containers = [{ ...containers[0]!, state: 2 }];
    await clock.advance(5000);
    expect(changed).toEqual(['uid-1', 'uid-1']);
    expect(streams.length).toBe(1);
  });

  it('end with the kubelet', async () => {
    start();
    stop.abort();
    await clock.advance(600_000);
    expect([streams.length, relists]).toEqual([1, 0]);
  });
});
