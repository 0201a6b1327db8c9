import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type ApiObject, Informer, ResourceClient, RestClient } from '../../../src/kube/client/index.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Request {
  readonly path: string;
  readonly stream: http2.ServerHttp2Stream;
}

/** A server that hands each request to the test, which answers as it likes. */
async function scriptedServer() {
  const sessions = new Set<http2.ServerHttp2Session>();
  const waiting: Request[] = [];
  const takers: ((request: Request) => void)[] = [];
  const server = http2.createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const request = { path: headers[':path'] ?? '', stream };
    const taker = takers.shift();
    if (taker) taker(request);
    else waiting.push(request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new RestClient({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  closers.push(() => {
    client.close();
    for (const session of sessions) session.destroy();
    server.close();
  });
  const next = () =>
    new Promise<Request>((resolve) => {
      const request = waiting.shift();
      if (request) resolve(request);
      else takers.push(resolve);
    });
  const answer = (request: Request, body: unknown, status = 200) => {
    request.stream.respond({ ':status': status, 'content-type': 'application/json' });
    request.stream.end(JSON.stringify(body));
  };
  const openWatch = (request: Request) => {
    request.stream.respond({ ':status': 200, 'content-type': 'application/json' });
    return (type: string, object: unknown) => request.stream.write(`${JSON.stringify({ type, object })}\n`);
  };
  return { client, next, answer, openWatch };
}

const pod = (name: string, resourceVersion: string, uid = name): ApiObject => ({
  metadata: { name, namespace: 'default', resourceVersion, uid },
});

function informerFor(client: RestClient) {
  const pods = new ResourceClient<ApiObject>(client, { group: '', version: 'v1', resource: 'pods' });
  const informer = new Informer(pods, { indexes: { uid: (object) => [object.metadata?.uid ?? ''] } });
  closers.push(() => informer.stop());
  const log: string[] = [];
  const waiters: { readonly length: number; readonly resolve: () => void }[] = [];
  const note = (line: string) => {
    log.push(line);
    for (const waiter of waiters) if (log.length >= waiter.length) waiter.resolve();
  };
  informer.addHandlers({
    added: (object) => note(`added ${object.metadata?.name}`),
    updated: (object) => note(`updated ${object.metadata?.name} to ${object.metadata?.resourceVersion}`),
    deleted: (object) => note(`deleted ${object.metadata?.name}`),
  });
  const logged = (length: number) =>
    new Promise<void>((resolve) => (log.length >= length ? resolve() : waiters.push({ length, resolve })));
  return { informer, log, logged };
}

test('an informer lists once, watches from there, and keeps its copy and its index', async () => {
  const { client, next, answer, openWatch } = await scriptedServer();
  const { informer, log, logged } = informerFor(client);
  void informer.run();
  answer(await next(), { metadata: { resourceVersion: '7' }, items: [pod('a', '5'), pod('b', '6')] });
  const watch = await next();
  expect(watch.path).toContain('resourceVersion=7');
  expect(watch.path).toContain('allowWatchBookmarks=true');
  const send = openWatch(watch);
  send('MODIFIED', pod('a', '8'));
  send('DELETED', pod('b', '9'));
  send('ADDED', pod('c', '10'));
  await logged(5);
  expect(log).toEqual(['added a', 'added b', 'updated a to 8', 'deleted b', 'added c']);
  expect(informer.byIndex('uid', 'c').map((object) => object.metadata?.name)).toEqual(['c']);
  expect(informer.byIndex('uid', 'b')).toEqual([]);
});

test('after a break the watch goes on from the last resourceVersion, a bookmark counts too', async () => {
  const { client, next, answer, openWatch } = await scriptedServer();
  const { informer, logged } = informerFor(client);
  void informer.run();
  answer(await next(), { metadata: { resourceVersion: '1' }, items: [] });
  const first = await next();
  const send = openWatch(first);
  send('ADDED', pod('a', '2'));
  send('BOOKMARK', { metadata: { resourceVersion: '40' } });
  await logged(1);
  first.stream.end();
  expect((await next()).path).toContain('resourceVersion=40');
});

test('410 Gone costs a new list, and what vanished meanwhile is reported as deleted', async () => {
  const { client, next, answer, openWatch } = await scriptedServer();
  const { informer, log, logged } = informerFor(client);
  void informer.run();
  answer(await next(), { metadata: { resourceVersion: '1' }, items: [pod('a', '1'), pod('b', '1')] });
  const send = openWatch(await next());
  send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
  answer(await next(), { metadata: { resourceVersion: '50' }, items: [pod('b', '1'), pod('c', '50')] });
  await logged(4);
  expect(log).toEqual(['added a', 'added b', 'added c', 'deleted a']);
});

test('the same name with another uid is a deletion and an addition', async () => {
  const { client, next, answer, openWatch } = await scriptedServer();
  const { informer, log, logged } = informerFor(client);
  void informer.run();
  answer(await next(), { metadata: { resourceVersion: '1' }, items: [pod('a', '1', 'first')] });
  openWatch(await next())('MODIFIED', pod('a', '9', 'second'));
  await logged(3);
  expect(log).toEqual(['added a', 'deleted a', 'added a']);
});

test('an answer of 400 and above is a StatusError with the reason', async () => {
  const { client, next, answer } = await scriptedServer();
  const request = client.request('GET', '/api/v1/namespaces/default/pods/x');
  answer(await next(), { kind: 'Status', reason: 'NotFound', code: 404, message: 'pods "x" not found' }, 404);
  await expect(request).rejects.toMatchObject({
    code: 404,
    reason: 'NotFound',
    message: 'pods "x" not found',
  });
});
