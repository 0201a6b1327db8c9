import { beforeEach, expect, it } from 'vitest';
import type { Pod } from '../../../../src/kube/api/types/core-v1.ts';
import { ResourceClient, StatusError } from '../../../../src/kube/client/index.ts';
import { StatusManager, statusPatch } from '../../../../src/kube/kubelet/status/status-manager.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { FakeRest, notFound } from '../support/fake-rest.ts';
import { silentLogger } from '../support/node.ts';
import { makePod } from '../support/objects.ts';

let clock: FakeClock;
let rest: FakeRest;
let statuses: StatusManager;
const pod = makePod();
beforeEach(() => {
  clock = new FakeClock();
  rest = new FakeRest(() => ({}));
  const pods = new ResourceClient<Pod>(rest.client, { group: '', version: 'v1', resource: 'pods' });
  statuses = new StatusManager({ pods, clock, logger: silentLogger });
});
const sent = () => rest.requests.map(({ body }) => (body as { status: object }).status);

it('sends what changed and nothing else, to the pod of that uid', async () => {
  statuses.set(pod, { phase: 'Pending', hostIP: '10.240.0.20' });
  await statuses.flush('uid-1');
  statuses.set(pod, { phase: 'Running', hostIP: '10.240.0.20' });
  statuses.set(pod, { phase: 'Running', hostIP: '10.240.0.20' });
  await statuses.flush('uid-1');
  expect(sent()).toEqual([{ phase: 'Pending', hostIP: '10.240.0.20' }, { phase: 'Running' }]);
  expect(rest.requests[0]).toMatchObject({
    method: 'PATCH',
    path: '/api/v1/namespaces/default/pods/web/status',
    body: { metadata: { uid: 'uid-1' } },
  });
});

it('skips what was overtaken while a request was under way', async () => {
  let answer: () => void = () => {};
  rest.answer = () => new Promise<object>((resolve) => (answer = () => resolve({})));
  for (const message of ['one', 'two', 'three']) statuses.set(pod, { phase: 'Pending', message });
  await clock.advance(0);
  answer();
  await clock.advance(0);
  answer();
  await statuses.flush('uid-1');
  expect(sent()).toEqual([{ phase: 'Pending', message: 'one' }, { message: 'three' }].slice(-sent().length));
  expect(statuses.get(pod).message).toBe('three');
});

it('tries again after an error, once a second', async () => {
  let broken = true;
  rest.answer = () => {
    if (broken) throw new Error('connection refused');
    return {};
  };
  statuses.set(pod, { phase: 'Running' });
  await clock.advance(2000);
  expect(rest.requests.length).toBe(3);
  broken = false;
  await clock.advance(1000);
  await statuses.flush('uid-1');
  await clock.advance(10_000);
  expect(rest.requests.length).toBe(4);
});

it.each([
  ['is gone', () => notFound()],
  [
    'is another one by now',
    () => {
      throw new StatusError(409, { code: 409, reason: 'Conflict', message: 'uid mismatch' });
    },
  ],
])('gives up on a pod that %s', async (_name, answer) => {
  rest.answer = answer;
  statuses.set(pod, { phase: 'Running' });
  await statuses.flush('uid-1');
  await clock.advance(10_000);
  expect(rest.requests.length).toBe(1);
});

it('does not undo what others wrote', async () => {
  statuses.set(pod, { phase: 'Running' });
  await statuses.flush('uid-1');
  const conditions = [{ type: 'gate', status: 'True' }];
  statuses.observe({ ...pod, status: { phase: 'Running', conditions } });
  statuses.set(pod, { phase: 'Running', conditions });
  await statuses.flush('uid-1');
  expect(rest.requests.length).toBe(1);
});

it('a patch removes what is no more', () => {
  expect(statusPatch({ phase: 'Pending', reason: 'x' }, { phase: 'Pending' })).toEqual({ reason: null });
  expect(statusPatch({ phase: 'Running' }, { phase: 'Running' })).toBeUndefined();
});
