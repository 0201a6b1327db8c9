import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { ContainerStatus } from '../../../../src/kube/api/types/core-v1.ts';
import {
  HttpError,
  logOptionsOf,
  previousInstance,
  serveContainerLogs,
} from '../../../../src/kube/kubelet/server/container-logs.ts';
import { TestNode } from '../support/node.ts';
import { makePod } from '../support/objects.ts';

describe('the query of a log request', () => {
  const now = Date.parse('2026-01-01T00:01:00Z');
  const options = (query: string) => logOptionsOf(new URLSearchParams(query), now);

  it('is read', () => {
    expect(options('follow=true&tailLines=5&sinceSeconds=10&previous=1&timestamps')).toEqual({
      follow: true,
      previous: true,
      timestamps: true,
      tailLines: 5,
      limitBytes: undefined,
      since: now - 10_000,
    });
    expect(options('sinceTime=2026-01-01T00:00:00Z&follow=false&tailLines=0')).toMatchObject({
      since: now - 60_000,
      follow: false,
      tailLines: 0,
    });
  });

  it.each([
    ['tailLines=-1', 'Invalid value for tailLines: "-1": must be greater than or equal to 0'],
    ['limitBytes=many', 'Invalid value for limitBytes: "many": must be greater than 0'],
    ['limitBytes=0', 'Invalid value for limitBytes: "0": must be greater than 0'],
    ['sinceSeconds=0', 'Invalid value for sinceSeconds: "0": must be greater than 0'],
    ['sinceTime=yesterday', 'Invalid value for sinceTime: "yesterday": must be a time in RFC 3339'],
    [
      'sinceTime=2026-01-01T00:00:00Z&sinceSeconds=1',
      'at most one of `sinceTime` or `sinceSeconds` may be specified',
    ],
  ])('is refused by name: %s', (query, message) => {
    expect(() => options(query)).toThrow(new HttpError(400, message));
  });
});

test('the previous run is the one before the current, or the last one while the container waits', () => {
  const runs = [
    { state: 'running', id: 2 },
    { state: 'exited', id: 1 },
    { state: 'exited', id: 0 },
  ];
  expect(previousInstance(runs, false)).toMatchObject({ id: 1 });
  expect(previousInstance(runs.slice(1), true)).toMatchObject({ id: 1 });
  expect(previousInstance(runs.slice(0, 1), false)).toBeUndefined();
});

describe('the log of a container', () => {
  let node: TestNode;
  let folder: string;
  beforeEach(async () => {
    node = new TestNode();
    folder = mkdtempSync(join(tmpdir(), 'logs-'));
    await node.apply(makePod());
  });
  afterEach(() => {
    node.close();
    rmSync(folder, { recursive: true });
  });

  const write = (text: string) => {
    const path = join(folder, '0.log');
    writeFileSync(path, `2026-01-01T00:00:00Z stdout F ${text}\n`);
    node.runtime.named('main').logPath = path;
  };

  /** One request, over real HTTP. */
  async function get(
    query = '',
    container = 'main',
    status: ContainerStatus | undefined = node.state(container),
  ) {
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url!, 'http://kubelet');
      serveContainerLogs(
        node.runtime.client,
        makePod(),
        container,
        searchParams,
        response,
        status,
        node.clock,
      ).catch((error: HttpError) => response.writeHead(error.code).end(error.message));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const response = await fetch(`http://127.0.0.1:${port}/?${query}`);
      return { status: response.status, text: await response.text() };
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  it('is served as plain text', async () => {
    write('hello');
    expect(await get()).toEqual({ status: 200, text: 'hello\n' });
    expect(await get('timestamps=true')).toMatchObject({ text: '2026-01-01T00:00:00Z hello\n' });
  });

  it('of the run before is served with previous', async () => {
    write('first run');
    expect(await get('previous=true')).toEqual({
      status: 400,
      text: 'previous terminated container "main" in pod "web" not found',
    });
    await node.exit('main', 1);
    expect(await get('previous=true')).toEqual({ status: 200, text: 'first run\n' });
  });

  it.each([
    ['ErrImagePull', "image can't be pulled"],
    ['ImagePullBackOff', 'trying and failing to pull image'],
    ['CreateContainerConfigError', 'CreateContainerConfigError'],
  ])('that is not there yet because of %s is told so', async (reason, text) => {
    const waiting = { name: 'late', state: { waiting: { reason } } } as ContainerStatus;
    expect(await get('', 'late', waiting)).toEqual({
      status: 400,
      text: `container "late" in pod "web" is waiting to start: ${text}`,
    });
  });

  it('asked for with nonsense is a bad request', async () => {
    expect(await get('tailLines=some')).toMatchObject({ status: 400 });
  });
});
