import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitStatus } from '../../../../src/containers/streaming/status.ts';
import {
  acceptWebSocket,
  commandProtocols,
  webSocketRemote,
} from '../../../../src/containers/streaming/websocket.ts';
import { parseFileSpec } from '../../../../src/kube/kubectl/commands/cp.ts';
import { pod, podsPath, type StandIn, start, startStandIn } from '../streams/stand-in.ts';

let standIn: StandIn;
let dir: string;
const far = (name: string) => join(dir, 'far', name);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cp-'));
  for (const folder of ['near/deep', 'far/folder']) mkdirSync(join(dir, folder), { recursive: true });
  writeFileSync(join(dir, 'near', 'file'), 'near');
  writeFileSync(join(dir, 'near', 'deep', 'big'), Buffer.alloc(300_000, 'b'));
  standIn = await startStandIn();
  standIn.objects[`${podsPath}/p`] = pod('p');
  // The container's programs are this machine's own tar and test.
  standIn.upgrade = (url, request, socket, head) =>
    acceptWebSocket(request, socket, head, commandProtocols, (webSocket, protocol) => {
      const command = url.searchParams.getAll('command');
      const stdin = url.searchParams.get('stdin') === 'true';
      const remote = webSocketRemote(webSocket, protocol, {
        kind: 'exec',
        containerId: 'c',
        command,
        tty: false,
        stdin,
        stdout: true,
        stderr: true,
      });
      const child = spawn(command[0]!, command.slice(1));
      child.stdout.on('data', (chunk: Buffer) => remote.stdout(chunk));
      child.stderr.on('data', (chunk: Buffer) => remote.stderr(chunk));
      remote.stdin?.pipe(child.stdin);
      child.on('close', (code) => remote.finish(exitStatus(command, code ?? 1)));
    });
});
afterAll(async () => {
  await standIn.close();
  rmSync(dir, { recursive: true, force: true });
});

const cp = (...args: string[]) => start(standIn, ['cp', ...args], { cwd: dir }).ended;

test('a file to the pod: under a new name, and into a folder', async () => {
  expect(await cp('near/file', `p:${far('renamed')}`)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(far('renamed'), 'utf8')).toBe('near');
  expect(await cp('near/file', `default/p:${far('folder')}`)).toMatchObject({ code: 0 });
  expect(readFileSync(far('folder/file'), 'utf8')).toBe('near');
});

test('a folder there and back again', async () => {
  expect(await cp('near', `p:${far('copy')}`)).toMatchObject({ code: 0 });
  expect(await cp(`p:${far('copy')}`, 'back')).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(dir, 'back/deep/big'))).toHaveLength(300_000);
  expect(readFileSync(join(dir, 'back/file'), 'utf8')).toBe('near');
});

test('what is not there, on either side', async () => {
  expect(await cp('none', `p:${far('x')}`)).toMatchObject({
    code: 1,
    stderr: "error: none doesn't exist in local filesystem\n",
  });
  const missing = await cp(`p:${far('none')}`, 'x');
  expect(missing).toMatchObject({ code: 2, stderr: 'command terminated with exit code 2\n' });
  expect(missing.stdout).toContain('No such file');
});

test('the words that name files', async () => {
  expect(parseFileSpec('ns/p:/a:b')).toEqual({ namespace: 'ns', pod: 'p', path: '/a:b' });
  expect(parseFileSpec('p:a')).toEqual({ namespace: undefined, pod: 'p', path: 'a' });
  expect(parseFileSpec('./a/b')).toEqual({ namespace: undefined, pod: undefined, path: './a/b' });
  expect(() => parseFileSpec(':a')).toThrow('filespec must match the canonical format');
  const says = async (...args: string[]) => (await cp(...args)).stderr;
  expect(await says('a')).toBe('error: source and destination are required\n');
  expect(await says('a', 'b')).toBe('error: one of src or dest must be a remote file specification\n');
  expect(await says('p:a', 'q:b')).toBe('error: one of src or dest must be a local file specification\n');
  expect(await says('p:', 'b')).toBe('error: filepath can not be empty\n');
});
