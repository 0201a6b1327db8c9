import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.call('POST', budgets, {
    metadata: { name: 'budget' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
});
afterAll(() => server.stop());

const pods = '/api/v1/namespaces/default/pods';
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
const eviction = (name: string, more: object = {}) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name },
  ...more,
});
const evict = (name: string, query = '', body = eviction(name)) =>
  server.call('POST', `${pods}/${name}/eviction${query}`, body);
const budgetStatus = (status: object) =>
  server.call('PATCH', `${budgets}/budget/status`, { status: { observedGeneration: 1, ...status } }, merge);

async function runningPod(name: string, ready: 'True' | 'False' = 'True'): Promise<void> {
  await server.call('POST', pods, {
    metadata: { name, labels: { app: 'web' } },
    spec: { nodeName: 'worker-0', containers: [{ name: 'web', image: 'k8s-lab/web' }] },
  });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] };
  await server.call('PATCH', `${pods}/${name}/status`, { status }, merge);
}

describe('eviction', () => {
  beforeEach(async () => {
    await server.call('DELETE', `${pods}/web`, { gracePeriodSeconds: 0 });
    await runningPod('web');
  });

  test('waits for the controller that has not seen the budget yet', async () => {
    await server.call('PATCH', `${budgets}/budget`, { spec: { minAvailable: 2 } }, merge);
    const answer = await evict('web');
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '10']);
    expect(answer.body.details.causes[0]!.message).toBe(
      'The disruption budget budget is still being processed by the server.',
    );
    await budgetStatus({ observedGeneration: 2 });
  });

  test('is refused when the budget is used up, with the cause that clients look for', async () => {
    await budgetStatus({
      observedGeneration: 2,
      disruptionsAllowed: 0,
      currentHealthy: 1,
      desiredHealthy: 2,
    });
    const answer = await evict('web');
    expect([answer.status, answer.body.reason, answer.body.message]).toEqual([
      429,
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
    ]);
    expect(answer.body.details.causes).toEqual([
      {
        reason: 'DisruptionBudget',
        message: 'The disruption budget budget needs 2 healthy pods and has 1 currently',
      },
    ]);
  });

  test('takes one from the budget, tells why the pod goes, and deletes it with its grace', async () => {
    await budgetStatus({ observedGeneration: 2, disruptionsAllowed: 1 });
    expect((await evict('web', '?dryRun=All')).status).toBe(201);
    expect((await server.call('GET', `${pods}/web`)).body.metadata.deletionTimestamp).toBeUndefined();
    expect((await evict('web')).body).toMatchObject({ kind: 'Status', status: 'Success' });
    const { body } = await server.call('GET', `${pods}/web`);
    expect(body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    expect(body.status).toMatchObject({
      conditions: [{ type: 'Ready' }, { type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }],
    });
    const budget = await server.call('GET', `${budgets}/budget`);
    expect(budget.body.status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { web: expect.any(String) },
    });
    expect((await evict('web')).status).toBe(201);
  });

  test('of a pod that is not ready costs nothing while enough others are healthy', async () => {
    await runningPod('sick', 'False');
    await budgetStatus({
      observedGeneration: 2,
      disruptionsAllowed: 0,
      currentHealthy: 1,
      desiredHealthy: 2,
    });
    expect((await evict('sick')).status).toBe(429);
    await budgetStatus({
      observedGeneration: 2,
      disruptionsAllowed: 0,
      currentHealthy: 2,
      desiredHealthy: 2,
    });
    expect((await evict('sick')).status).toBe(201);
  });

  test('keeps to the preconditions and to the name in the URL', async () => {
    await budgetStatus({ observedGeneration: 2, disruptionsAllowed: 5 });
    const other = { deleteOptions: { preconditions: { uid: 'another' } } };
    expect((await evict('web', '', eviction('web', other))).status).toBe(409);
    expect((await evict('web', '', eviction('db'))).status).toBe(400);
    expect((await evict('nobody')).status).toBe(404);
  });
});
