import { children, type DerElement, derTag, readDer, readObjectIdentifier } from '../lib/der.ts';

/** Parts of a certificate as they are encoded: what issuing and describing need and Node's X509Certificate does not tell. */
export interface CertificateParts {
  /** The whole Name: an issuer must stand in what it signs byte for byte. */
  readonly subject: Buffer;
  readonly signatureAlgorithm: string;
  /** By object identifier: the content of their OCTET STRING. */
  readonly extensions: ReadonlyMap<string, Buffer>;
}

export const extensionIds = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
} as const;

/** From the elements of an `Extensions`. */
export function readExtensions(list: readonly DerElement[]): Map<string, Buffer> {
  const extensions = new Map<string, Buffer>();
  for (const extension of list) {
    const parts = children(extension);
    const id = parts.find((part) => part.tag === derTag.objectIdentifier);
    const value = parts.find((part) => part.tag === derTag.octetString);
    if (id !== undefined && value !== undefined)
      extensions.set(readObjectIdentifier(id.content), value.content);
  }
  return extensions;
}

/** The object identifier of an AlgorithmIdentifier. */
export const algorithmOf = (identifier: DerElement | undefined): string =>
  readObjectIdentifier(children(identifier)[0]?.content ?? Buffer.alloc(0));

/** Reads the DER of a certificate (RFC 5280, 4.1). Throws RangeError when it is cut off. */
export function readCertificateParts(raw: Buffer): CertificateParts {
  const [tbs, algorithm] = children(readDer(raw)[0]);
  const fields = children(tbs);
  // [0] version is left out in certificates of version 1.
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  const wrapped = fields.find((element) => element.tag === 0xa3);
  return {
    subject: fields[first + 4]?.raw ?? Buffer.alloc(0),
    signatureAlgorithm: algorithmOf(algorithm),
    extensions: readExtensions(children(children(wrapped)[0])),
  };
}

/** The bytes of a certificate's subject key identifier; undefined: it has none. */
export function readSubjectKeyId({ extensions }: CertificateParts): Buffer | undefined {
  const extension = extensions.get(extensionIds.subjectKeyIdentifier);
  return extension && readDer(extension)[0]?.content;
}

/** The bytes of the issuer's key identifier as the certificate has it, which is [0] of the extension. */
export function readAuthorityKeyId({ extensions }: CertificateParts): Buffer | undefined {
  const extension = extensions.get(extensionIds.authorityKeyIdentifier);
  return extension && children(readDer(extension)[0]).find((part) => part.tag === 0x80)?.content;
}
