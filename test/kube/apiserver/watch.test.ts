import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryEtcd } from './support/memory-etcd.ts';
import { type AnswerBody, startTestServer, type TestServer } from './support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  const etcd = new MemoryEtcd();
  // History from before the server came: it cannot show it.
  await etcd.txn({ compare: [], success: [{ put: { key: 'old', value: Buffer.from('') } }], failure: [] });
  server = await startTestServer({ etcd });
});
afterAll(() => server.stop());

const secrets = '/api/v1/namespaces/default/secrets';
const create = (name: string, labels: Record<string, string> = {}) =>
  server.call('POST', secrets, { metadata: { name, labels } });

interface Event {
  readonly type: string;
  readonly object: AnswerBody;
}

/** An open watch; `take(n)` resolves with the first n events. */
function watch(query: string, headers: Record<string, string> = {}) {
  const events: Event[] = [];
  let wake = () => {};
  let ended = false;
  const request = httpsRequest({
    host: '127.0.0.1',
    port: server.port,
    path: `${secrets}?watch=1&${query}`,
    ca: server.certificates.ca,
    cert: server.admin.cert,
    key: server.admin.key,
    agent: false,
    headers,
  });
  const open = new Promise<void>((resolve) => {
    request.on('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        events.push(...lines.map((line) => JSON.parse(line) as Event));
        wake();
      });
      response.on('close', () => {
        ended = true;
        wake();
      });
      resolve();
    });
  });
  request.on('error', () => undefined);
  request.end();
  return {
    open,
    async take(count: number): Promise<Event[]> {
      while (events.length < count && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return events.slice(0, count);
    },
    close: () => request.destroy(),
  };
}

const summary = (events: readonly Event[]) =>
  events.map(({ type, object }) => `${type} ${object.metadata.name}`);

describe('a watch over HTTP', () => {
  test('follows from the version of a list, through all that happens', async () => {
    const list = await server.call('GET', secrets);
    const watching = watch(`resourceVersion=${list.body.metadata.resourceVersion}`);
    await watching.open;
    await create('w1');
    await server.call('DELETE', `${secrets}/w1`);
    const events = await watching.take(2);
    expect(summary(events)).toEqual(['ADDED w1', 'DELETED w1']);
    expect(Number(events[1]!.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(events[0]!.object.metadata.resourceVersion),
    );
    watching.close();
  });

  test('starts with the state when no version is given, and with selectors sees only what matches', async () => {
    await create('s1', { app: 'web' });
    await create('s2');
    const watching = watch('labelSelector=app%3Dweb');
    expect(summary(await watching.take(1))).toEqual(['ADDED s1']);
    await server.call(
      'PATCH',
      `${secrets}/s1`,
      { metadata: { labels: null } },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    );
    expect(summary(await watching.take(2))).toEqual(['ADDED s1', 'DELETED s1']);
    watching.close();
  });

  test('of one name leaves out those whose names only begin like it', async () => {
    await create('one');
    await create('one-more');
    const watching = watch('fieldSelector=metadata.name%3Done');
    await watching.open;
    await server.call('DELETE', `${secrets}/one-more`);
    await server.call('DELETE', `${secrets}/one`);
    expect(summary(await watching.take(2))).toEqual(['ADDED one', 'DELETED one']);
    watching.close();
  });

  test('marks the end of the initial events', async () => {
    await create('i1');
    const watching = watch(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Di1',
    );
    const [added, bookmark] = await watching.take(2);
    expect(added).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'i1' } } });
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Secret', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    watching.close();
  });

  test('tells a client from too long ago to list again', async () => {
    const watching = watch('resourceVersion=1');
    const [event] = await watching.take(1);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(event!.object.message).toMatch(/^too old resource version: 1 \(\d+\)$/);
  });

  test('shows tables, the columns only in the first', async () => {
    await create('t1');
    const watching = watch('fieldSelector=metadata.name%3Dt1', {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    await watching.take(1);
    await server.call('DELETE', `${secrets}/t1`);
    const [first, second] = await watching.take(2);
    expect(first!.object.kind).toBe('Table');
    expect(first!.object.columnDefinitions.length).toBeGreaterThan(2);
    expect(second!.object.columnDefinitions ?? []).toHaveLength(0);
    watching.close();
  });

  test('ends after timeoutSeconds', async () => {
    const watching = watch('timeoutSeconds=1&resourceVersion=0');
    expect(summary(await watching.take(1000)).every((line) => line.startsWith('ADDED'))).toBe(true);
  });
});

describe('a list in pages', () => {
  test('shows the state of its first page, though objects come and go meanwhile', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    for (const name of ['a', 'b', 'c', 'd', 'e']) await server.call('POST', path, { metadata: { name } });
    const first = await server.call('GET', `${path}?limit=2`);
    expect(first.body.items.map((item: Event['object']) => item.metadata.name)).toEqual(['a', 'b']);
    expect(first.body.metadata.remainingItemCount).toBe(3);
    await server.call('DELETE', `${path}/d`);
    await server.call('POST', path, { metadata: { name: 'bb' } });
    const rest = await server.call('GET', `${path}?limit=10&continue=${first.body.metadata.continue}`);
    expect(rest.body.items.map((item: Event['object']) => item.metadata.name)).toEqual(['c', 'd', 'e']);
    expect(rest.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    expect(rest.body.metadata.continue).toBeUndefined();

    await server.etcd.compact(server.etcd.revision);
    const expired = await server.call('GET', `${path}?limit=2&continue=${first.body.metadata.continue}`);
    expect([expired.status, expired.body.reason]).toEqual([410, 'Expired']);
    const again = await server.call('GET', `${path}?limit=10&continue=${expired.body.metadata.continue}`);
    expect(again.body.items.map((item: Event['object']) => item.metadata.name)).toEqual(['bb', 'c', 'e']);
  });
});
