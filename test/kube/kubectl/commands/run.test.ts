import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { successStatus } from '../../../../src/containers/streaming/status.ts';
import {
  acceptWebSocket,
  commandProtocols,
  webSocketRemote,
} from '../../../../src/containers/streaming/websocket.ts';
import type { Pod } from '../../../../src/kube/api/types/core-v1.ts';
import { exitError } from '../../../../src/kube/kubectl/commands/run.ts';
import { pod, podsPath, type StandIn, start, startStandIn } from '../streams/stand-in.ts';

let standIn: StandIn;

beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.close());
beforeEach(() => {
  standIn.seen.length = 0;
  standIn.objects = {};
  standIn.texts = {};
});

const kubectl = (...args: string[]) => start(standIn, args).ended;
const manifest = async (...args: string[]) =>
  JSON.parse((await kubectl('run', 'web', '--dry-run=client', '-o', 'json', ...args)).stdout) as Pod;

test('the pod that the flags describe', async () => {
  const made = await manifest(
    '--image=k8s-lab/web',
    '--port=80',
    '--env=A=b=c',
    '--labels=app=x',
    '--restart=Never',
    '--annotations=note=1',
    '--',
    '-v',
    'now',
  );
  expect(made).toMatchObject({
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'x' }, annotations: { note: '1' } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'k8s-lab/web',
          args: ['-v', 'now'],
          env: [{ name: 'A', value: 'b=c' }],
          ports: [{ containerPort: 80 }],
        },
      ],
      restartPolicy: 'Never',
    },
  });
  const command = await manifest('--image=x', '--command', '--', 'sleep', '1');
  expect(command.metadata.labels).toEqual({ run: 'web' });
  expect(command.spec?.containers[0]?.command).toEqual(['sleep', '1']);
});

test('flags that do not go together', async () => {
  const says = async (...args: string[]) => (await kubectl('run', ...args)).stderr.split('\n')[0];
  expect(await says()).toBe('error: required flag(s) "image" not set');
  expect(await says('--image=x')).toBe('error: NAME is required for run');
  expect(await says('a', '--image=')).toBe('error: --image is required');
  expect(await says('a', '--image=a b')).toBe('error: Invalid image name "a b": invalid reference format');
  expect(await says('a', '--image=x', '--rm')).toBe(
    'error: --rm should only be used for attached containers',
  );
  expect(await says('a', '--image=x', '-t')).toBe(
    'error: -i/--stdin is required for containers with -t/--tty=true',
  );
  expect(await says('a', '--image=x', '--restart=Maybe')).toBe('error: invalid restart policy: Maybe');
  expect(await says('a', '--image=x', '--env=A')).toBe('error: invalid env: A');
  expect(await says('a', '--image=x', '--expose')).toBe('error: --port must be set when exposing a service');
  expect(await says('a', '--image=x', '-i', '--dry-run=client')).toContain("can't be used with attached");
});

const ended = (exitCode: number, message = '') =>
  pod('t', {
    status: {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name: 't', state: { terminated: { exitCode, reason: 'Error', message } } }],
    },
  }) as unknown as Pod;

test('how a pod ended becomes our own exit code', () => {
  expect(exitError(ended(0))).toBeUndefined();
  expect(exitError(ended(3))).toMatchObject({
    exitCode: 3,
    plain: true,
    message: 'pod default/t terminated (Error)',
  });
  expect(exitError(ended(1, 'no disk'))?.message).toBe('pod default/t terminated (Error)\nno disk');
  expect(exitError(pod('t', { status: { phase: 'Failed' } }) as unknown as Pod)?.message).toBe(
    'pod default/t failed with unknown exit code',
  );
});

const running = pod('t', {
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

/** A container that sends back what it gets, and lets the pod fail with code 4 at the end of its input. */
function attachable(): void {
  standIn.objects[`POST ${podsPath}`] = pod('t');
  standIn.objects[`GET ${podsPath}`] = { metadata: {}, items: [running] };
  standIn.objects[`DELETE ${podsPath}/t`] = running;
  standIn.upgrade = (_url, request, socket, head) =>
    acceptWebSocket(request, socket, head, commandProtocols, (webSocket, protocol) => {
      const streams = { tty: false, stdin: true, stdout: true, stderr: true };
      const remote = webSocketRemote(webSocket, protocol, {
        kind: 'attach',
        containerId: 'c',
        command: [],
        ...streams,
      });
      remote.stdin?.on('data', (chunk: Buffer) => remote.stdout(chunk));
      remote.stdin?.on('end', () => {
        standIn.objects[`GET ${podsPath}`] = { metadata: {}, items: [ended(4)] };
        remote.finish(successStatus);
      });
    });
}

test('-i attaches once the pod runs, --rm deletes it, its exit code is ours', async () => {
  attachable();
  const child = start(standIn, ['run', 't', '-i', '--rm', '--image=x', '--restart=Never']);
  child.stdin.end('hello\n');
  const { code, stdout, stderr } = await child.ended;
  expect([code, stdout]).toEqual([4, 'hello\npod "t" deleted from default namespace\n']);
  expect(stderr).toContain("If you don't see a command prompt, try pressing enter.\n");
  expect(stderr).toMatch(/\npod default\/t terminated \(Error\)\n$/);
  expect(standIn.seen).toContain(`DELETE ${podsPath}/t`);
});

test('a pod that has ended already is told by its log', async () => {
  standIn.objects[`POST ${podsPath}`] = pod('t');
  standIn.objects[`GET ${podsPath}`] = { metadata: {}, items: [ended(0)] };
  standIn.texts[`${podsPath}/t/log`] = (_url, response) => void response.end('short\n');
  const child = await kubectl('run', 't', '--attach', '-q', '--image=x', '--restart=Never');
  expect(child).toEqual({ code: 0, stdout: 'short\n', stderr: '' });
});

test('attach speaks with the process of the container', async () => {
  attachable();
  standIn.objects[`${podsPath}/t`] = running;
  const child = start(standIn, ['attach', '-i', '-t', '-q', 't']);
  child.stdin.end('to the process\n');
  expect(await child.ended).toEqual({ code: 0, stdout: 'to the process\n', stderr: '' });
  expect((await kubectl('attach', 't', '-c', 'x')).stderr).toBe(
    'error: cannot attach to the container: container x not found in pod t\n',
  );
  expect((await kubectl('attach')).stderr).toBe('error: at least 1 argument is required for attach\n');
});

test('--overrides reaches fields that no flag has', async () => {
  const overrides = (patch: unknown, type?: string) =>
    manifest(
      '--image=x',
      `--overrides=${JSON.stringify(patch)}`,
      ...(type === undefined ? [] : [`--override-type=${type}`]),
    );
  const merged = await overrides({ spec: { nodeName: 'worker-2', containers: [{ name: 'other' }] } });
  expect(merged.spec).toMatchObject({ nodeName: 'worker-2', restartPolicy: 'Always' });
  expect(merged.spec?.containers).toEqual([{ name: 'other' }]);
  const strategic = await overrides({ spec: { containers: [{ name: 'web', tty: true }] } }, 'strategic');
  expect(strategic.spec?.containers).toMatchObject([{ name: 'web', image: 'x', tty: true }]);
  const json = await overrides([{ op: 'add', path: '/spec/hostNetwork', value: true }], 'json');
  expect(json.spec?.hostNetwork).toBe(true);
});

test.each([
  [['--overrides={'], 'error: Invalid JSON Patch'],
  [
    ['--overrides={}', '--override-type=x'],
    'error: invalid override type: "x", must be one of: json, merge, strategic',
  ],
])('%j is refused', async (flags, text) => {
  const { stderr, code } = await kubectl('run', 'web', '--image=x', '--dry-run=client', ...flags);
  expect(stderr).toContain(text);
  expect(code).toBe(1);
});
