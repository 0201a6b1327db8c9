import { shellQuote } from '../lib/shell-quote.ts';
import type { HttpOutcome, HttpQuery, MachineAccess } from './types.ts';

/** curl's exit codes for what goes wrong below HTTP (curl(1), EXIT CODES), as the codes that Node would give. */
const connectCodes: Readonly<Record<number, string>> = {
  6: 'ENOTFOUND',
  7: 'ECONNREFUSED',
  28: 'ETIMEDOUT',
  52: 'ECONNRESET',
  56: 'ECONNRESET',
};
const tlsCodes: Readonly<Record<number, string>> = {
  35: 'ERR_SSL_HANDSHAKE',
  51: 'ERR_TLS_CERT_ALTNAME_INVALID',
  58: 'ERR_SSL_CLIENT_CERTIFICATE',
  60: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
};

/** A request as a machine would make it, with curl there; `ca`, `cert` and `key` are paths on that machine. */
export async function curlFrom(
  machines: MachineAccess,
  machine: string,
  query: HttpQuery,
): Promise<HttpOutcome> {
  const words = ['curl', '-sS', '-i', '--max-time', String(Math.ceil((query.timeoutMs ?? 5000) / 1000))];
  for (const [name, value] of Object.entries(query.headers ?? {}))
    words.push('-H', shellQuote(`${name}: ${value}`));
  if (query.tls?.ca !== undefined) words.push('--cacert', shellQuote(query.tls.ca));
  if (query.tls?.cert !== undefined) words.push('--cert', shellQuote(query.tls.cert));
  if (query.tls?.key !== undefined) words.push('--key', shellQuote(query.tls.key));
  words.push(shellQuote(query.url));
  const result = await machines.exec(machine, words.join(' '));
  const message = result.stderr.trim() || `curl ended with exit code ${result.exitCode}`;
  if (result.exitCode !== 0) {
    const tls = tlsCodes[result.exitCode];
    // curl says 60 for every doubt about a certificate; its text tells a wrong name apart.
    if (tls !== undefined)
      return {
        layer: 'tls',
        code: /subject name|does not match/i.test(message) ? 'ERR_TLS_CERT_ALTNAME_INVALID' : tls,
        message,
      };
    return { layer: 'connect', code: connectCodes[result.exitCode] ?? `curl ${result.exitCode}`, message };
  }
  const [head, ...rest] = result.stdout.split(/\r?\n\r?\n/);
  const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(head ?? '')?.[1] ?? 0);
  const headers = Object.fromEntries(
    (head ?? '')
      .split(/\r?\n/)
      .slice(1)
      .map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
      }),
  );
  return { layer: 'http', status, headers, body: rest.join('\n\n') };
}
