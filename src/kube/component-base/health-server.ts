import { readFileSync } from 'node:fs';
import https from 'node:https';
import { hostname } from 'node:os';
import { errorMessage, LabError } from '../../lib/errors.ts';
import type { FlagSpecs, ParsedFlags } from '../../lib/flags.ts';
import { checkKeyPair, openErrorText } from '../../lib/key-pair.ts';
import { selfSignedCertificate } from '../../lib/self-signed.ts';

/** The flags that say where a component serves its health, as upstream's SecureServingOptions. */
export const healthFlags = (port: number) =>
  ({
    'bind-address': { type: 'string', default: '0.0.0.0', help: 'Where to serve /healthz.' },
    'secure-port': { type: 'int', default: port, help: 'The port of /healthz; 0 to serve none.' },
    'tls-cert-file': { type: 'string', help: 'The certificate to serve with; made on the spot without.' },
    'tls-private-key-file': { type: 'string', help: 'The key of --tls-cert-file.' },
  }) as const satisfies FlagSpecs;

type HealthFlags = ParsedFlags<ReturnType<typeof healthFlags>>;

const paths: readonly string[] = ['/healthz', '/livez', '/readyz'];

/**
 * Serves /healthz, /livez and /readyz over TLS: what `kubectl get componentstatuses` asks, and what a supervisor would.
 * A component that answers at all is well; who leads makes no difference. Throws LabError when it cannot listen.
 */
export async function serveHealth(flags: HealthFlags): Promise<{ close(): void }> {
  const { 'bind-address': address, 'secure-port': port } = flags;
  if (port === 0) return { close() {} };
  const server = https.createServer(servingPair(flags), (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost');
    if (!paths.includes(pathname)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    const verbose = `[+]ping ok\n${pathname.slice(1)} check passed\n`;
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(searchParams.has('verbose') ? verbose : 'ok');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  }).catch((error: unknown) => {
    throw new LabError(
      `failed to create listener: failed to listen on ${address}:${port}: ${errorMessage(error)}`,
    );
  });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Without files a certificate is made on the spot, as upstream does. */
function servingPair(flags: HealthFlags): { readonly cert: string; readonly key: string } {
  const { 'tls-cert-file': certFile, 'tls-private-key-file': keyFile } = flags;
  if (!certFile || !keyFile) return selfSignedCertificate(hostname());
  const read = (flag: string, path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new LabError(`unable to load server certificate: ${openErrorText(path, error)}`, { where: flag });
    }
  };
  const cert = read('--tls-cert-file', certFile);
  const key = read('--tls-private-key-file', keyFile);
  checkKeyPair({ cert, certFrom: certFile, key, keyFrom: keyFile });
  return { cert, key };
}
