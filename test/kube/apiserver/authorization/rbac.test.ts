import { expect, test } from 'vitest';
import {
  bootstrapObjects,
  reconcileBootstrapPolicy,
} from '../../../../src/kube/apiserver/authorization/bootstrap.ts';
import { nodeRules } from '../../../../src/kube/apiserver/authorization/bootstrap-roles.ts';
import { NodeAuthorizer } from '../../../../src/kube/apiserver/authorization/node.ts';
import { RbacAuthorizer } from '../../../../src/kube/apiserver/authorization/rbac.ts';
import { superuserAuthorizer, unionAuthorizer } from '../../../../src/kube/apiserver/authorization/union.ts';
import type { RequestAttributes, UserInfo } from '../../../../src/kube/apiserver/request.ts';
import { memoryObjects } from '../memory-objects.ts';

const user = (username: string, ...groups: string[]): UserInfo => ({
  username,
  groups: [...groups, 'system:authenticated'],
});

/** `get pods/log default/web`, `list nodes`, `get /version`. */
function attributes(who: UserInfo, text: string, apiGroup = ''): RequestAttributes {
  const [verb = '', what = '', where = ''] = text.split(' ');
  const isResourceRequest = !what.startsWith('/');
  const [resource = '', subresource = ''] = isResourceRequest ? what.split('/') : [];
  const [namespace = '', name = ''] = where.includes('/') ? where.split('/') : ['', where];
  return {
    user: who,
    verb,
    isResourceRequest,
    apiGroup,
    apiVersion: 'v1',
    resource,
    subresource,
    namespace,
    name,
    path: what,
  };
}

async function bootstrapped() {
  const objects = memoryObjects();
  await reconcileBootstrapPolicy(objects, objects);
  const authorizer = unionAuthorizer([
    superuserAuthorizer,
    new NodeAuthorizer(objects, nodeRules),
    new RbacAuthorizer(objects),
  ]);
  const may = async (who: UserInfo, text: string, apiGroup = '') =>
    (await authorizer.authorize(attributes(who, text, apiGroup))).decision === 'allow';
  return { objects, authorizer, may };
}

const scheduler = user('system:kube-scheduler', 'system:kube-scheduler');
const kubeProxy = user('system:kube-proxy', 'system:node-proxier');
const nobody = user('jane');

test('system:masters may do everything, even without a role', async () => {
  expect(
    await superuserAuthorizer.authorize(attributes(user('admin', 'system:masters'), 'delete nodes worker-0')),
  ).toMatchObject({
    decision: 'allow',
  });
});

test('the bootstrap roles give each component its own rights, by its name', async () => {
  const { may } = await bootstrapped();
  expect(await may(scheduler, 'create pods/binding default/web')).toBe(true);
  expect(await may(scheduler, 'get secrets default/db')).toBe(false);
  expect(await may(scheduler, 'update leases kube-system/kube-scheduler', 'coordination.k8s.io')).toBe(true);
  expect(
    await may(scheduler, 'update leases kube-system/kube-controller-manager', 'coordination.k8s.io'),
  ).toBe(false);
  expect(await may(kubeProxy, 'watch endpointslices', 'discovery.k8s.io')).toBe(true);
  expect(await may(kubeProxy, 'update endpointslices default/x', 'discovery.k8s.io')).toBe(false);
  expect(await may(nobody, 'get /version')).toBe(true);
  expect(await may(nobody, 'list pods default/')).toBe(false);
  expect(await may(user('system:anonymous'), 'get /metrics')).toBe(false);
});

test('a scheduler certificate with another name has none of its rights: the CN counts, not the O', async () => {
  const { may } = await bootstrapped();
  const wrongName = user('kube-scheduler', 'system:kube-scheduler');
  expect(await may(wrongName, 'create pods/binding default/web')).toBe(false);
});

test('a role binding counts in its namespace only, a service account by its full name', async () => {
  const { objects, may, authorizer } = await bootstrapped();
  objects.put('rbac.authorization.k8s.io', 'rolebindings', {
    kind: 'RoleBinding',
    metadata: { namespace: 'shop', name: 'viewers' },
    roleRef: { kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'shop' }],
  });
  const reader = user('system:serviceaccount:shop:reader');
  expect(await may(reader, 'list pods shop/')).toBe(true);
  expect(await may(reader, 'list pods default/')).toBe(false);
  expect(await may(reader, 'delete pods shop/web')).toBe(false);
  expect(await may(reader, 'get secrets shop/db')).toBe(false);
  const { reason } = await authorizer.authorize(attributes(reader, 'list pods shop/'));
  expect(reason).toBe(
    'RBAC: allowed by RoleBinding "viewers/shop" of ClusterRole "view" to ServiceAccount "reader/shop"',
  );
});

test('edit takes in view, admin takes in both', async () => {
  const rules = (name: string) => {
    const found = bootstrapObjects().find(
      ({ resource, object }) => resource === 'clusterroles' && object.metadata.name === name,
    );
    return JSON.stringify(found?.object.rules);
  };
  expect(rules('edit')).toContain(rules('view').slice(1, -1));
  expect(rules('admin')).toContain(rules('edit').slice(1, -1));
});

test('reconciling again writes nothing; a lost rule is put back, an added one stays, autoupdate=false is respected', async () => {
  const { objects } = await bootstrapped();
  objects.writes.length = 0;
  await reconcileBootstrapPolicy(objects, objects);
  expect(objects.writes).toEqual([]);

  const group = 'rbac.authorization.k8s.io';
  const role = structuredClone((await objects.get(group, 'clusterroles', '', 'system:kube-dns'))!);
  const extra = { verbs: ['get'], apiGroups: [''], resources: ['nodes'] };
  objects.put(group, 'clusterroles', { ...role, rules: [extra] });
  const frozen = structuredClone((await objects.get(group, 'clusterroles', '', 'view'))!);
  frozen.metadata.annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
  objects.put(group, 'clusterroles', { ...frozen, rules: [] });
  await reconcileBootstrapPolicy(objects, objects);
  expect(objects.writes).toEqual(['update clusterroles system:kube-dns']);
  const mended = (await objects.get(group, 'clusterroles', '', 'system:kube-dns'))!.rules as unknown[];
  expect(mended).toEqual([extra, ...(role.rules as unknown[])]);
});

const kubelet = user('system:node:worker-0', 'system:nodes');

test('a kubelet reads a secret only when a pod on its node refers to it', async () => {
  const { objects, may, authorizer } = await bootstrapped();
  expect(await may(kubelet, 'get secrets default/db')).toBe(false);
  objects.put('', 'pods', {
    metadata: { namespace: 'default', name: 'web' },
    spec: { nodeName: 'worker-0', containers: [{ name: 'web', envFrom: [{ secretRef: { name: 'db' } }] }] },
  });
  expect(await may(kubelet, 'get secrets default/db')).toBe(true);
  expect(await may(kubelet, 'get secrets default/other')).toBe(false);
  expect(await may(kubelet, 'list secrets default/')).toBe(false);
  expect(await may(user('system:node:worker-1', 'system:nodes'), 'get secrets default/db')).toBe(false);
  const { reason } = await authorizer.authorize(attributes(kubelet, 'get secrets default/other'));
  expect(reason).toBe("no relationship found between node 'worker-0' and this object");
});

test('a kubelet keeps its own lease and no other, and writes node status', async () => {
  const { may } = await bootstrapped();
  expect(await may(kubelet, 'update leases kube-node-lease/worker-0', 'coordination.k8s.io')).toBe(true);
  expect(await may(kubelet, 'update leases kube-node-lease/worker-1', 'coordination.k8s.io')).toBe(false);
  expect(await may(kubelet, 'update leases kube-system/kube-scheduler', 'coordination.k8s.io')).toBe(false);
  expect(await may(kubelet, 'patch nodes/status worker-0')).toBe(true);
});

test('without the group system:nodes the name alone is nothing', async () => {
  const { may } = await bootstrapped();
  expect(await may(user('system:node:worker-0', 'nodes'), 'patch nodes/status worker-0')).toBe(false);
});
