import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { children, type DerElement, readDer, readObjectIdentifier } from '../lib/der.ts';
import { LabError } from '../lib/errors.ts';
import { extensionIds, readCertificateParts } from './certificate-der.ts';

/** A distinguished name; attributes that may stand several times are lists. */
export interface Subject {
  readonly CN: string | undefined;
  readonly O: readonly string[];
  readonly OU: readonly string[];
  readonly C: readonly string[];
  readonly L: readonly string[];
  readonly ST: readonly string[];
}

export interface Sans {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}

/** What a certificate says. Made by any tool, of any key algorithm. */
export interface Certificate {
  readonly pem: string;
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly sans: Sans;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** RFC 5280 names: digitalSignature, keyEncipherment, keyCertSign … Empty when the extension is absent. */
  readonly keyUsage: readonly string[];
  /** serverAuth, clientAuth …, or the object identifier of one that has no name here. */
  readonly extKeyUsage: readonly string[];
  readonly isCA: boolean;
  /** `rsa`, `ec`, `ed25519` … */
  readonly keyAlgorithm: string;
  /** RSA only. */
  readonly modulusBits: number | undefined;
  /** RSA only: the modulus in hexadecimal. */
  readonly modulus: string | undefined;
  /** Hexadecimal. */
  readonly serial: string;
  readonly selfIssued: boolean;
  readonly x509: X509Certificate;
}

const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

const extKeyUsageNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '2.5.29.37.0': 'anyExtendedKeyUsage',
};

type LegacyName = Readonly<Record<string, string | readonly string[] | undefined>>;

function toSubject(name: LegacyName): Subject {
  const all = (value: string | readonly string[] | undefined): readonly string[] =>
    value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return {
    CN: all(name.CN).at(-1),
    O: all(name.O),
    OU: all(name.OU),
    C: all(name.C),
    L: all(name.L),
    ST: all(name.ST),
  };
}

function readKeyUsage(extension: Buffer | undefined): string[] {
  if (extension === undefined) return [];
  const bits = readDer(extension)[0]?.content.subarray(1) ?? Buffer.alloc(0);
  return keyUsageNames.filter((_, index) => ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0);
}

function readSans(extension: Buffer | undefined): Sans {
  const names: readonly DerElement[] = extension === undefined ? [] : children(readDer(extension)[0]);
  const ip = names.filter((name) => name.tag === 0x87).map((name) => formatAddress(name.content));
  return {
    dns: names.filter((name) => name.tag === 0x82).map((name) => name.content.toString('latin1')),
    ip,
  };
}

/** The bytes of an address in a certificate as text; IPv6 as `normalizeAddress` spells it. */
export function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) groups.push(bytes.readUInt16BE(at).toString(16));
  return groups.join(':');
}

const modulusOf = (key: KeyObject): string | undefined => {
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  const { n } = key.export({ format: 'jwk' });
  return n === undefined ? undefined : Buffer.from(n, 'base64url').toString('hex');
};

/** Reads the first certificate of a PEM text. Throws LabError when there is none or it does not parse. */
export function parseCertificate(pem: string): Certificate {
  const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (block === undefined) throw new LabError(notPem(pem, 'CERTIFICATE'));
  let x509: X509Certificate;
  try {
    x509 = new X509Certificate(block);
  } catch (error) {
    throw new LabError('the certificate does not parse', { remedy: garbled, cause: error });
  }
  const legacy = x509.toLegacyObject();
  const { extensions } = readCertificateParts(x509.raw);
  const extKeyUsage = extensions.get(extensionIds.extKeyUsage);
  const key = x509.publicKey;
  return {
    pem: block,
    subject: toSubject(legacy.subject as unknown as LegacyName),
    issuer: toSubject(legacy.issuer as unknown as LegacyName),
    sans: readSans(extensions.get(extensionIds.subjectAltName)),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    keyUsage: readKeyUsage(extensions.get(extensionIds.keyUsage)),
    extKeyUsage:
      extKeyUsage === undefined
        ? []
        : children(readDer(extKeyUsage)[0]).map((element) => {
            const id = readObjectIdentifier(element.content);
            return extKeyUsageNames[id] ?? id;
          }),
    isCA: x509.ca,
    keyAlgorithm: key.asymmetricKeyType ?? 'unknown',
    modulusBits: key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined,
    modulus: modulusOf(key),
    serial: x509.serialNumber,
    selfIssued: x509.subject === x509.issuer,
    x509,
  };
}

/** OpenSSL only gives a number for what it could not read between the two lines of dashes. */
const garbled = 'copy or make it again: what stands between its BEGIN and END lines is cut or garbled';

function notPem(text: string, wanted: string): string {
  if (text.trim() === '') return 'the file is empty';
  const other = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  // A key may be named by its algorithm as well: RSA PRIVATE KEY.
  if (other?.endsWith(wanted)) return `the file holds a ${other} that is cut: its END line is missing`;
  if (other !== undefined) return `the file holds a ${other}, not a ${wanted}`;
  // A SEQUENCE longer than 127 bytes; the second byte is no UTF-8 and was replaced when the file was read as text.
  if (/^0[\ufffd\x81\x82]/.test(text)) return 'the file is DER, the binary form, not PEM';
  return `the file is not PEM: it begins with ${JSON.stringify(text.slice(0, 24))}`;
}

/** Reads a private key: PKCS #1, PKCS #8 or SEC 1. Throws LabError when it is none, or needs a passphrase. */
export function parsePrivateKey(pem: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    throw new LabError('the private key is encrypted', { remedy: 'make one without a passphrase' });
  }
  if (!/-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/.test(pem))
    throw new LabError(notPem(pem, 'PRIVATE KEY'));
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new LabError('the private key does not parse', { remedy: garbled, cause: error });
  }
}

/** Whether the private key belongs to the public key in the certificate. */
export const keyMatches = (certificate: Certificate, key: KeyObject): boolean =>
  certificate.x509.checkPrivateKey(key);

/** Whether the CA's key signed the certificate; says nothing about dates. */
export const signatureOk = (certificate: Certificate, ca: Certificate): boolean =>
  certificate.x509.verify(ca.x509.publicKey);

export type ChainProblem = 'issuer-name' | 'signature' | 'ca-not-a-ca' | 'ca-expired';

/**
 * Whether the certificate chains to the CA directly. Undefined: it does. `issuer-name`: another CA issued it;
 * `signature`: a CA of the same name, but with another key, did (the CA was made again).
 */
export function verifyChain(
  certificate: Certificate,
  ca: Certificate,
  nowMs: number,
): ChainProblem | undefined {
  if (certificate.x509.issuer !== ca.x509.subject) return 'issuer-name';
  if (!signatureOk(certificate, ca)) return 'signature';
  if (!ca.isCA) return 'ca-not-a-ca';
  if (ca.notAfter.getTime() < nowMs) return 'ca-expired';
  return undefined;
}

/** How an address reads in a certificate, so that two spellings of one IPv6 address compare equal. */
export function normalizeAddress(text: string): string {
  if (isIPv4(text)) return text;
  const expand = (part: string) => (part === '' ? [] : part.split(':'));
  const [head, tail] = text.split('::') as [string, string | undefined];
  const front = expand(head);
  const back = tail === undefined ? [] : expand(tail);
  const zeros =
    tail === undefined ? [] : new Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back].map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
