import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LabError } from '../../../lib/errors.ts';
import { openErrorText, readPrivateKey } from '../../../lib/key-pair.ts';

function readPem(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabError(openErrorText(file, error), {
      where: flag,
      remedy: 'copy the file there',
    });
  }
}

/** The private key that signs tokens. Throws LabError when the file holds none. */
export function readSigningKey(file: string): KeyObject {
  const flag = '--service-account-signing-key-file';
  return readPrivateKey(readPem(file, flag), 'failed to parse service-account-issuer-key-file', file);
}

/** The public keys that verify tokens: from certificates, public keys or private keys in PEM, as upstream takes them. */
export function readVerificationKeys(files: readonly string[]): readonly KeyObject[] {
  return files.map((file) => {
    const pem = readPem(file, '--service-account-key-file');
    try {
      return pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
    } catch {
      throw new LabError('file does not contain a public key', {
        where: file,
        remedy: 'give a certificate or a public key in PEM with --service-account-key-file',
      });
    }
  });
}
