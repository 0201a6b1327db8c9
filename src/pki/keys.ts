import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { children, derTag, readDer } from '../lib/der.ts';

const generate = promisify(generateKeyPair);

/** Elliptic curves by their size in bits: the three of NIST, as Go has them. */
const curves: Readonly<Record<number, string>> = { 256: 'P-256', 384: 'P-384', 521: 'P-521' };
/** How OpenSSL calls them. */
const curveSizes: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/** A new RSA key. OpenSSL makes it (in Node): the JavaScript generators need seconds. */
export async function generateRsaKey(bits: number): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: bits, publicExponent: 0x10001 });
  return privateKey;
}

/** A new key on the curve of that size; undefined: there is no such curve. */
export async function generateEcKey(bits: number): Promise<KeyObject | undefined> {
  const namedCurve = curves[bits];
  if (namedCurve === undefined) return undefined;
  return (await generate('ec', { namedCurve })).privateKey;
}

/** Bits of an RSA modulus or of a curve; 0 for any other key. */
export const keySize = (key: KeyObject): number =>
  key.asymmetricKeyDetails?.modulusLength ?? curveSizes[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 0;

/** `RSA PRIVATE KEY` (PKCS #1) or `EC PRIVATE KEY` (SEC 1), as cfssl writes them. */
export const privateKeyToPem = (key: KeyObject): string =>
  key.export({ type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1', format: 'pem' }).toString();

/** The public half in DER, as certificates and requests hold it. */
export const publicKeyToDer = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });

/** SHA-1 over the bits of the public key: the usual subject key identifier (RFC 5280, 4.2.1.2, method 1). */
export function subjectKeyId(key: KeyObject): Buffer {
  const spki = publicKeyToDer(key);
  const bits = children(readDer(spki)[0]).find((element) => element.tag === derTag.bitString);
  return createHash('sha1')
    .update(bits?.content.subarray(1) ?? spki)
    .digest();
}
