import { errorCode, errorMessage } from '../../lib/errors.ts';

/** A failure with curl's exit code and words. */
export class CurlError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CurlError';
    this.exitCode = exitCode;
  }
}

const hint =
  'More details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it.';

/** OpenSSL's words for what Node reports by code (X509_verify_cert_error_string). */
const certificateProblems: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to get local issuer certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  INVALID_CA: 'invalid CA certificate',
  INVALID_PURPOSE: 'unsuitable certificate purpose',
};

/** What curl would say about an error of Node's. */
export function explainError(
  error: unknown,
  url: URL,
  options: { readonly maxTimeMs: number | undefined },
  ms: number,
): CurlError {
  if (error instanceof CurlError) return error;
  const code = errorCode(error) ?? '';
  const message = errorMessage(error);
  const host = url.hostname;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const problem = certificateProblems[code];
  if (problem !== undefined) return new CurlError(60, `SSL certificate problem: ${problem}\n${hint}`);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CurlError(6, `Could not resolve host: ${host}`);
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EACCES':
      return new CurlError(
        7,
        `Failed to connect to ${host} port ${port} after ${ms} ms: Couldn't connect to server`,
      );
    case 'ETIMEDOUT':
      return options.maxTimeMs === undefined
        ? new CurlError(28, `Failed to connect to ${host} port ${port} after ${ms} ms: Timeout was reached`)
        : new CurlError(28, `Connection timed out after ${ms} milliseconds`);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return new CurlError(
        60,
        `SSL: no alternative certificate subject name matches target host name '${host}'\n${hint}`,
      );
    case 'ECONNRESET':
      return message.includes('before secure TLS connection')
        ? new CurlError(35, 'OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection')
        : new CurlError(
            message === 'socket hang up' ? 52 : 56,
            message === 'socket hang up'
              ? 'Empty reply from server'
              : 'Recv failure: Connection reset by peer',
          );
    case 'EPIPE':
      return new CurlError(55, 'Send failure: Broken pipe');
    case 'HPE_INVALID_CONSTANT':
      return new CurlError(1, 'Received HTTP/0.9 when not allowed');
  }
  const alert = /alert ([a-z ]+)/.exec(message);
  if (/alert/.test(message) && alert !== null) {
    return new CurlError(
      56,
      `OpenSSL SSL_read: error: ${message.split(':').slice(-2, -1)[0]?.trim() ?? alert[0]}`,
    );
  }
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') {
    return new CurlError(35, `error: ${message.split('\n')[0]}`);
  }
  return new CurlError(2, message);
}
