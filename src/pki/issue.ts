import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import forge from 'node-forge';
import { normalizeAddress } from './inspect.ts';
import { subjectKeyId } from './keys.ts';
import { type AlternativeNames, type CertificateRequest, sortHosts, subjectAttributes } from './request.ts';

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

// node-forge encodes; its own signing and key generation are pure JavaScript and slow, so Node's crypto signs.
// These two functions exist in node-forge and are missing in its types.
const encoding = forge.pki as typeof forge.pki & {
  getTBSCertificate(certificate: forge.pki.Certificate): forge.asn1.Asn1;
  getCertificationRequestInfo(request: forge.pki.CertificateSigningRequest): forge.asn1.Asn1;
};

interface Signable {
  signatureOid: string;
  siginfo: { algorithmOid: string };
  signature: string;
}

/** The hash grows with the key. Models DefaultSigAlgo in cfssl's signer. */
function hashFor(key: KeyObject): { name: string; oid: string } {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 2048;
  if (bits >= 4096) return { name: 'sha512', oid: forge.pki.oids.sha512WithRSAEncryption! };
  if (bits >= 3072) return { name: 'sha384', oid: forge.pki.oids.sha384WithRSAEncryption! };
  return { name: 'sha256', oid: forge.pki.oids.sha256WithRSAEncryption! };
}

const toForgeKey = (key: KeyObject) =>
  forge.pki.publicKeyFromPem(
    (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'pem' }).toString(),
  );

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

function signInfo(target: Signable, info: () => forge.asn1.Asn1, key: KeyObject): void {
  const hash = hashFor(key);
  target.signatureOid = hash.oid;
  target.siginfo.algorithmOid = hash.oid;
  const der = Buffer.from(forge.asn1.toDer(info()).getBytes(), 'binary');
  target.signature = sign(hash.name, der, key).toString('binary');
}

/** node-forge ends lines as RFC 7468 allows, with CR LF; every tool around here writes LF. */
const unixLines = (pem: string) => pem.replaceAll('\r\n', '\n');

/** A certificate request (PKCS #10) in PEM, signed by the key. */
export function createRequest(request: CertificateRequest, key: KeyObject): string {
  const csr = forge.pki.createCertificationRequest();
  csr.publicKey = toForgeKey(key);
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
  const signable = csr as unknown as Signable & { certificationRequestInfo: forge.asn1.Asn1 };
  signInfo(
    signable,
    () => {
      signable.certificationRequestInfo = encoding.getCertificationRequestInfo(csr);
      return signable.certificationRequestInfo;
    },
    key,
  );
  return unixLines(forge.pki.certificationRequestToPem(csr));
}

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
    issuer.certificatePem === undefined ? undefined : forge.pki.certificateFromPem(issuer.certificatePem);
  certificate.publicKey = toForgeKey(template.publicKey);
  certificate.serialNumber = serial;
  certificate.validity.notBefore = template.notBefore;
  certificate.validity.notAfter = template.notAfter;
  const subject = attributes(template.subject);
  certificate.setSubject(subject);
  if (ca === undefined) certificate.setIssuer(subject);
  else certificate.setIssuer(ca.subject.attributes);

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
  extensions.push({
    name: 'subjectKeyIdentifier',
    subjectKeyIdentifier: subjectKeyId(template.publicKey).toString('hex'),
  });
  const issuerKeyId = ca?.getExtension('subjectKeyIdentifier') as
    | { subjectKeyIdentifier?: string }
    | undefined;
  if (issuerKeyId?.subjectKeyIdentifier !== undefined)
    extensions.push({
      name: 'authorityKeyIdentifier',
      keyIdentifier: forge.util.hexToBytes(issuerKeyId.subjectKeyIdentifier),
    });
  // A CA is known by its name, not by hosts; addresses stay, as in cfssl's FillTemplate.
  const names = template.ca === undefined ? template.names : { ...sanless, ip: template.names.ip };
  const alternative = alternativeNames(names);
  if (alternative !== undefined) extensions.push(alternative);
  certificate.setExtensions(extensions);

  const signable = certificate as unknown as Signable & { tbsCertificate: forge.asn1.Asn1 };
  signInfo(
    signable,
    () => {
      signable.tbsCertificate = encoding.getTBSCertificate(certificate);
      return signable.tbsCertificate;
    },
    issuer.key,
  );
  return unixLines(forge.pki.certificateToPem(certificate));
}
