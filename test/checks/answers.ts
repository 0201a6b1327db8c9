import { stringify } from 'yaml';
import type { HttpOutcome } from '../../src/checks/types.ts';
import type { testKind, World } from './fake-context.ts';

export const url = 'https://10.240.0.40:6443/version';
export const answer = (status: number, body: unknown): HttpOutcome => ({
  layer: 'http',
  status,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
export const connect = (code: string): World => ({
  http: () => ({ layer: 'connect', code, message: 'socket hang up' }),
});
export const tls = (code: string, message = 'no'): World => ({
  http: () => ({ layer: 'tls', code, message }),
});
const name = '10.240.0.40:6443 (load-balancer)';

type Fails = ReturnType<typeof testKind>['fails'];

/** The layers below an answer, the same for every kind that asks over HTTP. */
export async function layers(fails: Fails, spec: Record<string, unknown>, files: World = {}): Promise<void> {
  const wrong = (world: World, reason: string, message: string | RegExp) =>
    fails(spec, { ...files, ...world }, reason, message);
  await wrong(
    connect('ECONNREFUSED'),
    'refused',
    `Nothing listens at ${name}: the process is not running, or listens elsewhere.`,
  );
  await wrong(
    connect('ETIMEDOUT'),
    'timeout',
    `No answer from ${name}: the machine is off, its link is cut, or the process hangs.`,
  );
  await wrong(connect('EHOSTUNREACH'), 'unreachable', `No route leads to ${name}.`);
  await wrong(connect('ENOTFOUND'), 'name-unknown', `The name in ${name} does not resolve.`);
  await wrong(
    connect('ECONNRESET'),
    'connection-lost',
    `${name} ended the connection (ECONNRESET): socket hang up`,
  );
  await wrong(
    tls('ERR_TLS_CERT_ALTNAME_INVALID'),
    'tls-name',
    `The certificate of ${name} does not name 10.240.0.40: it is the load balancer: kubelets, kube-proxy and your own kubectl reach the API server by it.`,
  );
  await wrong(
    tls('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    'tls-authority',
    /was not signed by the CA that is trusted here/,
  );
  await wrong(
    tls('CERT_HAS_EXPIRED'),
    'tls-expired',
    `The certificate of ${name} is not valid today (it has run out).`,
  );
  await wrong(
    tls('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'alert'),
    'tls-client-certificate',
    `${name} refuses the client's certificate: alert`,
  );
  await wrong(
    tls('EPROTO', 'wrong version number'),
    'tls-failed',
    `TLS with ${name} fails (EPROTO): wrong version number`,
  );
  await wrong(
    { http: () => answer(401, { kind: 'Status', message: 'Unauthorized' }) },
    'unauthorized',
    /^10\.240\.0\.40:6443 \(load-balancer\) does not know who asks \(401 Unauthorized\)/,
  );
  await wrong(
    { http: () => answer(403, { message: 'nodes is forbidden: User "x"' }) },
    'forbidden',
    `${name} knows who asks and does not allow it (403): nodes is forbidden: User "x"`,
  );
}

/** A kubeconfig that asks the load balancer with a token. */
export const tokenKubeconfig = stringify({
  kind: 'Config',
  'current-context': 'default',
  contexts: [{ name: 'default', context: { cluster: 'c', user: 'u' } }],
  clusters: [{ name: 'c', cluster: { server: 'https://10.240.0.40:6443' } }],
  users: [{ name: 'u', user: { token: 't' } }],
});
