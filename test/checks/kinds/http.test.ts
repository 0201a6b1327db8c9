import { describe, expect, it } from 'vitest';
import { validateCheck } from '../../../src/checks/index.ts';
import type { HttpQuery } from '../../../src/checks/types.ts';
import { answer, layers, url } from '../answers.ts';
import { ok, testKind } from '../fake-context.ts';

describe('the http check', () => {
  const { passes, fails } = testKind('http');
  const files = { 'ca.pem': 'CA' };
  it('passes, and sends what it is told to', async () => {
    const asked: HttpQuery[] = [];
    await passes(
      { url, ca: 'ca.pem', headers: { Host: 'kubernetes' }, body: 'gitVersion' },
      {
        files,
        http: (query) => {
          asked.push(query);
          return answer(200, '{"gitVersion": "v1.34.2"}');
        },
      },
    );
    expect(asked[0]).toEqual({ url, headers: { Host: 'kubernetes' }, tls: { ca: 'CA' } });
    await passes({ url, status: 403 }, { http: () => answer(403, 'no') });
  });
  it('tells the layers apart', () => layers(fails, { url }));
  it('looks at the answer', async () => {
    await fails(
      { url, ca: 'ca.pem' },
      {},
      'missing-file',
      'ca.pem does not exist: without it the server cannot be asked.',
    );
    await fails(
      { url },
      { http: () => answer(502, 'bad gateway') },
      'wrong-status',
      `${url} answers 502, and 200 is wanted: bad gateway`,
    );
    await fails(
      { url, body: 'ok' },
      { http: () => answer(200, '') },
      'wrong-body',
      `The answer of ${url} does not hold "ok".`,
    );
  });
  it('asks from a machine with curl', async () => {
    const commands: string[] = [];
    const spec = {
      url: 'http://127.0.0.1/healthz',
      from: 'controller-0',
      headers: { Host: 'kubernetes.default' },
      body: 'ok',
    };
    await passes(spec, {
      exec: (host, command) => {
        commands.push(`${host}: ${command}`);
        return { exitCode: 0, stdout: 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\nok', stderr: '' };
      },
    });
    expect(commands).toEqual([
      "controller-0: curl -sS -i --max-time 5 -H 'Host: kubernetes.default' 'http://127.0.0.1/healthz'",
    ]);
    await fails(
      spec,
      { exec: () => ({ exitCode: 7, stdout: '', stderr: 'curl: (7) Failed' }) },
      'refused',
      /^Seen from controller-0: Nothing listens at 127\.0\.0\.1:80/,
    );
    await fails(
      { ...spec, url: 'https://127.0.0.1:6443/' },
      {
        exec: () => ({
          exitCode: 60,
          stdout: '',
          stderr: 'SSL: no alternative certificate subject name matches',
        }),
      },
      'tls-name',
      /does not name 127\.0\.0\.1/,
    );
    await fails(spec, { states: { 'controller-0': 'off' } }, 'machine-off', /off/);
    await fails(spec, { states: { 'controller-0': 'missing' } }, 'machine-missing', /yet/);
  });

  it('reads curl by its exit code', async () => {
    const spec = { url: 'https://127.0.0.1:6443/', from: 'controller-0' };
    const cases = [
      [6, 'name-unknown'],
      [28, 'timeout'],
      [35, 'tls-failed'],
      [51, 'tls-name'],
      [52, 'connection-lost'],
      [56, 'connection-lost'],
      [58, 'tls-failed'],
      [60, 'tls-authority'],
      [127, 'connection-lost'],
    ] as const;
    for (const [exitCode, reason] of cases)
      await fails(
        spec,
        { exec: () => ({ exitCode, stdout: '', stderr: 'curl: no' }) },
        reason,
        /^Seen from controller-0: /,
      );
  });
  it('reads an answer of curl whatever its line ends and blank lines are', async () => {
    const spec = { url: 'http://127.0.0.1/', from: 'controller-0', body: 'a\n\nb' };
    for (const end of ['\n', '\r\n'])
      await passes(spec, { exec: () => ok(['HTTP/1.1 200 OK', 'A: b', '', 'a\n\nb'].join(end)) });
    await fails(spec, { exec: () => ok('') }, 'wrong-status', /answers 0, and 200 is wanted/);
  });
  it('names files of the machine to curl, quoted', async () => {
    const commands: string[] = [];
    const exec = (_host: string, command: string) => {
      commands.push(command);
      return ok('HTTP/1.1 200 OK\r\n\r\n');
    };
    const tls = { ca: '/etc/it is.pem', cert: '/c.pem', key: '/k.pem' };
    await passes({ url: 'https://10.240.0.10:2379/health', from: 'controller-0', ...tls }, { exec });
    expect(commands).toEqual([
      "curl -sS -i --max-time 5 --cacert '/etc/it is.pem' --cert '/c.pem' --key '/k.pem' 'https://10.240.0.10:2379/health'",
    ]);
  });
  it('accepts an error that is wanted, and no other', async () => {
    await passes({ url, status: 401 }, { http: () => answer(401, 'no') });
    await fails(
      { url, status: 401 },
      { http: () => answer(200, 'yes') },
      'wrong-status',
      `${url} answers 200, and 401 is wanted: yes`,
    );
  });
  it('refuses an address that is none before anything is asked', () =>
    expect(validateCheck({ kind: 'http', title: 'x', url: '10.240.0.40:6443' })).toContain(
      'parameter url must be an address such as https://HOST:PORT/PATH',
    ));
});
