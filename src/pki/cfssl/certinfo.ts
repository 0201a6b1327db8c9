import { createHash } from 'node:crypto';
import forge from 'node-forge';
import { parseCertificate, type Subject } from '../inspect.ts';
import { CfsslError, errorCodes } from './errors.ts';

const colons = (hex: string) => hex.toUpperCase().match(/../g)?.join(':') ?? '';

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
};

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
  if (certificate.keyAlgorithm !== 'rsa')
    throw new CfsslError(
      `${certificate.keyAlgorithm} certificates are not supported: this cfssl knows RSA only; use openssl x509 -text`,
      errorCodes.certificateParse,
    );
  const parsed = forge.pki.certificateFromPem(certificate.pem);
  const subjectKey = parsed.getExtension('subjectKeyIdentifier') as
    | { subjectKeyIdentifier?: string }
    | undefined;
  const sans = [...certificate.sans.dns, ...certificate.sans.ip];
  return {
    subject: describeName(certificate.subject),
    issuer: describeName(certificate.issuer),
    serial_number: BigInt(`0x${certificate.serial}`).toString(),
    ...(sans.length > 0 ? { sans } : {}),
    not_before: goTime(certificate.notBefore),
    not_after: goTime(certificate.notAfter),
    sigalg: signatureNames[parsed.signatureOid] ?? parsed.signatureOid,
    authority_key_id: colons(authorityKeyId(parsed)),
    subject_key_id: colons(subjectKey?.subjectKeyIdentifier ?? ''),
    pem: `${certificate.pem}\n`,
  };
}

function authorityKeyId(certificate: forge.pki.Certificate): string {
  const extension = certificate.getExtension('authorityKeyIdentifier') as { value?: string } | undefined;
  if (extension?.value === undefined) return '';
  const sequence = forge.asn1.fromDer(extension.value);
  const parts = Array.isArray(sequence.value) ? sequence.value : [];
  const keyIdentifier = parts.find((part) => (part.type as number) === 0);
  return typeof keyIdentifier?.value === 'string' ? forge.util.bytesToHex(keyIdentifier.value) : '';
}

/** What `cfssl certinfo -csr` is for: who asks, for which hosts. Throws CfsslError. */
export function describeRequest(pem: string): Record<string, unknown> {
  if (!/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(pem))
    throw new CfsslError('CSR Decode failed', errorCodes.requestDecode);
  let request: forge.pki.CertificateSigningRequest;
  try {
    request = forge.pki.certificationRequestFromPem(pem);
  } catch {
    throw new CfsslError('CSR Parsing failed', errorCodes.requestParse);
  }
  const values = (shortName: string) =>
    request.subject.attributes
      .filter((attribute) => attribute.shortName === shortName)
      .map((attribute) => String(attribute.value));
  const subject: Subject = {
    CN: values('CN')[0],
    O: values('O'),
    OU: values('OU'),
    C: values('C'),
    L: values('L'),
    ST: values('ST'),
  };
  const requested = request.getAttribute({ name: 'extensionRequest' }) as
    | { extensions?: { name?: string; altNames?: { type: number; value: string; ip?: string }[] }[] }
    | undefined;
  const altNames =
    requested?.extensions?.find((extension) => extension.name === 'subjectAltName')?.altNames ?? [];
  const key = request.publicKey as forge.pki.rsa.PublicKey;
  return {
    Subject: describeName(subject),
    DNSNames: altNames.filter((name) => name.type === 2).map((name) => name.value),
    EmailAddresses: altNames.filter((name) => name.type === 1).map((name) => name.value),
    IPAddresses: altNames.filter((name) => name.type === 7).map((name) => name.ip ?? name.value),
    URIs: altNames.filter((name) => name.type === 6).map((name) => name.value),
    PublicKeyAlgorithm: 'RSA',
    PublicKeyBits: key.n.bitLength(),
    PublicKeySha256: createHash('sha256')
      .update(forge.asn1.toDer(forge.pki.publicKeyToAsn1(key)).getBytes(), 'binary')
      .digest('hex'),
    SignatureAlgorithm: signatureNames[request.signatureOid ?? ''] ?? request.signatureOid ?? '',
  };
}
