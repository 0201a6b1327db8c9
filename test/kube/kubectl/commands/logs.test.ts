import type { Http2ServerResponse } from 'node:http2';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pod, podsPath, type StandIn, start, startStandIn } from '../streams/stand-in.ts';

let standIn: StandIn;

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.close());

const two = { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] };

beforeEach(() => {
  standIn.seen.length = 0;
  standIn.texts = {};
  standIn.objects = { [`${podsPath}/p`]: pod('p'), [`${podsPath}/q`]: pod('q', { spec: two }) };
  for (const name of ['p', 'q'])
    standIn.texts[`${podsPath}/${name}/log`] = (url, response) =>
      void response.end(`${url.searchParams.get('container')} of ${name}\nlast line`);
});

const logs = (...args: string[]) => start(standIn, ['logs', ...args]).ended;
const workload = (name: string, items: object[]) => {
  standIn.objects[`/apis/apps/v1/namespaces/default/deployments/${name}`] = {
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: { app: name } } },
  };
  standIn.objects[podsPath] = { metadata: {}, items };
};

test("a pod's log, with the options as the server takes them", async () => {
  expect(await logs('p')).toEqual({ code: 0, stdout: 'main of p\nlast line', stderr: '' });
  await logs('pod/p', '--tail=5', '--since=1500ms', '--timestamps', '-p', '--limit-bytes=9');
  expect(standIn.seen.at(-1)).toBe(
    `GET ${podsPath}/p/log?previous=true&timestamps=true&sinceSeconds=2&limitBytes=9&tailLines=5&container=main`,
  );
  await logs('p', '--since-time=2026-01-02T03:04:05Z');
  expect(standIn.seen.at(-1)).toContain(`sinceTime=${encodeURIComponent('2026-01-02T03:04:05Z')}`);
});

test('of several containers the first, a named one, or all', async () => {
  expect(await logs('q')).toMatchObject({
    stdout: 'a of q\nlast line',
    stderr: 'Defaulted container "a" out of: a, b, i (init)\n',
  });
  expect((await logs('q', '-c', 'i')).stdout).toBe('i of q\nlast line');
  expect((await logs('q', 'b')).stdout).toBe('b of q\nlast line');
  expect((await logs('q', '-c', 'x')).stderr).toBe('error: container x is not valid for pod q\n');
  expect((await logs('q', '--all-containers', '--prefix')).stdout).toBe(
    ['i', 'a', 'b'].map((c) => `[pod/q/${c}] ${c} of q\n[pod/q/${c}] last line`).join(''),
  );
});

test('of a deployment with several pods the best one, or all', async () => {
  workload('web', [pod('p', { status: { phase: 'Pending' } }), pod('q')]);
  expect(await logs('deployment/web')).toMatchObject({
    stdout: 'main of q\nlast line',
    stderr: 'Found 2 pods, using pod/q\n',
  });
  expect((await logs('deployment/web', '--all-pods', '--tail=1')).stdout).toBe(
    '[pod/q/main] main of q\n[pod/q/main] last line[pod/p/main] main of p\n[pod/p/main] last line',
  );
});

test('a selector shows the last ten lines of each pod', async () => {
  workload('web', [pod('p'), pod('q')]);
  expect((await logs('-l', 'app=web')).stdout).toBe('main of p\nlast linemain of q\nlast line');
  expect(standIn.seen.at(-1)).toContain('tailLines=10');
  standIn.objects[podsPath] = { metadata: {}, items: [] };
  expect(await logs('-l', 'app=none')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'No resources found in default namespace.\n',
  });
});

test('logs that are followed share the output line by line, until the person ends it', async () => {
  workload('web', [pod('p'), pod('q')]);
  const open = new Map<string, Http2ServerResponse>();
  const opened = new Promise<void>((resolve) => {
    for (const name of ['p', 'q'])
      standIn.texts[`${podsPath}/${name}/log`] = (_url, response) => {
        open.set(name, response);
        if (open.size === 2) resolve();
      };
  });
  const running = start(standIn, ['logs', '-f', '-l', 'app=web', '--prefix']);
  await opened;
  open.get('p')!.write('half a li');
  open.get('q')!.write('whole line\n');
  await running.shows('[pod/q/main] whole line\n');
  open.get('p')!.write('ne\n');
  await running.shows('[pod/q/main] whole line\n[pod/p/main] half a line\n');
  running.interrupt();
  expect((await running.ended).code).toBe(130);
});

test('a workload without pods is waited for', async () => {
  workload('web', []);
  standIn.texts[podsPath] = (url, response) => {
    if (!url.searchParams.has('watch'))
      return void response.end(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [] }));
    expect(url.searchParams.get('resourceVersion')).toBe('7');
    response.write(`${JSON.stringify({ type: 'ADDED', object: pod('p') })}\n`);
  };
  expect((await logs('deployment/web')).stdout).toBe('main of p\nlast line');
  standIn.texts[podsPath] = (url, response) => {
    if (!url.searchParams.has('watch')) response.end(JSON.stringify({ metadata: {}, items: [] }));
  };
  expect((await logs('deployment/web', '--pod-running-timeout=1ms')).stderr).toBe(
    'error: timed out waiting for the condition\n',
  );
});

test('too many to follow', async () => {
  workload('web', [pod('p'), pod('q')]);
  expect((await logs('-f', '-l', 'app=web', '--max-log-requests=1')).stderr).toBe(
    'error: you are attempting to follow 2 log streams, but maximum allowed concurrency is 1, use --max-log-requests to increase the limit\n',
  );
});

test('a connection that breaks is an error, not the end of the log', async () => {
  standIn.texts[`${podsPath}/p/log`] = (_url, response) => {
    response.write('a line\n');
    response.stream.session!.destroy();
  };
  expect(await logs('-f', 'p')).toMatchObject({ code: 1 });
});

test('mistakes in the words', async () => {
  const says = async (...args: string[]) => (await logs(...args)).stderr;
  const usage =
    "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples\n";
  expect(await says()).toBe(usage);
  expect(await says('a', 'b', 'c')).toBe(usage);
  expect(await says('none')).toBe(
    'error: error from server (NotFound): pods "none" not found in namespace "default"\n',
  );
  expect(await says('p', '-l', 'a=b')).toContain('only a selector (-l) or a POD name is allowed');
  expect(await says('p', '--tail=-2')).toBe('error: --tail must be greater than or equal to -1\n');
  expect(await says('p', '--since-time=now')).toBe(
    'error: parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"\n',
  );
  expect(await says('q', '--all-containers', '-c', 'a')).toBe(
    'error: --all-containers=true should not be specified with container name a\n',
  );
});
