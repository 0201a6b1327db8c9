import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { HttpOutcome, HttpQuery } from '../../src/checks/types.ts';
import { nowMs, testKind, type World } from './fake-context.ts';

const url = 'https://10.240.0.40:6443/version';
const answer = (status: number, body: unknown): HttpOutcome => ({
  layer: 'http',
  status,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const connect = (code: string): World => ({
  http: () => ({ layer: 'connect', code, message: 'socket hang up' }),
});
const tls = (code: string, message = 'no'): World => ({ http: () => ({ layer: 'tls', code, message }) });
const name = '10.240.0.40:6443 (load-balancer)';

type Fails = ReturnType<typeof testKind>['fails'];

/** The layers below an answer, the same for every kind that asks over HTTP. */
async function layers(fails: Fails, spec: Record<string, unknown>, files: World = {}): Promise<void> {
  const wrong = (world: World, reason: string, message: string | RegExp) =>
    fails(spec, { ...files, ...world }, reason, message);
  await wrong(
    connect('ECONNREFUSED'),
    'refused',
    `Nothing listens at ${name}: the process is not running, or listens elsewhere.`,
  );
  await wrong(
    connect('ETIMEDOUT'),
    'timeout',
    `No answer from ${name}: the machine is off, its link is cut, or the process hangs.`,
  );
  await wrong(connect('EHOSTUNREACH'), 'unreachable', `No route leads to ${name}.`);
  await wrong(connect('ENOTFOUND'), 'name-unknown', `The name in ${name} does not resolve.`);
  await wrong(
    connect('ECONNRESET'),
    'connection-lost',
    `${name} ended the connection (ECONNRESET): socket hang up`,
  );
  await wrong(
    tls('ERR_TLS_CERT_ALTNAME_INVALID'),
    'tls-name',
    `The certificate of ${name} does not name 10.240.0.40: it is the load balancer: kubelets, kube-proxy and your own kubectl reach the API server by it.`,
  );
  await wrong(
    tls('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    'tls-authority',
    /was not signed by the CA that is trusted here/,
  );
  await wrong(
    tls('CERT_HAS_EXPIRED'),
    'tls-expired',
    `The certificate of ${name} is not valid today (it has run out).`,
  );
  await wrong(
    tls('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'alert'),
    'tls-client-certificate',
    `${name} refuses the client's certificate: alert`,
  );
  await wrong(
    tls('EPROTO', 'wrong version number'),
    'tls-failed',
    `TLS with ${name} fails (EPROTO): wrong version number`,
  );
  await wrong(
    { http: () => answer(401, { kind: 'Status', message: 'Unauthorized' }) },
    'unauthorized',
    /^10\.240\.0\.40:6443 \(load-balancer\) does not know who asks \(401 Unauthorized\)/,
  );
  await wrong(
    { http: () => answer(403, { message: 'nodes is forbidden: User "x"' }) },
    'forbidden',
    `${name} knows who asks and does not allow it (403): nodes is forbidden: User "x"`,
  );
}

describe('the http check', () => {
  const { passes, fails } = testKind('http');
  const files = { 'ca.pem': 'CA' };
  it('passes, and sends what it is told to', async () => {
    const asked: HttpQuery[] = [];
    await passes(
      { url, ca: 'ca.pem', headers: { Host: 'kubernetes' }, body: 'gitVersion' },
      {
        files,
        http: (query) => {
          asked.push(query);
          return answer(200, '{"gitVersion": "v1.34.2"}');
        },
      },
    );
    expect(asked[0]).toEqual({ url, headers: { Host: 'kubernetes' }, tls: { ca: 'CA' } });
    await passes({ url, status: 403 }, { http: () => answer(403, 'no') });
  });
  it('tells the layers apart', () => layers(fails, { url }));
  it('looks at the answer', async () => {
    await fails(
      { url, ca: 'ca.pem' },
      {},
      'missing-file',
      'ca.pem is not in the workspace: without it the server cannot be asked.',
    );
    await fails(
      { url },
      { http: () => answer(502, 'bad gateway') },
      'wrong-status',
      `${url} answers 502, and 200 is wanted: bad gateway`,
    );
    await fails(
      { url, body: 'ok' },
      { http: () => answer(200, '') },
      'wrong-body',
      `The answer of ${url} does not hold "ok".`,
    );
  });
  it('asks from a machine with curl', async () => {
    const commands: string[] = [];
    const spec = {
      url: 'http://127.0.0.1/healthz',
      from: 'controller-0',
      headers: { Host: 'kubernetes.default' },
      body: 'ok',
    };
    await passes(spec, {
      exec: (host, command) => {
        commands.push(`${host}: ${command}`);
        return { exitCode: 0, stdout: 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\nok', stderr: '' };
      },
    });
    expect(commands).toEqual([
      "controller-0: curl -sS -i --max-time 5 -H 'Host: kubernetes.default' 'http://127.0.0.1/healthz'",
    ]);
    await fails(
      spec,
      { exec: () => ({ exitCode: 7, stdout: '', stderr: 'curl: (7) Failed' }) },
      'refused',
      /^Seen from controller-0: Nothing listens at 127\.0\.0\.1:80/,
    );
    await fails(
      { ...spec, url: 'https://127.0.0.1:6443/' },
      {
        exec: () => ({
          exitCode: 60,
          stdout: '',
          stderr: 'SSL: no alternative certificate subject name matches',
        }),
      },
      'tls-name',
      /does not name 127\.0\.0\.1/,
    );
    await fails(spec, { states: { 'controller-0': 'off' } }, 'machine-off', /off/);
    await fails(spec, { states: { 'controller-0': 'missing' } }, 'machine-missing', /yet/);
  });
});

describe('the kube check', () => {
  const { passes, fails } = testKind('kube');
  const kubeconfig = stringify({
    kind: 'Config',
    'current-context': 'default',
    contexts: [{ name: 'default', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://10.240.0.40:6443' } }],
    users: [{ name: 'u', user: { token: 't' } }],
  });
  const files = { 'admin.kubeconfig': kubeconfig };
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
      'admin.kubeconfig: the file is not in the workspace, and the cluster is asked with it.',
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
});

describe('the dns check', () => {
  const { passes, fails } = testKind('dns', { elsewhere: ['no-endpoints'] });
  const spec = { name: 'kubernetes', expect: '10.32.0.1' };
  const inPod = { ...spec, pod: 'toolbox', kubeconfig: 'admin.kubeconfig' };
  const busybox =
    'Server:    10.32.0.10\nAddress 1: 10.32.0.10 kube-dns.kube-system\n\nName:      kubernetes\nAddress 1: 10.32.0.1 kubernetes.default\n';
  const bind =
    'Server:\t\t10.32.0.10\nAddress:\t10.32.0.10#53\n\nName:\tkubernetes.default.svc.cluster.local\nAddress: 10.32.0.1\n';
  it('passes an answer from the server, or from nslookup in a pod', async () => {
    await passes(spec, { dns: { status: 'NOERROR', addresses: ['10.32.0.1'] } });
    for (const stdout of [busybox, bind])
      await passes(inPod, { exec: () => ({ exitCode: 0, stdout, stderr: '' }) });
  });
  it('tells what is wrong', async () => {
    await fails(
      spec,
      { dns: { status: 'ETIMEDOUT', addresses: [] } },
      'no-answer',
      /^DNS does not answer \(ETIMEDOUT, asked from 10\.32\.0\.10\)/,
    );
    await fails(
      spec,
      { dns: { status: 'SERVFAIL', addresses: [] } },
      'server-failure',
      /^DNS answers SERVFAIL for kubernetes/,
    );
    await fails(
      spec,
      { dns: { status: 'NOERROR', addresses: ['10.0.0.1'] } },
      'wrong-address',
      'kubernetes is 10.0.0.1, and 10.32.0.1 is wanted.',
    );
    await fails(
      inPod,
      {
        exec: () => ({
          exitCode: 1,
          stdout: "** server can't find kubernetes: NXDOMAIN",
          stderr: 'command terminated with exit code 1',
        }),
      },
      'name-unknown',
      /^DNS answers, and does not know kubernetes \(asked from the pod toolbox\)/,
    );
    await fails(
      inPod,
      {
        exec: () => ({
          exitCode: 1,
          stdout: '',
          stderr: 'Error from server (NotFound): pods "toolbox" not found',
        }),
      },
      'exec-failed',
      'nslookup cannot be run in the pod toolbox: Error from server (NotFound): pods "toolbox" not found',
    );
  });
});
