import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { errorCode, errorMessage, LabError } from './errors.ts';

/** A certificate and its private key as PEM, and the files (or fields) that they came from. */
export interface KeyPair {
  readonly cert: string | Buffer;
  readonly certFrom: string;
  readonly key: string | Buffer;
  readonly keyFrom: string;
}

/**
 * Throws LabError when a server or client could not prove itself with this pair: one half is none, or they do not belong
 * together. Models X509KeyPair of Go's crypto/tls, whose words people search for.
 */
export function checkKeyPair({ cert, certFrom, key, keyFrom }: KeyPair): void {
  const certificate = readCertificate(
    cert,
    'tls: failed to find any PEM data in certificate input',
    certFrom,
  );
  const complaint = /-----BEGIN/.test(String(key))
    ? 'tls: failed to parse private key'
    : 'tls: failed to find any PEM data in key input';
  if (createPublicKey(readPrivateKey(key, complaint, keyFrom)).equals(certificate.publicKey)) return;
  throw new LabError('tls: private key does not match public key', {
    where: `${certFrom}, ${keyFrom}`,
    remedy: 'give the key that the certificate was made with',
  });
}

/** The first certificate of a PEM text. Throws LabError that begins with `complaint`. */
export function readCertificate(pem: string | Buffer, complaint: string, from: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new LabError(complaint, {
      where: from,
      remedy: 'give a certificate in PEM format, whole',
      cause: error,
    });
  }
}

/** The private key of a PEM text. Throws LabError that begins with `complaint`: OpenSSL's own words name no file and no remedy. */
export function readPrivateKey(pem: string | Buffer, complaint: string, from: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new LabError(complaint, {
      where: from,
      remedy: 'give the private key in PEM format, whole',
      cause: error,
    });
  }
}

/** What Go says when a file cannot be opened: `open PATH: no such file or directory`. */
export function openErrorText(path: string, error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EISDIR: 'is a directory',
    ENOTDIR: 'not a directory',
  };
  return `open ${path}: ${words[errorCode(error) ?? ''] ?? errorMessage(error)}`;
}
