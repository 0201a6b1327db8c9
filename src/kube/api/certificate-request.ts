import { createPublicKey, verify } from 'node:crypto';
import { children, type DerElement, derTag, readDer, readObjectIdentifier } from '../../lib/der.ts';

/** What a certificate request (PKCS #10, RFC 2986) asks for. */
export interface ParsedRequest {
  /** The whole Name, as it goes into the certificate. */
  readonly subject: Buffer;
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** The value of the extension subjectAltName. */
  readonly alternativeNames: Buffer | undefined;
  /** Its kinds: 1 e-mail, 2 DNS, 6 URI, 7 IP. */
  readonly nameKinds: ReadonlySet<number>;
}

const ids = { commonName: '2.5.4.3', organization: '2.5.4.10', extensions: '1.2.840.113549.1.9.14' };
const subjectAltName = '2.5.29.17';

/** By the signature's algorithm; null: it has its own. */
const hashes: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

const identifierOf = (element: DerElement | undefined) =>
  readObjectIdentifier(element?.content ?? Buffer.alloc(0));

/**
 * Reads `spec.request` of a CertificateSigningRequest: PEM in base64. Throws Error when it is none, or when it is not
 * signed by the key that it shows: who asks must have that key.
 */
export function parseCertificateRequest(request: string): ParsedRequest {
  const pem = Buffer.from(request, 'base64').toString('latin1');
  const match = /-----BEGIN (NEW )?CERTIFICATE REQUEST-----([\s\S]+?)-----END/.exec(pem);
  if (match === null) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  try {
    return parse(Buffer.from(match[2]!, 'base64'));
  } catch (error) {
    if (error instanceof RangeError) throw new Error('asn1: syntax error: data truncated');
    throw error;
  }
}

function parse(der: Buffer): ParsedRequest {
  const [info, algorithm, signature] = children(readDer(der)[0]);
  const [, subject, publicKey, attributes] = children(info);
  if (info === undefined || subject === undefined || publicKey === undefined || signature === undefined)
    throw new Error('asn1: structure error: sequence tag mismatch');
  const hash = hashes[identifierOf(children(algorithm)[0])];
  const key = createPublicKey({ key: publicKey.raw, format: 'der', type: 'spki' });
  // The first octet counts the unused bits at the end.
  if (hash === undefined || !verify(hash, info.raw, key, signature.content.subarray(1)))
    throw new Error('x509: the signature of the request does not belong to its key');

  const names = children(subject).flatMap((set) => children(set).map((pair) => children(pair)));
  const texts = (id: string) =>
    names
      .filter(([type]) => identifierOf(type) === id)
      .map(([, value]) => (value?.content ?? Buffer.alloc(0)).toString('utf8'));
  const alternativeNames = extensionOf(attributes, subjectAltName);
  const kinds = alternativeNames === undefined ? [] : children(readDer(alternativeNames)[0]);
  return {
    subject: subject.raw,
    commonName: texts(ids.commonName).at(-1) ?? '',
    organizations: texts(ids.organization),
    publicKey: publicKey.raw,
    alternativeNames,
    nameKinds: new Set(kinds.map(({ tag }) => tag & 0x1f)),
  };
}

function extensionOf(attributes: DerElement | undefined, id: string): Buffer | undefined {
  for (const attribute of children(attributes)) {
    const [type, values] = children(attribute);
    if (identifierOf(type) !== ids.extensions) continue;
    for (const extension of children(children(values)[0])) {
      const parts = children(extension);
      if (identifierOf(parts[0]) === id) return parts.find(({ tag }) => tag === derTag.octetString)?.content;
    }
  }
  return undefined;
}
