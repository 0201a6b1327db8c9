import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRequest } from '../../../../src/pki/issue.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ flags: ['--service-node-port-range=30000-30001'] });
});
afterAll(() => server.stop());

const core = '/api/v1/namespaces/default';
const apps = '/apis/apps/v1/namespaces/default';
const patch = (path: string, body: unknown) =>
  server.call('PATCH', path, body, { headers: { 'content-type': 'application/merge-patch+json' } });

describe('what may not change', () => {
  test('the data of an immutable Secret, though its labels may', async () => {
    await server.call('POST', `${core}/secrets`, {
      metadata: { name: 's' },
      immutable: true,
      data: { a: 'YQ==' },
    });
    const frozen = 'field is immutable when `immutable` is set';
    const changed = await patch(`${core}/secrets/s`, { data: { a: 'Yg==' } });
    expect(changed.body.message).toBe(`Secret "s" is invalid: data: Forbidden: ${frozen}`);
    expect((await patch(`${core}/secrets/s`, { immutable: false })).body.message).toContain(frozen);
    expect((await patch(`${core}/secrets/s`, { type: 'other' })).body.message).toContain(
      'field is immutable',
    );
    expect((await patch(`${core}/secrets/s`, { metadata: { labels: { a: 'b' } } })).status).toBe(200);
  });

  test('the selector of a Deployment', async () => {
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'k8s-lab/web' }] } };
    const deployment = (spec: object = {}) => ({
      metadata: { name: 'web' },
      spec: { selector: { matchLabels: labels }, template, ...spec },
    });
    const soon = { progressDeadlineSeconds: 5, minReadySeconds: 10 };
    const refused = await server.call('POST', `${apps}/deployments`, deployment(soon));
    expect(refused.body.message).toContain(
      'spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
    );
    await server.call('POST', `${apps}/deployments`, deployment());
    const other = { app: 'web', tier: 'front' };
    const changed = await patch(`${apps}/deployments/web`, {
      spec: { selector: { matchLabels: other }, template: { metadata: { labels: other } } },
    });
    expect([changed.status, changed.body.message]).toEqual([
      422,
      'Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"front"}}: field is immutable',
    ]);
  });

  test('the decision about a certificate signing request', async () => {
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const bob = { CN: 'bob', names: [], hosts: [], key: { algo: 'ecdsa', size: 256 } };
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const request = Buffer.from(createRequest(bob, privateKey)).toString('base64');
    const spec = { request, signerName: 'lab.io/test', usages: ['client auth'], username: 'eve' };
    const created = await server.call('POST', path, { metadata: { name: 'r' }, spec });
    expect(created.body.spec.username).toBe('admin');
    const condition = (type: string) => ({ type, status: 'True', reason: 'Test', message: '' });
    const decide = (subresource: string, ...types: string[]) =>
      patch(`${path}/r/${subresource}`, { status: { conditions: types.map(condition) } });
    expect((await decide('status', 'Approved')).body.message).toContain(
      'updates may not add a condition of type "Approved"',
    );
    expect((await decide('approval', 'Approved')).status).toBe(200);
    expect((await decide('approval', 'Denied')).body.message).toContain(
      'updates may not remove a condition of type "Approved"',
    );
    expect((await decide('approval', 'Approved', 'Denied')).body.message).toContain(
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    );
    const issue = (certificate: string) => patch(`${path}/r/status`, { status: { certificate } });
    expect((await issue('eA==')).status).toBe(200);
    expect((await issue('eQ==')).body.message).toContain('updates may not modify certificate content');
  });

  test('the containers of a pod; ephemeral ones come by their own door and stay', async () => {
    const containers = [{ name: 'web', image: 'k8s-lab/web' }];
    const debug = { name: 'debug', image: 'k8s-lab/toolbox' };
    const pods = `${core}/pods`;
    const early = { metadata: { name: 'p' }, spec: { containers, ephemeralContainers: [debug] } };
    expect((await server.call('POST', pods, early)).body.message).toContain(
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    );
    await server.call('POST', pods, { metadata: { name: 'p' }, spec: { containers } });
    const door = `${pods}/p/ephemeralcontainers`;
    expect((await patch(door, { spec: { ephemeralContainers: [debug] } })).status).toBe(200);
    expect((await patch(door, { spec: { ephemeralContainers: [] } })).body.message).toContain(
      'existing ephemeral containers may not be removed',
    );
    expect(
      (await patch(`${pods}/p`, { spec: { containers: [{ ...containers[0], tty: true }] } })).body.message,
    ).toContain('pod updates may not change fields other than');
  });
});

describe('a Service', () => {
  const services = `${core}/services`;
  const service = (name: string, spec: object = {}) => ({
    metadata: { name },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  });

  test('that changes its type drops what only the old one had', async () => {
    await server.call('POST', services, service('w', { type: 'LoadBalancer' }));
    const { body } = await patch(`${services}/w`, { spec: { type: 'ClusterIP' } });
    expect(body.spec).not.toHaveProperty('externalTrafficPolicy');
    expect(body.spec).not.toHaveProperty('allocateLoadBalancerNodePorts');
    expect(body.spec.ports[0]).not.toHaveProperty('nodePort');
    const external = await patch(`${services}/w`, {
      spec: { type: 'ExternalName', externalName: 'a.example' },
    });
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      expect(external.body.spec).not.toHaveProperty(field);
    }
    await server.call('DELETE', `${services}/w`);
  });

  test.each([
    [{ ipFamilies: ['IPv6'] }, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    [
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80, nodePort: 30001 },
          { name: 'b', port: 81, nodePort: 30001 },
        ],
      },
      'spec.ports[1].nodePort: Duplicate value: 30001',
    ],
    [
      { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] },
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30001',
    ],
    [
      { clusterIP: '10.99.0.1' },
      'failed to allocate IP 10.99.0.1: the provided IP (10.99.0.1) is not in the valid range. The range of valid IPs is 10.32.0.0/24',
    ],
    [{ clusterIP: '10.32.0.1' }, 'failed to allocate IP 10.32.0.1: provided IP is already allocated'],
  ])('with %j is refused', async (spec, message) => {
    const answer = await server.call('POST', services, service('refused', spec));
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(message);
  });

  test('finds no port when all are given out, and finds one again after a deletion', async () => {
    const create = (name: string) => server.call('POST', services, service(name, { type: 'NodePort' }));
    const ports = [await create('n1'), await create('n2')].map(({ body }) => body.spec.ports[0]!.nodePort);
    expect(ports.sort()).toEqual([30000, 30001]);
    const full = await create('n3');
    expect([full.status, full.body.message]).toEqual([
      500,
      'Internal error occurred: failed to allocate a nodePort: range is full',
    ]);
    // What it took before it failed is free again: the address too.
    await server.call('DELETE', `${services}/n1`);
    expect((await create('n3')).status).toBe(201);
  });
});
