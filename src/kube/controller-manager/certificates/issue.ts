import { createPrivateKey, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import {
  children,
  derTag,
  readDer,
  readObjectIdentifier,
  writeDer,
  writeObjectIdentifier,
} from '../../../lib/der.ts';
import type { ParsedRequest } from '../../api/certificate-request.ts';

/** --cluster-signing-cert-file and --cluster-signing-key-file. */
export interface SigningAuthority {
  /** Its Name and key identifier, as they stand in what it signs. */
  readonly name: Buffer;
  readonly keyId: Buffer | undefined;
  readonly notAfter: number;
  readonly key: KeyObject;
}

const ids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
};

/** Places of the fields in a TBSCertificate with a version (RFC 5280, 4.1). */
const tbsPlace = { subject: 5 };

/** Throws Error when either is not what it should be. Both in PEM. */
export function readAuthority(certificatePem: string, keyPem: string): SigningAuthority {
  const certificate = new X509Certificate(certificatePem);
  const fields = children(children(readDer(certificate.raw)[0])[0]);
  const extensions = children(fields.find(({ tag }) => tag === derTag.context3)).flatMap((list) =>
    children(list),
  );
  const keyId = extensions
    .map((extension) => children(extension))
    .find(([id]) => id !== undefined && readObjectIdentifier(id.content) === ids.subjectKeyIdentifier)
    ?.at(-1);
  return {
    name: fields[tbsPlace.subject]!.raw,
    keyId: keyId === undefined ? undefined : readDer(keyId.content)[0]?.content,
    notAfter: Date.parse(certificate.validTo),
    key: createPrivateKey(keyPem),
  };
}

/** By their places in the bit string (RFC 5280, 4.2.1.3). */
const keyUsages: Readonly<Record<string, number>> = {
  signing: 0,
  'digital signature': 0,
  'content commitment': 1,
  'key encipherment': 2,
  'data encipherment': 3,
  'key agreement': 4,
  'cert sign': 5,
  'crl sign': 6,
};

const extendedUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
};

/** Milliseconds before now, for clocks that are late. */
const backdateMs = 5 * 60_000;

const integer = (bytes: Buffer) => writeDer(derTag.integer, bytes);
const yes = writeDer(derTag.boolean, Buffer.from([0xff]));

function extension(id: string, value: Buffer, critical = false): Buffer {
  const parts = [writeObjectIdentifier(id), ...(critical ? [yes] : []), writeDer(derTag.octetString, value)];
  return writeDer(derTag.sequence, ...parts);
}

function keyUsageBits(usages: readonly string[]): Buffer {
  const places = usages.flatMap((usage) => keyUsages[usage] ?? []);
  const byte = places.reduce((bits, place) => bits | (0x80 >> place), 0);
  const unused = 7 - Math.max(...places);
  return writeDer(derTag.bitString, Buffer.from([unused, byte]));
}

/** Two digits of the year until 2049, four from then on (RFC 5280, 4.1.2.5). Whole seconds. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  const early = new Date(ms).getUTCFullYear() < 2050;
  return writeDer(early ? derTag.utcTime : derTag.generalizedTime, Buffer.from(early ? text.slice(2) : text));
}

/** The AlgorithmIdentifier and its hash: RSA with SHA-256, a curve with the hash of its size. */
function algorithmOf(key: KeyObject): { readonly hash: string; readonly identifier: Buffer } {
  if (key.asymmetricKeyType === 'rsa') {
    const none = writeDer(derTag.null);
    return {
      hash: 'sha256',
      identifier: writeDer(derTag.sequence, writeObjectIdentifier('1.2.840.113549.1.1.11'), none),
    };
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const [hash, last] =
    curve === 'secp384r1' ? ['sha384', 3] : curve === 'secp521r1' ? ['sha512', 4] : ['sha256', 2];
  return {
    hash: String(hash),
    identifier: writeDer(derTag.sequence, writeObjectIdentifier(`1.2.840.10045.4.3.${last}`)),
  };
}

/**
 * A certificate in PEM with what the request asks for, never a CA's. `now` and `durationMs` in milliseconds; it ends no
 * later than the authority. Models pkg/controller/certificates/authority.
 */
export function issue(
  request: ParsedRequest,
  usages: readonly string[],
  authority: SigningAuthority,
  { now, durationMs }: { readonly now: number; readonly durationMs: number },
): string {
  const serial = randomBytes(16);
  // Positive, and without a leading zero.
  serial[0] = (serial[0]! & 0x7f) | 0x01;
  const extended = usages.flatMap((usage) => extendedUsages[usage] ?? []).map(writeObjectIdentifier);
  const extensions = [
    ...(usages.some((usage) => usage in keyUsages)
      ? [extension(ids.keyUsage, keyUsageBits(usages), true)]
      : []),
    ...(extended.length > 0 ? [extension(ids.extKeyUsage, writeDer(derTag.sequence, ...extended))] : []),
    extension(ids.basicConstraints, writeDer(derTag.sequence), true),
    ...(authority.keyId === undefined
      ? []
      : [extension(ids.authorityKeyIdentifier, writeDer(derTag.sequence, writeDer(0x80, authority.keyId)))]),
    ...(request.alternativeNames === undefined
      ? []
      : [extension(ids.subjectAltName, request.alternativeNames)]),
  ];
  const { hash, identifier } = algorithmOf(authority.key);
  const notAfter = Math.min(now + durationMs, authority.notAfter);
  const body = writeDer(
    derTag.sequence,
    writeDer(derTag.context0, integer(Buffer.from([2]))),
    integer(serial),
    identifier,
    authority.name,
    writeDer(derTag.sequence, time(now - backdateMs), time(notAfter)),
    request.subject,
    request.publicKey,
    writeDer(derTag.context3, writeDer(derTag.sequence, ...extensions)),
  );
  const signature = sign(hash, body, authority.key);
  const whole = writeDer(
    derTag.sequence,
    body,
    identifier,
    writeDer(derTag.bitString, Buffer.from([0]), signature),
  );
  const lines = whole.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
