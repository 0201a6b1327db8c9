import { createHash, createPublicKey } from 'node:crypto';
import { children, type DerElement, derTag, readDer, readObjectIdentifier } from '../../lib/der.ts';
import {
  algorithmOf,
  readAuthorityKeyId,
  readCertificateParts,
  readExtensions,
  readSubjectKeyId,
} from '../certificate-der.ts';
import { formatAddress, parseCertificate, type Subject } from '../inspect.ts';
import { keySize } from '../keys.ts';
import { CfsslError, errorCodes } from './errors.ts';

const colons = (bytes: Buffer | undefined) =>
  bytes?.toString('hex').toUpperCase().match(/../g)?.join(':') ?? '';

/** Go marshals empty fields with omitempty away. */
const filled = (object: Readonly<Record<string, string | readonly string[]>>) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value.length > 0));

/** Models certinfo.ParseName. */
function describeName(name: Subject): Record<string, unknown> {
  return filled({
    common_name: name.CN ?? '',
    country: name.C.join(','),
    organization: name.O.join(','),
    organizational_unit: name.OU.join(','),
    locality: name.L.join(','),
    province: name.ST.join(','),
    names: [
      ...name.C,
      ...name.O,
      ...name.OU,
      ...name.L,
      ...name.ST,
      ...(name.CN === undefined ? [] : [name.CN]),
    ],
  });
}

const signatureNames: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.5': 'SHA1WithRSA',
  '1.2.840.113549.1.1.11': 'SHA256WithRSA',
  '1.2.840.113549.1.1.12': 'SHA384WithRSA',
  '1.2.840.113549.1.1.13': 'SHA512WithRSA',
  '1.2.840.10045.4.3.2': 'ECDSAWithSHA256',
  '1.2.840.10045.4.3.3': 'ECDSAWithSHA384',
  '1.2.840.10045.4.3.4': 'ECDSAWithSHA512',
};
const signatureName = (oid: string) => signatureNames[oid] ?? oid;

const goTime = (date: Date) => date.toISOString().replace('.000Z', 'Z');

/** What `cfssl certinfo -cert` prints. Models certinfo.ParseCertificate. Throws CfsslError. */
export function describeCertificate(pem: string): Record<string, unknown> {
  if (!pem.includes('-----BEGIN'))
    throw new CfsslError('Failed to decode certificate', errorCodes.certificateDecode);
  let certificate: ReturnType<typeof parseCertificate>;
  try {
    certificate = parseCertificate(pem);
  } catch {
    throw new CfsslError('Failed to parse certificate', errorCodes.certificateParse);
  }
  const parts = readCertificateParts(certificate.x509.raw);
  const sans = [...certificate.sans.dns, ...certificate.sans.ip];
  return {
    subject: describeName(certificate.subject),
    issuer: describeName(certificate.issuer),
    serial_number: BigInt(`0x${certificate.serial}`).toString(),
    ...(sans.length > 0 ? { sans } : {}),
    not_before: goTime(certificate.notBefore),
    not_after: goTime(certificate.notAfter),
    sigalg: signatureName(parts.signatureAlgorithm),
    authority_key_id: colons(readAuthorityKeyId(parts)),
    subject_key_id: colons(readSubjectKeyId(parts)),
    pem: `${certificate.pem}\n`,
  };
}

const attributeNames: Readonly<Record<string, keyof Subject>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
};

/** A Name: a sequence of sets of pairs of identifier and text. */
function readName(name: DerElement | undefined): Subject {
  const pairs = children(name)
    .flatMap(children)
    .map((pair) => {
      const [id, value] = children(pair);
      return {
        id: readObjectIdentifier(id?.content ?? Buffer.alloc(0)),
        text: value?.content.toString('utf8') ?? '',
      };
    });
  const all = (wanted: keyof Subject) =>
    pairs.filter(({ id }) => attributeNames[id] === wanted).map(({ text }) => text);
  return { CN: all('CN')[0], O: all('O'), OU: all('OU'), C: all('C'), L: all('L'), ST: all('ST') };
}

const extensionRequest = '1.2.840.113549.1.9.14';

/** The names that a request asks for: GeneralNames by their tag. */
function requestedNames(attributes: DerElement | undefined): readonly DerElement[] {
  for (const attribute of children(attributes)) {
    const [id, values] = children(attribute);
    if (id?.tag !== derTag.objectIdentifier || readObjectIdentifier(id.content) !== extensionRequest)
      continue;
    const names = readExtensions(children(children(values)[0])).get('2.5.29.17');
    return names === undefined ? [] : children(readDer(names)[0]);
  }
  return [];
}

function parseRequestParts(pem: string) {
  const base64 = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([\s\S]*?)-----END/.exec(pem)?.[1];
  if (base64 === undefined) throw new CfsslError('CSR Decode failed', errorCodes.requestDecode);
  try {
    const [info, algorithm] = children(readDer(Buffer.from(base64, 'base64'))[0]);
    const [, subject, spki, attributes] = children(info);
    const publicKey = createPublicKey({ key: spki!.raw, format: 'der', type: 'spki' });
    return { algorithm: algorithmOf(algorithm), subject, spki: spki!.raw, publicKey, attributes };
  } catch {
    throw new CfsslError('CSR Parsing failed', errorCodes.requestParse);
  }
}

/** What `cfssl certinfo -csr` is for: who asks, for which hosts, with which key. Throws CfsslError. */
export function describeRequest(pem: string): Record<string, unknown> {
  const { algorithm, subject, spki, publicKey, attributes } = parseRequestParts(pem);
  const names = requestedNames(attributes);
  const texts = (tag: number) =>
    names.filter((name) => name.tag === tag).map((name) => name.content.toString('latin1'));
  return {
    Subject: describeName(readName(subject)),
    DNSNames: texts(0x82),
    EmailAddresses: texts(0x81),
    IPAddresses: names.filter((name) => name.tag === 0x87).map((name) => formatAddress(name.content)),
    URIs: texts(0x86),
    PublicKeyAlgorithm:
      publicKey.asymmetricKeyType === 'ec' ? 'ECDSA' : String(publicKey.asymmetricKeyType).toUpperCase(),
    PublicKeyBits: keySize(publicKey),
    PublicKeySha256: createHash('sha256').update(spki).digest('hex'),
    SignatureAlgorithm: signatureName(algorithm),
  };
}
