import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Certificate, keyMatches, parseCertificate, parsePrivateKey } from '../inspect.ts';
import { createRequest, issueCertificate, randomSerial } from '../issue.ts';
import { generateEcKey, generateRsaKey, keySize, privateKeyToPem } from '../keys.ts';
import { type CertificateRequest, sortHosts, subjectAttributes } from '../request.ts';
import { type Profile, resolveUsages } from './config.ts';
import { CfsslError, errorCodes } from './errors.ts';
import type { CfsslLog } from './io.ts';

/** The three texts that cfssl prints and cfssljson writes to files. */
export interface Issued {
  readonly cert?: string;
  readonly key?: string;
  readonly csr: string;
}

export interface CertificateAuthority {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

const refusedKey = (message: string) => new CfsslError(message, errorCodes.keyGeneration);

/** Models KeyRequest.Generate in csr/csr.go. */
async function generateKey(request: CertificateRequest): Promise<KeyObject> {
  const { algo, size } = request.key;
  switch (algo) {
    case 'rsa':
      if (size < 2048) throw refusedKey('RSA key is too weak');
      if (size > 8192) throw refusedKey('RSA key size too large');
      return await generateRsaKey(size);
    case 'ecdsa': {
      const key = await generateEcKey(size);
      if (key === undefined) throw refusedKey('invalid curve');
      return key;
    }
    case 'ed25519':
      throw refusedKey(
        'ed25519 keys are not supported: this cfssl makes keys of the kinds rsa (2048 to 8192) and ecdsa (256, 384 or 521)',
      );
    default:
      throw refusedKey('invalid algorithm');
  }
}

/** A key and a certificate request for it. Models csr.ParseRequest. */
export async function generateKeyAndRequest(
  request: CertificateRequest,
  log: CfsslLog,
): Promise<{ key: KeyObject; keyPem: string; csr: string }> {
  log('INFO', 'received CSR');
  log('INFO', `generating key: ${request.key.algo}-${request.key.size}`);
  const key = await generateKey(request);
  const csr = createRequest(request, key);
  log('INFO', 'encoded CSR');
  return { key, keyPem: privateKeyToPem(key), csr };
}

/** Reads and joins the two files of a CA. Throws CfsslError with upstream's codes. */
export function parseAuthority(certificatePem: string, keyPem: string): CertificateAuthority {
  if (!certificatePem.includes('-----BEGIN'))
    throw new CfsslError('Failed to decode certificate', errorCodes.certificateDecode);
  let certificate: Certificate;
  try {
    certificate = parseCertificate(certificatePem);
  } catch {
    throw new CfsslError('Failed to parse certificate', errorCodes.certificateParse);
  }
  return { certificate, key: parseAuthorityKey(keyPem) };
}

export function parseAuthorityKey(keyPem: string): KeyObject {
  if (!keyPem.includes('-----BEGIN'))
    throw new CfsslError('Failed to decode private key', errorCodes.keyDecode);
  if (keyPem.includes('ENCRYPTED'))
    throw new CfsslError('Private key is encrypted.', errorCodes.keyEncrypted);
  let key: KeyObject;
  try {
    key = parsePrivateKey(keyPem);
  } catch {
    throw new CfsslError('Failed to parse private key', errorCodes.keyParse);
  }
  // 0: neither RSA nor one of the curves of NIST.
  if (keySize(key) === 0)
    throw new CfsslError(
      `${key.asymmetricKeyType} keys are not supported: this cfssl signs with RSA and ECDSA (P-256, P-384, P-521) keys only`,
      errorCodes.keyAlgorithm,
    );
  return key;
}

/** Models Signer.Sign and FillTemplate of cfssl: the request says who, the profile says for what and how long. */
export function signCertificate(
  request: CertificateRequest,
  publicKey: KeyObject,
  hosts: readonly string[],
  profile: Profile,
  fallbackExpiryMs: number,
  issuer: CertificateAuthority | { readonly certificate: undefined; readonly key: KeyObject },
  nowMs: number,
  log: CfsslLog,
): string {
  const { keyUsage, extKeyUsage } = resolveUsages(profile.usages);
  if (keyUsage.length === 0 && extKeyUsage.length === 0)
    throw new CfsslError('Invalid policy: no key usage available', errorCodes.noKeyUsages);
  if (issuer.certificate !== undefined && !keyMatches(issuer.certificate, issuer.key))
    throw new CfsslError(
      "x509: provided PrivateKey doesn't match parent's PublicKey",
      errorCodes.certificateUnknown,
    );
  const minuteMs = 60_000;
  const notBefore = Math.round(nowMs / minuteMs) * minuteMs - profile.backdateMs;
  const serial = randomSerial();
  const certificate = issueCertificate(
    {
      subject: subjectAttributes(request),
      publicKey: publicKey.type === 'private' ? createPublicKey(publicKey) : publicKey,
      notBefore: new Date(notBefore),
      notAfter: new Date(notBefore + (profile.expiryMs || fallbackExpiryMs)),
      keyUsage,
      extKeyUsage,
      ...(profile.ca === undefined ? {} : { ca: profile.ca }),
      names: sortHosts(hosts),
    },
    { certificatePem: issuer.certificate?.pem, key: issuer.key },
    serial,
  );
  log('INFO', `signed certificate with serial number ${BigInt(`0x${serial}`)}`);
  return certificate;
}
