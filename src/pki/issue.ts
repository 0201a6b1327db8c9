import { type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { readCertificateParts, readSubjectKeyId } from './certificate-der.ts';
import { normalizeAddress } from './inspect.ts';
import { publicKeyToDer, subjectKeyId } from './keys.ts';
import { type AlternativeNames, type CertificateRequest, sortHosts, subjectAttributes } from './request.ts';
import { algorithmIdentifier, fromDer, octetString, sealed } from './signing.ts';

/** RFC 5280 names of key usages, as inspect.ts reads them. */
export type KeyUsage =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly';

export interface CertificateTemplate {
  readonly subject: readonly { readonly shortName: string; readonly value: string }[];
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly keyUsage: readonly KeyUsage[];
  /** Names or object identifiers. */
  readonly extKeyUsage: readonly string[];
  readonly ca?: { readonly pathLength?: number };
  readonly names: AlternativeNames;
}

/** Who signs: a CA's certificate and its private key. Undefined certificate: the new certificate signs itself. */
export interface Issuer {
  readonly certificatePem: string | undefined;
  readonly key: KeyObject;
}

// node-forge encodes names and extensions. It knows RSA keys only, so the key, the algorithm and the issuer's name are put in
// afterwards as they are; signing.ts does the rest. These two functions exist in node-forge and are missing in its types.
const encoding = forge.pki as typeof forge.pki & {
  getTBSCertificate(certificate: forge.pki.Certificate): forge.asn1.Asn1;
  getCertificationRequestInfo(request: forge.pki.CertificateSigningRequest): forge.asn1.Asn1;
};
const zero = new forge.jsbn.BigInteger('0');
const placeholderKey = forge.pki.setRsaPublicKey(zero, zero);

/** Places in a TBSCertificate (RFC 5280, 4.1) and in a CertificationRequestInfo (RFC 2986, 4.1). */
const tbsPlace = { signature: 2, issuer: 3, publicKey: 6 };
const requestPlace = { publicKey: 2 };

/** PrintableString where the alphabet allows it, else UTF8String: as Go's encoding/asn1 chooses. */
function attributes(subject: CertificateTemplate['subject']): forge.pki.CertificateField[] {
  return subject.map(({ shortName, value }) => ({
    shortName,
    value,
    valueTagClass: (/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)
      ? forge.asn1.Type.PRINTABLESTRING
      : forge.asn1.Type.UTF8) as unknown as forge.asn1.Class,
  }));
}

function alternativeNames(names: AlternativeNames): Record<string, unknown> | undefined {
  const altNames = [
    ...names.dns.map((value) => ({ type: 2, value })),
    ...names.email.map((value) => ({ type: 1, value })),
    ...names.ip.map((ip) => ({ type: 7, ip: normalizeAddress(ip) })),
    ...names.uri.map((value) => ({ type: 6, value })),
  ];
  return altNames.length === 0 ? undefined : { name: 'subjectAltName', altNames };
}

/** A certificate request (PKCS #10) in PEM, signed by the key. */
export function createRequest(request: CertificateRequest, key: KeyObject): string {
  const csr = forge.pki.createCertificationRequest();
  csr.publicKey = placeholderKey;
  csr.setSubject(attributes(subjectAttributes(request)));
  const extensions: Record<string, unknown>[] = [];
  const names = alternativeNames(sortHosts(request.hosts));
  if (names !== undefined) extensions.push(names);
  if (request.ca !== undefined) {
    const { pathlen, pathlenzero } = request.ca;
    const limit = pathlen !== 0 || pathlenzero ? { pathLenConstraint: pathlen } : {};
    extensions.push({ name: 'basicConstraints', cA: true, critical: true, ...limit });
  }
  if (extensions.length > 0) csr.setAttributes([{ name: 'extensionRequest', extensions }]);
  const info = encoding.getCertificationRequestInfo(csr);
  partsOf(info)[requestPlace.publicKey] = fromDer(publicKeyToDer(key));
  return sealed('CERTIFICATE REQUEST', info, key);
}

const partsOf = (sequence: forge.asn1.Asn1) => sequence.value as forge.asn1.Asn1[];

/** 20 octets, positive (RFC 5280, 4.1.2.2), in hexadecimal. */
export function randomSerial(): string {
  const bytes = randomBytes(20);
  // The first octet: not negative, and not zero, since DER has no leading zeros.
  bytes[0] = (bytes[0]! & 0x7f) | 0x01;
  return bytes.toString('hex');
}

const sanless: AlternativeNames = { dns: [], ip: [], email: [], uri: [] };

/** A certificate in PEM. The key of the issuer must belong to its certificate: that is the caller's to check. */
export function issueCertificate(
  template: CertificateTemplate,
  issuer: Issuer,
  serial: string = randomSerial(),
): string {
  const certificate = forge.pki.createCertificate();
  const ca =
    issuer.certificatePem === undefined
      ? undefined
      : readCertificateParts(new X509Certificate(issuer.certificatePem).raw);
  certificate.publicKey = placeholderKey;
  certificate.siginfo.algorithmOid = forge.pki.oids.sha256WithRSAEncryption!;
  certificate.serialNumber = serial;
  certificate.validity.notBefore = template.notBefore;
  certificate.validity.notAfter = template.notAfter;
  const subject = attributes(template.subject);
  certificate.setSubject(subject);
  certificate.setIssuer(subject);

  const extensions: Record<string, unknown>[] = [];
  if (template.keyUsage.length > 0)
    extensions.push({
      name: 'keyUsage',
      critical: true,
      ...Object.fromEntries(template.keyUsage.map((usage) => [usage, true])),
    });
  if (template.extKeyUsage.length > 0)
    extensions.push({
      name: 'extKeyUsage',
      ...Object.fromEntries(template.extKeyUsage.map((usage) => [usage, true])),
    });
  extensions.push({
    name: 'basicConstraints',
    critical: true,
    cA: template.ca !== undefined,
    ...(template.ca?.pathLength === undefined ? {} : { pathLenConstraint: template.ca.pathLength }),
  });
  // As a value: node-forge would compute it from the placeholder.
  extensions.push({ name: 'subjectKeyIdentifier', value: octetString(subjectKeyId(template.publicKey)) });
  const issuerKeyId = ca && readSubjectKeyId(ca);
  if (issuerKeyId !== undefined)
    extensions.push({ name: 'authorityKeyIdentifier', keyIdentifier: issuerKeyId.toString('binary') });
  // A CA is known by its name, not by hosts; addresses stay, as in cfssl's FillTemplate.
  const names = template.ca === undefined ? template.names : { ...sanless, ip: template.names.ip };
  const alternative = alternativeNames(names);
  if (alternative !== undefined) extensions.push(alternative);
  certificate.setExtensions(extensions);

  const tbs = encoding.getTBSCertificate(certificate);
  const parts = partsOf(tbs);
  parts[tbsPlace.signature] = algorithmIdentifier(issuer.key);
  if (ca !== undefined) parts[tbsPlace.issuer] = fromDer(ca.subject);
  parts[tbsPlace.publicKey] = fromDer(publicKeyToDer(template.publicKey));
  return sealed('CERTIFICATE', tbs, issuer.key);
}
