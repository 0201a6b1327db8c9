/**
 * Keys, certificate requests, certificates and looking into them.
 *
 *     X-csr.json ─request.ts─▶ CertificateRequest ─keys.ts─▶ key ─issue.ts─▶ request (PKCS #10)
 *                                                                               │
 *     ca-config.json ─cfssl/config.ts─▶ profile: expiry, usages ────────────────┤
 *     ca.pem, ca-key.pem ───────────────────────────────────────────────────────▼
 *                                                              issue.ts ─▶ certificate (X.509)
 *
 * A certificate binds a name to a public key and is believed because a CA signed it. All that Kubernetes knows of a
 * client is in the subject: CN is the user, each O a group. All that a client believes of a server is in the subject
 * alternative names: the address or name it dialled must be one of them.
 *
 * Work is split between two libraries: node-forge encodes names and extensions, Node's crypto makes the keys and the
 * signatures (signing.ts), RSA and ECDSA, because the same in JavaScript takes seconds. Looking into certificates (inspect.ts)
 * uses Node's crypto and a small DER reader, so it takes certificates of any tool and algorithm. The programs `cfssl` and `cfssljson`
 * that the course uses are in cfssl/.
 */
export {
  type Certificate,
  type ChainProblem,
  keyMatches,
  normalizeAddress,
  parseCertificate,
  parsePrivateKey,
  type Sans,
  type Subject,
  signatureOk,
  verifyChain,
} from './inspect.ts';
export { generateEcKey, generateRsaKey, privateKeyToPem, subjectKeyId } from './keys.ts';
