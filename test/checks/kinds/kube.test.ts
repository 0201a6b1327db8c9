import { describe, expect, it } from 'vitest';
import { validateCheck } from '../../../src/checks/index.ts';
import type { HttpQuery } from '../../../src/checks/types.ts';
import { answer, connect, layers, tls, tokenKubeconfig } from '../answers.ts';
import { nowMs, testKind, type World } from '../fake-context.ts';

describe('the kube check', () => {
  const { passes, fails } = testKind('kube');
  const files = { 'admin.kubeconfig': tokenKubeconfig };
  const node = (nodeName: string, ready: string) => ({
    metadata: { name: nodeName, labels: { 'a.b/c': 'x' } },
    status: {
      conditions: [
        { type: 'Ready', status: ready, reason: 'KubeletNotReady', message: 'cni plugin not initialized' },
      ],
    },
  });
  const answers = (status: number, body: unknown): World => ({ files, http: () => answer(status, body) });
  const nodes = {
    kubeconfig: 'admin.kubeconfig',
    resource: 'nodes',
    names: ['worker-0', 'worker-1'],
    condition: 'Ready',
  };
  const pod = { kubeconfig: 'admin.kubeconfig', resource: 'pods', namespace: 'default', name: 'web' };

  it('passes, and asks for the right path with the right credentials', async () => {
    const asked: HttpQuery[] = [];
    await passes(
      {
        kubeconfig: 'admin.kubeconfig',
        apiVersion: 'apps/v1',
        resource: 'deployments',
        namespace: 'kube-system',
        labelSelector: 'k8s-app=kube-dns',
        count: 1,
        fields: { ".metadata.labels['a.b/c']": 'x', '.status.conditions[type=Ready].status': 'True' },
      },
      {
        files,
        http: (query) => {
          asked.push(query);
          return answer(200, { items: [node('coredns', 'True')] });
        },
      },
    );
    expect(asked[0]?.url).toBe(
      'https://10.240.0.40:6443/apis/apps/v1/namespaces/kube-system/deployments?labelSelector=k8s-app%3Dkube-dns',
    );
    expect(asked[0]?.headers).toEqual({ accept: 'application/json', authorization: 'Bearer t' });
    await passes(nodes, answers(200, { items: [node('worker-0', 'True'), node('worker-1', 'True')] }));
    await passes({ ...pod, absent: true }, answers(404, { message: 'not found' }));
  });
  it('tells the layers apart', () => layers(fails, { ...nodes }, { files }));
  it('tells a kubeconfig with which nobody can ask', async () => {
    await fails(
      nodes,
      {},
      'missing-kubeconfig',
      'admin.kubeconfig: it does not exist, and the cluster is asked with it.',
    );
    await fails(
      nodes,
      { files: { 'admin.kubeconfig': 'kind: Config' } },
      'bad-kubeconfig',
      'admin.kubeconfig: it chooses no context.',
    );
    await fails(
      nodes,
      answers(500, { message: 'etcdserver: request timed out' }),
      'server-error',
      'The API server answers 500: etcdserver: request timed out',
    );
  });
  it('looks at objects', async () => {
    await fails(
      nodes,
      answers(200, { items: [] }),
      'not-registered',
      /^The API server answers, and no node has registered itself: the kubelets are not running/,
    );
    await fails(
      nodes,
      answers(200, { items: [node('worker-0', 'True')] }),
      'missing-object',
      'worker-1 is missing among the nodes: the kubelet there has not registered it, or the Node was deleted.',
    );
    await fails(
      nodes,
      answers(200, { items: [node('worker-0', 'True'), node('worker-1', 'False')] }),
      'condition-false',
      'nodes/worker-1 is not Ready (KubeletNotReady: cni plugin not initialized).',
    );
    await fails(
      { ...pod, name: undefined, count: 2 },
      answers(200, { items: [{ metadata: { name: 'a' } }] }),
      'wrong-count',
      'There are 1 pods, and 2 are wanted.',
    );
    await fails(
      pod,
      answers(404, { message: 'pods "web" not found' }),
      'not-found',
      'There is no pods/web: pods "web" not found',
    );
    const web = { metadata: { name: 'web' }, status: { phase: 'Pending' } };
    await fails(
      { ...pod, fields: { '.status.phase': 'Running' } },
      answers(200, web),
      'wrong-field',
      'pods/web has .status.phase: Pending, and Running is wanted.',
    );
    await fails(
      { ...pod, fields: { '.status.podIP': null } },
      answers(200, web),
      'missing-field',
      'pods/web has no .status.podIP.',
    );
    await passes({ ...pod, absent: true, clusterMayBeGone: true }, { files, ...connect('ECONNREFUSED') });
    // It only starts: what is asked for may well be there.
    const enabled = { 'controller-1:kube-apiserver': { enabled: true } };
    await fails(
      { ...pod, absent: true, clusterMayBeGone: true },
      { files, units: enabled, ...connect('ECONNREFUSED') },
      'refused',
      /./,
    );
    await passes(
      { ...pod, absent: true, clusterMayBeGone: true },
      { files, units: enabled, states: { 'controller-1': 'off' }, ...connect('ECONNREFUSED') },
    );
    await fails(
      { ...pod, absent: true, clusterMayBeGone: true },
      { files, ...tls('EPROTO') },
      'tls-failed',
      /fails/,
    );
    await fails(
      { ...pod, absent: true },
      answers(200, web),
      'still-there',
      'pods/web should be gone and is still there.',
    );
  });
  it('asks who holds a Lease now, not who once did', async () => {
    const lease = (name: string, holderIdentity: string, ageSeconds: number) => ({
      metadata: { name },
      spec: {
        holderIdentity,
        leaseDurationSeconds: 15,
        renewTime: new Date(nowMs - ageSeconds * 1000).toISOString(),
      },
    });
    const leases = {
      kubeconfig: 'admin.kubeconfig',
      apiVersion: 'coordination.k8s.io/v1',
      resource: 'leases',
      namespace: 'kube-system',
      names: ['kube-scheduler'],
      held: true,
    };
    const other = lease('apiserver-x', '', 1000);
    await passes(leases, answers(200, { items: [lease('kube-scheduler', 'controller-0_1', 2), other] }));
    await fails(
      leases,
      answers(200, { items: [lease('kube-scheduler', 'controller-0_1', 40), other] }),
      'no-holder',
      'leases/kube-scheduler was last renewed 40 seconds ago: its holder controller-0_1 has stopped or cannot reach the API server, and no other kube-scheduler has taken over.',
    );
    await fails(
      leases,
      answers(200, { items: [lease('kube-scheduler', '', 1)] }),
      'no-holder',
      'Nobody holds leases/kube-scheduler: the last kube-scheduler gave it back, and none has taken it since.',
    );
  });

  const unavailable = {
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'web' } } },
    status: { conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }] },
  };
  const waiting = { reason: 'ErrImagePull', message: 'there is no image k8s-lab/wep' };
  const unscheduled = { type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' };
  it.each([
    [
      'its image',
      { containerStatuses: [{ state: { waiting } }] },
      'pod web-1: ErrImagePull, there is no image k8s-lab/wep.',
    ],
    [
      'its end',
      { containerStatuses: [{ state: { terminated: { reason: 'Error', exitCode: 2 } } }] },
      'pod web-1: Error, exit code 2.',
    ],
    ['the scheduler', { conditions: [unscheduled] }, 'pod web-1: 0/3 nodes are available.'],
    [
      'its own program',
      { containerStatuses: [{ ready: false, state: { running: {} } }] },
      'pod web-1 runs and is not ready; read kubectl -n default logs web-1.',
    ],
  ])('a Deployment whose pod waits for %s', async (_name, status, reason) => {
    await fails(
      {
        kubeconfig: '.kube/config',
        apiVersion: 'apps/v1',
        namespace: 'default',
        resource: 'deployments',
        name: 'web',
        condition: 'Available',
      },
      {
        files: { '.kube/config': tokenKubeconfig },
        http: ({ url }) =>
          answer(
            200,
            url.includes('/pods?labelSelector=app%3Dweb')
              ? { items: [{ metadata: { name: 'web-1' }, status }] }
              : unavailable,
          ),
      },
      'condition-false',
      `deployments/web is not Available (MinimumReplicasUnavailable). The reason: ${reason}`,
    );
  });

  it('tells an answer that no API server gives', async () => {
    const page = '<html><title>Welcome to nginx!</title></html>';
    await fails(
      pod,
      answers(200, page),
      'server-error',
      `What answers at https://10.240.0.40:6443/api/v1/namespaces/default/pods/web is no API server: ${JSON.stringify(page)}`,
    );
  });
  it('tells each way in which a kubeconfig leads nowhere', async () => {
    const broken = (change: (text: string) => string, message: string) =>
      fails(
        pod,
        { files: { 'admin.kubeconfig': change(tokenKubeconfig) } },
        'bad-kubeconfig',
        `admin.kubeconfig: ${message}`,
      );
    await broken(() => '', 'it is empty.');
    await broken(
      (text) => text.replace('current-context: default', 'current-context: other'),
      'it has no context other.',
    );
    await broken((text) => text.replace('cluster: c', 'cluster: d'), 'it has no cluster d.');
    await broken((text) => text.replace('user: u', 'user: v'), 'it has no user v.');
    await broken((text) => text.replace('https://10.240.0.40:6443', 'nowhere'), 'its server is "nowhere".');
    await fails(
      pod,
      { folders: ['admin.kubeconfig'] },
      'missing-kubeconfig',
      /^admin\.kubeconfig: it is a folder/,
    );
  });
  it('refuses a parameter that weakens a check in silence', () => {
    const wrong = (more: object) => validateCheck({ kind: 'kube', title: 'x', ...pod, ...more });
    expect(wrong({ feilds: {} })).toContain(
      'unknown parameter feilds (check kube "x"): did you mean "fields"?',
    );
    expect(wrong({ fields: { 'a[': 1 } })).toContain('cannot read the path "a["');
    expect(wrong({ count: 'two' })).toContain('parameter count must be a number');
    expect(wrong({ clusterMayBeGone: true })).toContain('unknown parameter clusterMayBeGone');
  });
});
