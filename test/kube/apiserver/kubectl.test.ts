import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, ours, runner, upstream } from '../kubectl/programs.ts';
import { startTestServer, type TestServer } from './support/test-server.ts';

/** The same words for our kubectl and, where there is one, upstream's. */
const programs = [ours, upstream()].filter((program) => program !== undefined);

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'apiserver-kubectl-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

describe.each(programs)('kubectl, $name', (program) => {
  /** In a namespace of its own, so that neither meets what the other left. */
  const run = (...words: string[]): Promise<Outcome> =>
    runner(folder, server)(program, '-n', program.name, ...words);
  beforeAll(async () => {
    expect(await run('create', 'namespace', program.name)).toMatchObject({ code: 0 });
  });

  test('creates, scales, labels, patches, describes and deletes a deployment', async () => {
    expect((await run('create', 'deployment', 'web', '--image=k8s-lab/web')).out).toBe(
      'deployment.apps/web created\n',
    );
    expect((await run('scale', 'deployment', 'web', '--replicas=3')).out).toBe(
      'deployment.apps/web scaled\n',
    );
    expect((await run('label', 'deployment', 'web', 'tier=front')).out).toContain('labeled');
    expect((await run('get', 'deploy', '-l', 'tier=front')).out).toMatch(/^NAME +READY .*\nweb +0\/3/);
    const patch =
      '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"A","value":"1"}]}]}}}}';
    expect((await run('patch', 'deployment', 'web', '-p', patch)).out).toContain('patched');
    expect((await run('describe', 'deployment', 'web')).out).toMatch(/Image: +k8s-lab\/web\n[\s\S]*A: +1/);
    expect((await run('wait', '--for=jsonpath={.spec.replicas}=3', 'deploy/web')).out).toContain(
      'condition met',
    );
    expect((await run('delete', 'deployment', 'web')).out).toContain('"web" deleted');
  });

  test('applies on the server: each field has its manager, and taking one over wants to be said', async () => {
    const file = join(folder, 'managed.json');
    const write = (data: Readonly<Record<string, string>>) =>
      writeFileSync(
        file,
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'managed' }, data }),
      );
    const applyAs = (manager: string, ...more: string[]) =>
      run('apply', '--server-side', `--field-manager=${manager}`, '-f', file, ...more);
    write({ a: '1', b: '1' });
    expect((await applyAs('first')).out).toBe('configmap/managed serverside-applied\n');
    write({ b: '2' });
    const refused = await applyAs('second');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.error).toContain('Apply failed with 1 conflict: conflict with "first": .data.b');
    expect(refused.error).toContain('--force-conflicts');
    expect((await applyAs('second', '--force-conflicts')).out).toContain('serverside-applied');
    const fields = await run('get', 'cm', 'managed', '--show-managed-fields', '-o', 'json');
    const { data, metadata } = JSON.parse(fields.out);
    expect(data).toEqual({ a: '1', b: '2' });
    expect(metadata.managedFields).toMatchObject([
      { manager: 'first', operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {} } } },
      { manager: 'second', operation: 'Apply', fieldsV1: { 'f:data': { 'f:b': {} } } },
    ]);
    // What its manager leaves out goes.
    write({ b: '1' });
    expect((await applyAs('first', '--force-conflicts')).code).toBe(0);
    expect((await run('get', 'cm', 'managed', '-o', 'jsonpath={.data}')).out).toBe('{"b":"1"}');
  });

  test('applies a file twice, and sees what changed', async () => {
    const file = join(folder, 'm.json');
    const write = (value: string) =>
      writeFileSync(
        file,
        JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { k: value } }),
      );
    write('1');
    expect((await run('apply', '-f', file)).out).toBe('configmap/m created\n');
    expect((await run('apply', '-f', file)).out).toBe('configmap/m unchanged\n');
    write('2');
    expect((await run('apply', '-f', file)).out).toBe('configmap/m configured\n');
    expect((await run('get', 'cm', 'm', '-o', 'jsonpath={.data.k}')).out).toBe('2');
  });

  test('explains fields, lists resources, and says upstream’s words for what is not there', async () => {
    expect((await run('explain', 'pod.spec.containers')).out).toContain('FIELD: containers');
    expect((await run('api-resources')).out).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
    expect((await run('get', 'pod', 'nope')).error).toBe(
      'Error from server (NotFound): pods "nope" not found\n',
    );
    expect((await run('auth', 'can-i', 'get', 'pods', '--as', 'eve')).out).toBe('no\n');
    expect((await run('create', 'configmap', 'm')).error).toContain('configmaps "m" already exists');
  });
});
