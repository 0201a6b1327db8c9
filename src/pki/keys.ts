import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { children, derTag, readDer } from './der.ts';

const generate = promisify(generateKeyPair);

/** A new RSA key. OpenSSL makes it (in Node): the JavaScript generators need seconds. */
export async function generateRsaKey(bits: number): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: bits, publicExponent: 0x10001 });
  return privateKey;
}

/** PKCS #1, `RSA PRIVATE KEY`, as cfssl writes it. */
export const rsaKeyToPem = (key: KeyObject): string =>
  key.export({ type: 'pkcs1', format: 'pem' }).toString();

/** SHA-1 over the bits of the public key: the usual subject key identifier (RFC 5280, 4.2.1.2, method 1). */
export function subjectKeyId(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const bits = children(readDer(spki)[0]).find((element) => element.tag === derTag.bitString);
  return createHash('sha1')
    .update(bits?.content.subarray(1) ?? spki)
    .digest();
}
