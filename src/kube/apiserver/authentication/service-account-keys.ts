import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorMessage, LabError } from '../../../lib/errors.ts';

function readPem(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabError(`cannot read ${flag}: ${errorMessage(error)}`, {
      where: file,
      remedy: 'copy the file there',
    });
  }
}

/** The private key that signs tokens. Throws LabError when the file holds none. */
export function readSigningKey(file: string): KeyObject {
  const pem = readPem(file, '--service-account-signing-key-file');
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new LabError(`failed to parse service-account-issuer-key-file: ${errorMessage(error)}`, {
      where: file,
    });
  }
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
