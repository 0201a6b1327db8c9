import { type KeyObject, sign } from 'node:crypto';
import forge from 'node-forge';
import { LabError } from '../lib/errors.ts';
import { keySize } from './keys.ts';

const { asn1 } = forge;
type Asn1 = forge.asn1.Asn1;

interface SignatureAlgorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly oid: string;
  /** RSA's identifier carries a NULL; that of ECDSA ends with the object identifier (RFC 5758). */
  readonly nullParameters: boolean;
}

const rsa = (hash: SignatureAlgorithm['hash'], oid: string): SignatureAlgorithm => ({
  hash,
  oid,
  nullParameters: true,
});
const ecdsa = (hash: SignatureAlgorithm['hash'], oid: string): SignatureAlgorithm => ({
  hash,
  oid,
  nullParameters: false,
});

/** The hash grows with the key. Models DefaultSigAlgo in cfssl's signer. Throws LabError for a key that is neither RSA nor on a curve of NIST. */
function algorithmFor(key: KeyObject): SignatureAlgorithm {
  const size = keySize(key);
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (size >= 4096) return rsa('sha512', '1.2.840.113549.1.1.13');
      if (size >= 3072) return rsa('sha384', '1.2.840.113549.1.1.12');
      return rsa('sha256', '1.2.840.113549.1.1.11');
    case 'ec':
      if (size === 521) return ecdsa('sha512', '1.2.840.10045.4.3.4');
      if (size === 384) return ecdsa('sha384', '1.2.840.10045.4.3.3');
      if (size === 256) return ecdsa('sha256', '1.2.840.10045.4.3.2');
  }
  throw new LabError(`a key of type ${key.asymmetricKeyType} cannot sign here`, {
    remedy: 'use RSA, or ECDSA on P-256, P-384 or P-521',
  });
}

/** The AlgorithmIdentifier that a certificate names inside what is signed, and beside the signature. */
export function algorithmIdentifier(key: KeyObject): Asn1 {
  const { oid, nullParameters } = algorithmFor(key);
  const parts = [
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(oid).getBytes()),
    ...(nullParameters ? [asn1.create(asn1.Class.UNIVERSAL, asn1.Type.NULL, false, '')] : []),
  ];
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts);
}

/** DER of an OCTET STRING, as node-forge takes the values of extensions. */
export const octetString = (bytes: Buffer): string =>
  asn1
    .toDer(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, bytes.toString('binary')))
    .getBytes();

/** The options are missing in node-forge's types. */
const parseDer = asn1.fromDer as unknown as (
  bytes: string,
  options: { readonly decodeBitStrings: boolean },
) => Asn1;

/** DER as a value of node-forge, kept byte for byte. */
export const fromDer = (der: Buffer): Asn1 => parseDer(der.toString('binary'), { decodeBitStrings: false });

/**
 * What is signed, the algorithm and the signature: the shape of certificates and requests alike, in PEM. Node's crypto signs, as
 * node-forge knows RSA only, and is slow.
 */
export function sealed(label: string, info: Asn1, key: KeyObject): string {
  const der = Buffer.from(asn1.toDer(info).getBytes(), 'binary');
  const signature = sign(algorithmFor(key).hash, der, key);
  const whole = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [
    info,
    algorithmIdentifier(key),
    // The first octet counts the unused bits at the end.
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, `\0${signature.toString('binary')}`),
  ]);
  const lines = Buffer.from(asn1.toDer(whole).getBytes(), 'binary')
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
