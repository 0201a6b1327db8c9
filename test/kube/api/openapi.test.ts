import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregatedDiscovery, apiGroupList, apiResourceList } from '../../../src/kube/api/discovery.ts';
import { createOpenApi } from '../../../src/kube/api/openapi/openapi.ts';
import { findKind, resourcePath, resources } from '../../../src/kube/api/resources.ts';
import { findSchema } from '../../../src/kube/api/schemas.ts';
import { type DiscoveryServer, findKubectl, runKubectl, startDiscoveryServer } from './discovery-server.ts';

describe('resources', () => {
  it('have a schema each, and no path twice', () => {
    for (const r of resources) expect(findSchema(r.schema), r.schema).toBeDefined();
    expect(new Set(resources.map((r) => resourcePath(r))).size).toBe(resources.length);
  });

  it('lie where upstream stores them', () => {
    const prefix = (group: string, kind: string) => findKind({ group, version: 'v1', kind })?.keyPrefix;
    expect(prefix('', 'Pod')).toBe('/registry/pods');
    expect(prefix('', 'Service')).toBe('/registry/services/specs');
    expect(prefix('', 'Endpoints')).toBe('/registry/services/endpoints');
    expect(prefix('', 'Node')).toBe('/registry/minions');
    expect(prefix('coordination.k8s.io', 'Lease')).toBe('/registry/leases');
    expect(prefix('events.k8s.io', 'Event')).toBe('/registry/events');
    expect(prefix('networking.k8s.io', 'Ingress')).toBe('/registry/ingress');
  });

  it('are found by kind', () => {
    expect(findKind({ group: '', version: 'v1', kind: 'Pod' })?.plural).toBe('pods');
    expect(findKind({ group: 'apps', version: 'v1', kind: 'Nothing' })).toBeUndefined();
  });
});

describe('discovery', () => {
  it('plain and aggregated name the same resources', () => {
    const aggregated = [
      ...aggregatedDiscovery(resources, '/api', 'v2').items,
      ...aggregatedDiscovery(resources, '/apis', 'v2').items,
    ];
    const names = aggregated.flatMap((g) =>
      g.versions.flatMap((v) =>
        v.resources.map((r) => `${g.metadata.name ?? ''}/${v.version}/${r.resource}`),
      ),
    );
    expect(names).toEqual(resources.map((r) => `${r.group}/${r.version}/${r.plural}`));
    const groups = apiGroupList(resources).groups.map((g) => g.name);
    expect(groups).toContain('apps');
    expect(groups).not.toContain('');
    expect(
      apiGroupList(resources).groups.find((g) => g.name === 'autoscaling')?.preferredVersion?.version,
    ).toBe('v2');
  });

  it('shows pods/eviction with its own group, as drain looks for it', () => {
    const list = apiResourceList(resources, '', 'v1')!;
    expect(list.resources.find((r) => r.name === 'pods/eviction')).toMatchObject({
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
    });
  });

  it('tells of what is served only', () => {
    const served = resources.filter((r) => r.plural === 'pods');
    expect(apiGroupList(served).groups).toEqual([]);
    expect(apiResourceList(served, 'apps', 'v1')).toBeUndefined();
  });
});

describe('documents', () => {
  const openapi = createOpenApi(resources, 'v1.34.2+k8s-lab');
  type Document = {
    components: { schemas: Record<string, unknown> };
    paths: Record<string, Record<string, unknown>>;
  };

  it('hold every schema they refer to', () => {
    for (const path of Object.keys(openapi.v3Index())) {
      const text = openapi.v3(path)!;
      const document = JSON.parse(text) as Document;
      for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
        expect(document.components.schemas[name!], `${path}: ${name}`).toBeDefined();
      }
    }
    const swagger = JSON.parse(openapi.v2()) as { definitions: Record<string, unknown> };
    for (const [, name] of openapi.v2().matchAll(/"#\/definitions\/([^"]+)"/g))
      expect(swagger.definitions[name!], name).toBeDefined();
  });

  it('give each operation an id of its own', () => {
    for (const path of Object.keys(openapi.v3Index())) {
      const ids = [...openapi.v3(path)!.matchAll(/"operationId":"([^"]+)"/g)].map((m) => m[1]);
      expect(new Set(ids).size, path).toBe(ids.length);
    }
  });

  it('carry the patch keys', () => {
    const { components } = JSON.parse(openapi.v3('api/v1')!) as Document;
    const spec = components.schemas['io.k8s.api.core.v1.PodSpec'] as { properties: { containers: object } };
    expect(spec.properties.containers).toMatchObject({
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-list-map-keys': ['name'],
    });
  });

  it('answer undefined for what is not served', () => expect(openapi.v3('apis/nope/v1')).toBeUndefined());
});

const kubectl = findKubectl();

describe.skipIf(kubectl === undefined || kubectl.minor < 27)('a real kubectl', () => {
  let home = '';
  let server: DiscoveryServer;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'k8s-lab-openapi-'));
    server = await startDiscoveryServer({
      aggregated: true,
      answer: ({ method, body }) =>
        method === 'POST' ? { status: 201, body: JSON.parse(body) } : { status: 404, body: notFound },
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(home, { recursive: true, force: true });
  });

  const notFound = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'NotFound',
    code: 404,
    message: 'not found',
  };
  const run = (args: string[], input?: string) => runKubectl(kubectl!.command, home, server.url, args, input);

  it('explains a field and what it leads to', async () => {
    const { stdout, stderr } = await run(['explain', 'deployment.spec.template.spec.containers']);
    expect(stderr).toBe('');
    expect(stdout).toContain('KIND:       Deployment');
    expect(stdout).toContain('FIELD: containers <[]Container>');
    expect(stdout).toMatch(/imagePullPolicy\s+<string>/);
    expect(stdout).toMatch(/name\s+<string> -required-/);
  });

  it('lists the resources', async () => {
    const { stdout } = await run(['api-resources', '-o', 'wide']);
    expect(stdout).toMatch(
      /deployments\s+deploy\s+apps\/v1\s+true\s+Deployment\s+create,delete,deletecollection,get,list,patch,update,watch\s+all/,
    );
    expect(stdout).toMatch(/horizontalpodautoscalers\s+hpa\s+autoscaling\/v2/);
  });

  it('leaves validation to the server', async () => {
    const manifest = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      dataa: {},
    });
    const { stdout, stderr } = await run(['create', '-f', '-'], manifest);
    expect(stderr).toBe('');
    expect(stdout).toBe('configmap/c created\n');
    const post = server.requests.find((r) => r.method === 'POST');
    expect(post?.url).toContain('fieldValidation=Strict');
  });
});
