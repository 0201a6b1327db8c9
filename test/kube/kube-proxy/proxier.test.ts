import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RestClient } from '../../../src/kube/client/index.ts';
import { Proxier } from '../../../src/kube/kube-proxy/proxier.ts';
import type { ServiceRule } from '../../../src/kube/kube-proxy/rules.ts';
import { FakeClock } from '../../../src/lib/clock.ts';
import type { Logger } from '../../../src/lib/log.ts';

const servicesPath = '/api/v1/services';
const slicesPath = '/apis/discovery.k8s.io/v1/endpointslices';

const service = {
  metadata: { namespace: 'default', name: 'web', resourceVersion: '1' },
  spec: { clusterIP: '10.32.0.7', ports: [{ port: 80 }] },
};
const slice = (resourceVersion: string, ...addresses: string[]) => ({
  addressType: 'IPv4',
  metadata: {
    namespace: 'default',
    name: 'web-abc',
    resourceVersion,
    labels: { 'kubernetes.io/service-name': 'web' },
  },
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
});

/** An API server of two lists and two watches. A list that is not set is never answered. */
class WatchedServer {
  readonly lists: Record<string, object[]> = {};
  readonly #watches = new Map<string, PassThrough>();

  async request(_method: string, path: string): Promise<unknown> {
    const items = this.lists[path];
    return items === undefined ? new Promise(() => {}) : { metadata: { resourceVersion: '1' }, items };
  }

  async stream(_method: string, path: string) {
    const body = new PassThrough();
    this.#watches.set(path, body);
    return { status: 200, headers: {}, body };
  }

  send(path: string, type: string, object: object): void {
    this.#watches.get(path)!.write(`${JSON.stringify({ type, object })}\n`);
  }
}

let clock: FakeClock;
let server: WatchedServer;
let written: (readonly ServiceRule[])[];
let stop: AbortController;
beforeEach(() => {
  clock = new FakeClock();
  server = new WatchedServer();
  written = [];
  stop = new AbortController();
});
afterEach(() => stop.abort());

async function start(): Promise<void> {
  const proxier = new Proxier({
    rest: server as unknown as RestClient,
    sink: { replace: (rules) => void written.push(rules) },
    nodeName: 'worker-0',
    logger: new Proxy({}, { get: () => () => {} }) as Logger,
    clock,
  });
  void proxier.run(stop.signal);
  await clock.advance(200);
}
const endpoints = () => written.at(-1)?.flatMap((rule) => rule.endpoints.map(({ address }) => address));

test('rules are written once both lists are known, and a change reaches them within a second', async () => {
  server.lists[servicesPath] = [service];
  await start();
  // Half the picture would refuse connections that work now.
  expect(written).toEqual([]);
  stop.abort();

  stop = new AbortController();
  server.lists[slicesPath] = [slice('1', '10.200.0.2', '10.200.1.2')];
  await start();
  expect(endpoints()).toEqual(['10.200.0.2', '10.200.1.2']);
  server.send(slicesPath, 'MODIFIED', slice('2', '10.200.1.2'));
  await clock.advance(1000);
  expect(endpoints()).toEqual(['10.200.1.2']);
  server.send(slicesPath, 'DELETED', slice('3'));
  await clock.advance(1000);
  expect(written.at(-1)).toMatchObject([{ name: 'default/web', endpoints: [] }]);
  server.send(servicesPath, 'DELETED', service);
  await clock.advance(1000);
  expect(written.at(-1)).toEqual([]);
});

test('a burst of changes is written once, and what changes nothing not at all', async () => {
  server.lists[servicesPath] = [service];
  server.lists[slicesPath] = [slice('1', '10.200.0.2')];
  await start();
  expect(written).toHaveLength(1);
  for (let turn = 2; turn < 12; turn++)
    server.send(slicesPath, 'MODIFIED', slice(String(turn), `10.200.0.${turn}`));
  await clock.advance(1000);
  expect(written).toHaveLength(2);
  expect(endpoints()).toEqual(['10.200.0.11']);
  server.send(slicesPath, 'MODIFIED', slice('12', '10.200.0.11'));
  await clock.advance(1000);
  expect(written).toHaveLength(2);
});

test('a cluster without services is written too: what was there before is gone', async () => {
  server.lists[servicesPath] = [];
  server.lists[slicesPath] = [];
  await start();
  expect(written).toEqual([[]]);
});
