import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { connectionErrorText } from '../../../src/kube/client/connection-error.ts';
import { RestClient } from '../../../src/kube/client/index.ts';
import { errorCode } from '../../../src/lib/errors.ts';
import { selfSignedCertificate } from '../../../src/lib/self-signed.ts';

async function failure(server: string, ca?: string): Promise<Error> {
  const client = new RestClient({ server, ...(ca && { ca: Buffer.from(ca) }) });
  const error: unknown = await client.request('GET', '/version').catch((thrown: unknown) => thrown);
  client.close();
  if (error instanceof Error) return error;
  throw new Error('it was answered');
}

test('a server that is not there is told in the words of Go, and by its code', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const error = await failure(`https://127.0.0.1:${port}`);
  expect(error.message).toBe(`dial tcp 127.0.0.1:${port}: connect: connection refused`);
  expect(errorCode(error)).toBe('ECONNREFUSED');
});

test('a server of another CA is told as Go tells it', async () => {
  const own = selfSignedCertificate('kubernetes');
  const server = createSecureServer({ cert: own.cert, key: own.key }).listen(0, '127.0.0.1');
  server.on('sessionError', () => undefined);
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stranger = await failure(url, selfSignedCertificate('another').cert);
  server.close();
  await once(server, 'close');
  expect(stranger.message).toBe(
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
  );
});

test.each([
  ['EHOSTUNREACH', 'dial tcp 10.240.0.40:6443: connect: no route to host'],
  ['ETIMEDOUT', 'dial tcp 10.240.0.40:6443: i/o timeout'],
  ['ENOTFOUND', 'dial tcp: lookup 10.240.0.40: no such host'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'remote error: tls: certificate required'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'http: server gave HTTP response to HTTPS client'],
  [
    'CERT_HAS_EXPIRED',
    /^tls: failed to verify certificate: x509: certificate has expired or is not yet valid/,
  ],
])('%s has its words', (code, words) => {
  const text = connectionErrorText(
    Object.assign(new Error(code), { code }),
    new URL('https://10.240.0.40:6443'),
  );
  if (typeof words === 'string') expect(text).toBe(words);
  else expect(text).toMatch(words);
});

test('a certificate for other addresses is told with those that it is for', () => {
  const cert = { subjectaltname: 'DNS:kubernetes, IP Address:10.240.0.10, IP Address:127.0.0.1' };
  const refused = (server: string, names: object) =>
    connectionErrorText(
      Object.assign(new Error('x'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID', cert: names }),
      new URL(server),
    );
  expect(refused('https://10.32.0.1', cert)).toMatch(
    /valid for 10\.240\.0\.10, 127\.0\.0\.1, not 10\.32\.0\.1$/,
  );
  expect(refused('https://lb', cert)).toMatch(/valid for kubernetes, not lb$/);
  expect(refused('https://10.32.0.1', {})).toMatch(/10\.32\.0\.1 because it doesn't contain any IP SANs$/);
});
