import { readFileSync } from 'node:fs';
import https from 'node:https';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { selfSignedCertificate } from '../../lib/self-signed.ts';

/** A named condition of the component: undefined when it is well, else what is wrong. */
export type HealthCheck = () => string | undefined;

export interface HealthServerOptions {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly checks: Readonly<Record<string, HealthCheck>>;
}

/**
 * Serves /healthz, /livez and /readyz over TLS: what `kubectl get componentstatuses` asks, and what a supervisor would.
 * Without files a certificate is made on the spot, as upstream does.
 */
export async function serveHealth(options: HealthServerOptions): Promise<{ close(): void }> {
  const { tlsCertFile, tlsKeyFile, checks } = options;
  const pair =
    tlsCertFile && tlsKeyFile
      ? { cert: readFileSync(tlsCertFile, 'utf8'), key: readFileSync(tlsKeyFile, 'utf8') }
      : selfSignedCertificate(options.name);
  const server = https.createServer(pair, (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (!['/healthz', '/livez', '/readyz'].includes(path)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    const results = Object.entries(checks).map(([name, check]) => ({ name, failure: check() }));
    const healthy = results.every(({ failure }) => failure === undefined);
    const lines = results.map(({ name, failure }) =>
      failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
    );
    const verbose = !healthy || (request.url ?? '').includes('verbose');
    const check = path.slice(1);
    response.writeHead(healthy ? 200 : 500, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(verbose ? `${lines.join('\n')}\n${check} check ${healthy ? 'passed' : 'failed'}\n` : 'ok');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, resolve);
  }).catch((error: unknown) => {
    throw new LabError(
      `failed to create listener: failed to listen on ${options.address}:${options.port}: ${errorMessage(error)}`,
    );
  });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
