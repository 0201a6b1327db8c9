import { isIP } from 'node:net';
import { errorCode, errorMessage } from '../../lib/errors.ts';
import { handshakeText, verificationText } from '../../lib/tls-words.ts';

const refusals: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

/** Why no connection came about, in the words of Go's net and crypto, which people search for; undefined for other errors. */
export function connectionErrorText(error: unknown, server: URL): string | undefined {
  const code = errorCode(error);
  if (code === undefined) return undefined;
  const refusal = refusals[code];
  if (refusal !== undefined) return `dial tcp ${server.host}: ${refusal}`;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${server.hostname}: no such host`;
    case 'ECONNRESET':
      return 'read: connection reset by peer';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: ${wrongName(error, server)}`;
    default:
      return verificationText(code) ?? handshakeText(code);
  }
}

/** The same error with Go's words for its message. Its code and certificate stay, for those who decide by them. */
export function inGoWords(error: unknown, server: URL): Error {
  const text = connectionErrorText(error, server) ?? errorMessage(error);
  const { cert } = error as { cert?: unknown };
  return Object.assign(new Error(text, { cause: error }), { code: errorCode(error), cert });
}

/** Go lists the addresses for an address and the names for a name. */
function wrongName(error: unknown, server: URL): string {
  const host = server.hostname.replace(/^\[(.*)\]$/, '$1');
  const wanted = subjectAltNames(error)
    .filter(([kind]) => kind === (isIP(host) > 0 ? 'IP Address' : 'DNS'))
    .map(([, name]) => name);
  if (wanted.length > 0) return `certificate is valid for ${wanted.join(', ')}, not ${host}`;
  if (isIP(host) > 0) return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  return `certificate is not valid for any names, but wanted to match ${host}`;
}

function subjectAltNames(error: unknown): [string, string][] {
  const certificate = (error as { cert?: { subjectaltname?: string } }).cert;
  return (certificate?.subjectaltname ?? '')
    .split(', ')
    .filter((item) => item !== '')
    .map((item) => {
      const at = item.indexOf(':');
      return [item.slice(0, at), item.slice(at + 1)];
    });
}
