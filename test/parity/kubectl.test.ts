/**
 * The same words for our kubectl and for upstream's, against one API server: what they print, where they print it, and
 * how they end must be the same. Left out where the machine has no kubectl; what ours does by itself is tested in
 * test/kube.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../kube/apiserver/support/test-server.ts';
import { type Outcome, ours, runner, upstream } from '../kube/kubectl/programs.ts';

const theirs = upstream();

const containers = [
  {
    name: 'web',
    image: 'k8s-lab/web',
    args: ['--port', '80'],
    ports: [{ name: 'http', containerPort: 80 }],
    env: [
      { name: 'PLAIN', value: 'text' },
      { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ],
    envFrom: [{ configMapRef: { name: 'settings' } }],
    resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 3 },
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'conf', mountPath: '/conf', readOnly: true },
    ],
  },
];
const volumes = [
  { name: 'data', emptyDir: {} },
  { name: 'conf', configMap: { name: 'settings' } },
];
const started = '2026-01-02T03:04:05Z';

const seed = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', labels: { tier: 'front' }, annotations: { note: 'by hand' } },
    data: { lines: 'one\ntwo\n' },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { a: 'x' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: {
      type: 'NodePort',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, nodePort: 30080 }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers, volumes } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', labels: { app: 'web', tier: 'front' } },
    spec: { nodeName: 'worker-0', containers, volumes, automountServiceAccountToken: false },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-2', labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'k8s-lab/web' }], automountServiceAccountToken: false },
  },
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker-0', labels: { disk: 'ssd' } } },
];

const podStatus = {
  status: {
    phase: 'Running',
    hostIP: '10.240.0.20',
    podIP: '10.200.0.3',
    podIPs: [{ ip: '10.200.0.3' }],
    startTime: started,
    qosClass: 'Burstable',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: started }],
    containerStatuses: [
      {
        name: 'web',
        image: 'k8s-lab/web',
        imageID: 'sha256:1',
        containerID: 'containerd://2',
        ready: true,
        restartCount: 1,
        state: { running: { startedAt: started } },
        lastState: {
          terminated: { exitCode: 1, reason: 'Error', startedAt: started, finishedAt: started },
        },
      },
    ],
  },
};

const nodeStatus = {
  status: {
    capacity: { cpu: '2', memory: '4Gi', pods: '110' },
    allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
        lastHeartbeatTime: started,
        lastTransitionTime: started,
      },
    ],
    addresses: [{ type: 'InternalIP', address: '10.240.0.20' }],
  },
};

/** Words that change nothing: both programs see the same objects. */
const questions = [
  'get pods',
  'get pods -o wide',
  'get pods,services,deployments',
  'get all',
  'get pods --show-labels -L tier',
  'get pods -l tier=front -o name',
  'get pods --field-selector status.phase=Running --no-headers',
  'get pods --sort-by {.metadata.name}',
  'get pod web-1 -o yaml',
  'get pod/web-1 service/web -o json',
  'get cm settings -o jsonpath={.data.lines}',
  'get pods -o jsonpath={range\u00a0.items[*]}{.metadata.name}{"\\t"}{.spec.containers[0].image}{"\\n"}{end}',
  'get pods -o custom-columns=NAME:.metadata.name,PHASE:.status.phase,NODE:.spec.nodeName',
  'get nodes -o wide',
  'get ns default -o name',
  'get pod nope',
  'get pod nope --ignore-not-found',
  'get nopes',
  'get',
  'get pods --nope',
  'get --raw /version',
  'describe pod web-1',
  'describe pods',
  'describe deployment web',
  'describe service web',
  'describe cm settings',
  'describe secret keys',
  'describe node worker-0',
  'describe clusterrole view',
  'describe pod nope',
  'explain pod.spec.containers',
  'explain deployment.spec.strategy',
  'explain pod.nope',
  'api-resources',
  'api-resources --namespaced=false -o name',
  'api-versions',
  'cluster-info',
  'auth can-i create pods',
  'auth can-i create pods --as eve',
  'auth can-i list nodes',
  'auth whoami',
  'rollout history deployment/web',
  'wait --for=condition=Ready pod/web-1 --timeout=2s',
  'wait --for=condition=Ready pod/web-2 --timeout=1s',
  'wait --for=jsonpath={.status.phase}=Running pod/web-1',
  'wait --for=nonsense pod/web-1',
  'wait --for=delete pod/nope',
  'config view',
  'config get-contexts',
  'config current-context',
  'config use-context nope',
  'create deployment x --image=a --replicas=2 --dry-run=client -o yaml',
  'create secret generic s --from-literal=a=b --dry-run=client -o yaml',
  'create configmap c --from-literal=a=b --dry-run=client -o yaml',
  'create service nodeport x --tcp=80:8080 --dry-run=client -o yaml',
  'create role r --verb=get,list --resource=pods --dry-run=client -o yaml',
  'create clusterrolebinding b --clusterrole=view --user=eve --dry-run=client -o yaml',
  'run x --image=a --env=A=1 --labels=a=b --dry-run=client -o yaml -- sleep 5',
  'expose deployment web --port=80 --name=w2 --dry-run=client -o yaml',
  'label pod web-1 x=y --dry-run=client',
  'scale deployment web --replicas=5 --dry-run=server',
  'delete pod nope',
  'delete',
  'nonsense',
  'cordon nope',
  'taint node worker-0 nope-',
];

/** Words that change something, one after the other: each program in a namespace of its own. */
const changes = [
  'create deployment d --image=k8s-lab/web --replicas=1',
  'create deployment d --image=k8s-lab/web',
  'scale deployment d --replicas=3',
  'scale deployment d --replicas=3 --current-replicas=1',
  'set image deployment/d web=k8s-lab/web:2',
  'set image deployment/d nope=x',
  'set env deployment/d A=1',
  'label deployment d tier=front',
  'label deployment d tier=back',
  'label deployment d tier=back --overwrite',
  'label deployment d tier-',
  'annotate deployment d note=x',
  'patch deployment d -p {"spec":{"replicas":2}}',
  'patch deployment d --type=json -p [{"op":"remove","path":"/spec/nope"}]',
  'expose deployment d --port=80',
  'apply -f cm.json',
  'apply -f cm.json',
  'create -f cm.json',
  'replace -f cm.json',
  'rollout pause deployment/d',
  'rollout pause deployment/d',
  'rollout resume deployment/d',
  'rollout restart deployment/d',
  'rollout undo deployment/d',
  'autoscale deployment d --max=3',
  'get deployments -o jsonpath={.items[*].spec.replicas}',
  'delete service d --wait=false',
  'delete -f cm.json --wait=false',
  'delete deployment d --wait=false',
];

let server: TestServer;
let folder: string;
let run: ReturnType<typeof runner>;
const ourNamespace = 'side-a';
const theirNamespace = 'side-b';

/** A blank inside a word of the tables above is a non-breaking one. */
const wordsOf = (line: string) => line.split(' ').map((word) => word.replaceAll('\u00a0', ' '));

/** Ages move on between two calls, and columns with them; the programs' own versions and folders differ. */
const comparable = ({ out, error, code }: Outcome) => {
  const normal = (text: string) =>
    text
      // Some builds of upstream's begin their usage errors with a capital.
      .replace(/^Error: /gm, 'error: ')
      // Said since 1.34.
      .replace(/( deleted) from \S+ namespace/g, '$1')
      .replaceAll(theirNamespace, ourNamespace)
      .replace(/\b\d+m?\d*s\b/g, 'AGE')
      .replace(/ {2,}/g, '  ')
      .replace(/-{3,}/g, '---');
  return { out: normal(out), error: normal(error), code };
};

describe.skipIf(theirs === undefined)('our kubectl beside upstream’s', () => {
  beforeAll(async () => {
    server = await startTestServer();
    folder = mkdtempSync(join(tmpdir(), 'kubectl-parity-'));
    run = runner(folder, server);
    const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
    write('seed.json', { apiVersion: 'v1', kind: 'List', items: seed });
    write('status.json', podStatus);
    write('node.json', nodeStatus);
    write('cm.json', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { k: '1' } });
    const setUp = [
      'create -f seed.json',
      'patch node worker-0 --subresource=status --patch-file node.json',
      'patch pod web-1 --subresource=status --patch-file status.json',
      `create namespace ${ourNamespace}`,
      `create namespace ${theirNamespace}`,
    ];
    for (const line of setUp)
      expect(await run(theirs!, ...wordsOf(line))).toMatchObject({ error: '', code: 0 });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  test.each(questions)('kubectl %s', async (line) => {
    const [mine, other] = await Promise.all([run(ours, ...wordsOf(line)), run(theirs!, ...wordsOf(line))]);
    expect(comparable(mine)).toEqual(comparable(other));
  });

  test('changes are made and told in the same way', async () => {
    for (const line of changes) {
      const mine = await run(ours, '-n', ourNamespace, ...wordsOf(line));
      const other = await run(theirs!, '-n', theirNamespace, ...wordsOf(line));
      expect({ line, ...comparable(mine) }).toEqual({ line, ...comparable(other) });
    }
  });
});
