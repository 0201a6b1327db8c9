import { expect, test } from 'vitest';
import { admissionPlugins } from '../../../../src/kube/apiserver/admission/plugins.ts';
import type {
  AdmissionAttributes,
  Authorizer,
  KubeObject,
  Operation,
  UserInfo,
} from '../../../../src/kube/apiserver/request.ts';
import { memoryObjects } from '../memory-objects.ts';

/** As if the user had the rights that its groups name: `approve kubernetes.io/x`. */
const authorizer: Authorizer = {
  authorize: async ({ user, verb, resource, name }) => ({
    decision: user.groups.includes(`${verb} ${name}`) && resource === 'signers' ? 'allow' : 'no-opinion',
    reason: '',
  }),
};
const settings = {
  tolerationSeconds: { notReady: 300, unreachable: 300 },
  authorizer,
  allowPrivileged: true,
};

const admin: UserInfo = { username: 'admin', groups: ['system:masters'] };
const kubelet: UserInfo = { username: 'system:node:worker-0', groups: ['system:nodes'] };

interface Call {
  readonly operation?: Operation;
  readonly resource?: string;
  readonly subresource?: string;
  readonly object?: unknown;
  readonly oldObject?: unknown;
  readonly name?: string;
  readonly namespace?: string;
  readonly user?: UserInfo;
  readonly group?: string;
}

function setUp(plugin: string) {
  const objects = memoryObjects();
  objects.put('', 'namespaces', { metadata: { name: 'default' } });
  objects.put('', 'serviceaccounts', { metadata: { namespace: 'default', name: 'default' } });
  const others = [
    'NamespaceLifecycle',
    'LimitRanger',
    'ServiceAccount',
    'TaintNodesByCondition',
    'Priority',
    'DefaultTolerationSeconds',
    'CertificateApproval',
    'CertificateSigning',
    'CertificateSubjectRestriction',
    'DefaultStorageClass',
    'ResourceQuota',
  ].filter((name) => name !== plugin);
  const chosen = admissionPlugins(
    { enable: plugin === 'NodeRestriction' ? [plugin] : [], disable: others },
    objects,
    () => 0,
    settings,
  );
  expect(chosen.map(({ name }) => name)).toEqual([plugin]);
  const admit = async (call: Call) => {
    const attributes: AdmissionAttributes = {
      user: call.user ?? admin,
      verb: 'create',
      isResourceRequest: true,
      apiGroup: call.group ?? '',
      apiVersion: 'v1',
      resource: call.resource ?? 'pods',
      subresource: call.subresource ?? '',
      namespace: call.namespace ?? 'default',
      name: call.name ?? '',
      path: '',
      operation: call.operation ?? 'CREATE',
      object: call.object as KubeObject | undefined,
      oldObject: call.oldObject as KubeObject | undefined,
      dryRun: false,
    };
    await chosen[0]!.mutate?.(attributes);
    await chosen[0]!.validate?.(attributes);
    return attributes.object;
  };
  return { objects, admit };
}

const pod = (spec: object = {}, metadata: object = {}) => ({
  metadata: { name: 'web', namespace: 'default', ...metadata },
  spec: { containers: [{ name: 'web' }], ...spec },
});

test('an unknown plugin is refused by name, and one that is both enabled and disabled', () => {
  expect(() =>
    admissionPlugins({ enable: ['NodeRestricton'], disable: [] }, memoryObjects(), () => 0, settings),
  ).toThrow('enable-admission-plugins plugin "NodeRestricton" is unknown');
  expect(() =>
    admissionPlugins({ enable: ['Priority'], disable: ['Priority'] }, memoryObjects(), () => 0, settings),
  ).toThrow('cannot overlap');
});

test('NamespaceLifecycle: no namespace, no object; a namespace that goes takes nothing new; default stays', async () => {
  const { objects, admit } = setUp('NamespaceLifecycle');
  await admit({ object: pod() });
  await expect(admit({ object: pod(), namespace: 'none' })).rejects.toMatchObject({
    code: 404,
    message: 'namespaces "none" not found',
  });
  objects.put('', 'namespaces', { metadata: { name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' } });
  await expect(admit({ object: pod(), namespace: 'going' })).rejects.toThrow(
    'because it is being terminated',
  );
  await expect(
    admit({ operation: 'DELETE', resource: 'namespaces', namespace: '', name: 'default' }),
  ).rejects.toThrow('this namespace may not be deleted');
});

test('ServiceAccount: the default account and its token volume, in every container, once', async () => {
  const { admit } = setUp('ServiceAccount');
  const result = (await admit({ object: pod({ initContainers: [{ name: 'init' }] }) })) as unknown as {
    spec: {
      serviceAccountName: string;
      volumes: { name: string; projected: { sources: unknown[] } }[];
      containers: { volumeMounts: unknown[] }[];
      initContainers: { volumeMounts: unknown[] }[];
    };
  };
  expect(result.spec.serviceAccountName).toBe('default');
  expect(result.spec.volumes).toHaveLength(1);
  expect(result.spec.volumes[0]!.projected.sources).toHaveLength(3);
  const mount = {
    name: 'kube-api-access-bbbbb',
    readOnly: true,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  };
  expect(result.spec.containers[0]!.volumeMounts).toEqual([mount]);
  expect(result.spec.initContainers[0]!.volumeMounts).toEqual([mount]);
  await expect(admit({ object: pod({ serviceAccountName: 'robot' }) })).rejects.toThrow(
    'error looking up service account default/robot: serviceaccount "robot" not found',
  );
  const without = (await admit({ object: pod({ automountServiceAccountToken: false }) })) as unknown as {
    spec: { volumes?: unknown };
  };
  expect(without.spec.volumes).toBeUndefined();
});

test('NodeRestriction: a kubelet changes its own node only, and no label or taint that steers pods', async () => {
  const { admit } = setUp('NodeRestriction');
  const node = (name: string, labels = {}, taints: object[] = []) => ({
    metadata: { name, labels },
    spec: { taints },
  });
  const asKubelet = { user: kubelet, resource: 'nodes', namespace: '' } as const;
  await admit({ ...asKubelet, object: node('worker-0', { 'kubernetes.io/hostname': 'worker-0' }) });
  await expect(admit({ ...asKubelet, object: node('worker-1') })).rejects.toThrow(
    'node "worker-0" is not allowed to modify node "worker-1"',
  );
  await expect(
    admit({ ...asKubelet, object: node('worker-0', { 'node-role.kubernetes.io/control-plane': '' }) }),
  ).rejects.toThrow('is not allowed to modify labels: node-role.kubernetes.io/control-plane');
  await expect(
    admit({
      ...asKubelet,
      operation: 'UPDATE',
      name: 'worker-0',
      object: node('worker-0'),
      oldObject: node('worker-0', {}, [{ key: 'a' }]),
    }),
  ).rejects.toThrow('not allowed to modify taints');
  await admit({ user: admin, resource: 'nodes', namespace: '', object: node('worker-1') });
});

test('NodeRestriction: tokens only for pods on the node, and no pod but a mirror', async () => {
  const { objects, admit } = setUp('NodeRestriction');
  objects.put('', 'pods', {
    metadata: { namespace: 'default', name: 'mine', uid: '1' },
    spec: { nodeName: 'worker-0' },
  });
  objects.put('', 'pods', {
    metadata: { namespace: 'default', name: 'yours', uid: '2' },
    spec: { nodeName: 'worker-1' },
  });
  const token = (name: string) => ({ metadata: {}, spec: { boundObjectRef: { kind: 'Pod', name } } });
  const ask = { user: kubelet, resource: 'serviceaccounts', subresource: 'token', name: 'default' } as const;
  await admit({ ...ask, object: token('mine') });
  await expect(admit({ ...ask, object: token('yours') })).rejects.toThrow('different node');
  await expect(admit({ ...ask, object: { metadata: {}, spec: {} } })).rejects.toThrow('not bound to a pod');
  await expect(admit({ user: kubelet, object: pod({ nodeName: 'worker-0' }) })).rejects.toThrow(
    'can only create mirror pods',
  );
});

test('DefaultTolerationSeconds adds five minutes, and leaves alone what a pod says itself', async () => {
  const { admit } = setUp('DefaultTolerationSeconds');
  const tolerations = async (spec: object) =>
    ((await admit({ object: pod(spec) }))!.spec as { tolerations: object[] }).tolerations;
  expect(await tolerations({})).toEqual(
    ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  );
  expect(await tolerations({ tolerations: [{ operator: 'Exists' }] })).toEqual([{ operator: 'Exists' }]);
});

test('Priority turns a class into a number, and refuses a class that is not there', async () => {
  const { objects, admit } = setUp('Priority');
  objects.put('scheduling.k8s.io', 'priorityclasses', { metadata: { name: 'high' }, value: 1000 });
  expect(
    ((await admit({ object: pod({ priorityClassName: 'high' }) }))!.spec as { priority: number }).priority,
  ).toBe(1000);
  expect(((await admit({ object: pod() }))!.spec as { priority: number }).priority).toBe(0);
  await expect(admit({ object: pod({ priorityClassName: 'none' }) })).rejects.toThrow(
    'no PriorityClass with name none was found',
  );
});

test('TaintNodesByCondition: a new node starts as not ready', async () => {
  const { admit } = setUp('TaintNodesByCondition');
  const node = (await admit({
    resource: 'nodes',
    namespace: '',
    object: { metadata: { name: 'worker-0' } },
  }))!;
  expect(node.spec).toEqual({ taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] });
});

test('LimitRanger gives defaults and refuses what is out of bounds', async () => {
  const { objects, admit } = setUp('LimitRanger');
  objects.put('', 'limitranges', {
    metadata: { namespace: 'default', name: 'limits' },
    spec: {
      limits: [
        {
          type: 'Container',
          default: { memory: '64Mi' },
          defaultRequest: { memory: '32Mi' },
          max: { memory: '128Mi' },
        },
      ],
    },
  });
  const result = (await admit({ object: pod() }))!.spec as { containers: { resources: object }[] };
  expect(result.containers[0]!.resources).toEqual({
    limits: { memory: '64Mi' },
    requests: { memory: '32Mi' },
  });
  const big = pod({ containers: [{ name: 'web', resources: { limits: { memory: '1Gi' } } }] });
  await expect(admit({ object: big })).rejects.toThrow(
    'maximum memory usage per Container is 128Mi, but limit is 1Gi',
  );
});

test('ResourceQuota counts what is there, and refuses what exceeds it or does not say what it takes', async () => {
  const { objects, admit } = setUp('ResourceQuota');
  objects.put('', 'resourcequotas', {
    metadata: { namespace: 'default', name: 'small' },
    spec: { hard: { pods: '2', 'requests.cpu': '1' } },
  });
  const withCpu = (name: string, cpu: string) =>
    pod({ containers: [{ name: 'web', resources: { requests: { cpu } } }] }, { name });
  await admit({ object: withCpu('a', '600m') });
  objects.put('', 'pods', withCpu('a', '600m'));
  await expect(admit({ object: withCpu('b', '500m') })).rejects.toThrow(
    'exceeded quota: small, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
  );
  await expect(admit({ object: pod() })).rejects.toThrow('failed quota: small: must specify requests.cpu');
  objects.put('', 'pods', { ...withCpu('b', '100m'), status: { phase: 'Succeeded' } });
  await admit({ object: withCpu('c', '400m') });
});

test('DefaultStorageClass gives a claim the newest default class', async () => {
  const { objects, admit } = setUp('DefaultStorageClass');
  const storageClass = (name: string, creationTimestamp: string, isDefault: string) =>
    objects.put('storage.k8s.io', 'storageclasses', {
      metadata: {
        name,
        creationTimestamp,
        annotations: { 'storageclass.kubernetes.io/is-default-class': isDefault },
      },
    });
  storageClass('old', '2025-01-01T00:00:00Z', 'true');
  storageClass('new', '2026-01-01T00:00:00Z', 'true');
  storageClass('newest', '2026-06-01T00:00:00Z', 'false');
  const claim = {
    resource: 'persistentvolumeclaims',
    object: { metadata: { name: 'data' }, spec: {} },
  } as const;
  expect((await admit(claim))!.spec).toEqual({ storageClassName: 'new' });
});

test('--allow-privileged=false keeps privileged containers out', async () => {
  const [plugin, ...more] = admissionPlugins(
    {
      enable: [],
      disable: admissionPlugins({ enable: [], disable: [] }, memoryObjects(), () => 0, settings).map(
        ({ name }) => name,
      ),
    },
    memoryObjects(),
    () => 0,
    { ...settings, allowPrivileged: false },
  );
  expect(more).toEqual([]);
  const create = (privileged: boolean) =>
    plugin!.validate!({
      user: admin,
      verb: 'create',
      isResourceRequest: true,
      apiGroup: '',
      apiVersion: 'v1',
      resource: 'pods',
      subresource: '',
      namespace: 'default',
      name: 'web',
      path: '',
      operation: 'CREATE',
      object: pod(
        { containers: [{ name: 'web', securityContext: { privileged } }] },
        { name: 'web' },
      ) as unknown as KubeObject,
      oldObject: undefined,
      dryRun: false,
    });
  await expect(create(false)).resolves.toBeUndefined();
  await expect(create(true)).rejects.toThrow(
    'Pod "web" is invalid: spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy',
  );
});
