/** What OpenSSL and Node report by code, in the words of Go's crypto/tls and crypto/x509, which is what people search for. */

const brokenChain = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

const outOfDate = 'certificate has expired or is not yet valid: the current time is';

/** Why a certificate was refused; undefined for a code that is not about that. */
export function verificationText(code: string): string | undefined {
  const why =
    code === 'CERT_HAS_EXPIRED'
      ? `${outOfDate} after its end`
      : code === 'CERT_NOT_YET_VALID'
        ? `${outOfDate} before its start`
        : code === 'INVALID_PURPOSE'
          ? 'certificate specifies an incompatible key usage'
          : brokenChain.has(code)
            ? 'certificate signed by unknown authority'
            : undefined;
  return why === undefined ? undefined : `tls: failed to verify certificate: x509: ${why}`;
}

/** ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED → `remote error: tls: certificate required`; undefined for other codes. */
export function handshakeText(code: string): string | undefined {
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const alert = /ALERT_(.+)$/.exec(code)?.[1];
  if (alert !== undefined) return `remote error: tls: ${alert.toLowerCase().replaceAll('_', ' ')}`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'http: server gave HTTP response to HTTPS client';
  return `tls: ${code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ')}`;
}
