import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programFile } from '../../../src/lib/package-root.ts';
import { buildTestPrograms } from '../support.ts';

/** One test body, two subjects: the host's curl, where there is one, must do the same. */
const subjects: readonly (readonly [string, string, readonly string[]])[] = [
  ['ours', process.execPath, [programFile('curl')]],
  ['the real one', 'curl', ['-q']],
];

let server: Server;
let base: string;

beforeAll(async () => {
  await buildTestPrograms();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/moved') response.writeHead(302, { location: '/here' }).end();
      else if (request.url === '/missing') response.writeHead(404).end('gone\n');
      else if (request.url === '/slow') return;
      else {
        response.end(
          `${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${request.headers['x-a'] ?? '-'} ${Buffer.concat(chunks)}\n`,
        );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe.each(subjects)('curl, %s', (_name, command, prefix) => {
  const run = (...args: string[]) =>
    new Promise<{ stdout: string; stderr: string; code: number | undefined }>((resolve) => {
      execFile(
        command,
        [...prefix, ...args],
        { env: { PATH: process.env.PATH } },
        (error, stdout, stderr) => {
          resolve({ stdout, stderr, code: error === null ? 0 : Number(error.code) || undefined });
        },
      );
    });

  it('behaves as curl does', async ({ skip }) => {
    if ((await run('--version')).code !== 0) skip();
    expect((await run('-s', `${base}/here`)).stdout).toBe('GET /here - - \n');
    expect((await run('-s', '-H', 'X-A: 1', '-u', 'a:b', '-d', 'x=1', '-d', 'y=2', `${base}/p`)).stdout).toBe(
      'POST /p Basic YTpi 1 x=1&y=2\n',
    );
    expect((await run('-sX', 'DELETE', `${base}/d`)).stdout).toBe('DELETE /d - - \n');
    expect((await run('-sL', `${base}/moved`)).stdout).toBe('GET /here - - \n');
    expect((await run('-s', '-o', '/dev/null', '-w', '%{http_code}\\n', `${base}/missing`)).stdout).toBe(
      '404\n',
    );
    expect(await run('-fsS', `${base}/missing`)).toMatchObject({
      code: 22,
      stdout: '',
      stderr: expect.stringContaining('curl: (22) The requested URL returned error: 404'),
    });
    expect((await run('-si', `${base}/here`)).stdout).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nGET \/here/,
    );
    expect(await run('-s', '-m', '0.2', `${base}/slow`)).toMatchObject({ code: 28 });
    expect(await run('-sS', 'http://127.0.0.1:1/')).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/^curl: \(7\) Failed to connect to 127\.0\.0\.1 port 1 after \d+ ms: /),
    });
    expect(await run('-sS', 'ftp7://x/')).toMatchObject({ code: 1 });
    expect((await run('--no-such-option', base)).code).toBe(2);
  });
});
