import { isIP } from 'node:net';
import type { Topology } from '../../machines/topology.ts';
import { type Certificate, normalizeAddress, verifyChain } from '../../pki/inspect.ts';
import { enumerate } from '../hosts.ts';
import { whySan } from '../san-reasons.ts';
import type { Finding } from '../types.ts';

export const contentReasons = {
  'wrong-issuer': 'another CA issued the certificate',
  'stale-ca': 'the CA was made again after it signed the certificate',
  'issuer-not-ca': 'what should be the CA may not sign certificates',
  'ca-expired': "the CA's own certificate has run out",
  expired: 'the certificate has run out',
  'not-yet-valid': 'the certificate begins in the future',
  'wrong-cn': 'the common name, which is the user name in Kubernetes, is not the right one',
  'missing-o': 'an organization, which is a group in Kubernetes, is missing',
  'extra-o': 'there is an organization that should not be there',
  'not-ca': 'the certificate should be a CA and is not',
  'unexpected-ca': 'the certificate is a CA and should not be',
  'missing-usage': 'a key usage is missing',
  'missing-san': 'a name or address by which the server is called is missing',
  'extra-san': 'there is a name or address that should not be there',
  'weak-key': 'the RSA key is too short',
} as const;
export type ContentReason = keyof typeof contentReasons;

export interface WantedCertificate {
  readonly where: string;
  readonly caWhere: string;
  readonly cn: string | undefined;
  /** Exactly these; undefined: not looked at. */
  readonly organizations: readonly string[] | undefined;
  readonly usages: readonly string[];
  readonly sans: readonly string[] | undefined;
  readonly allowExtraSans: boolean;
  readonly isCA: boolean;
  readonly minBits: number;
}

const day = (date: Date) => date.toISOString().slice(0, 16).replace('T', ' ');
const list = (items: readonly string[]) => (items.length === 0 ? 'none' : items.join(', '));

const usageMeaning: Readonly<Record<string, string>> = {
  serverAuth: 'clients would refuse it as the certificate of a server',
  clientAuth: 'servers would refuse it as the certificate of a client',
  keyCertSign: 'it may not sign other certificates',
  digitalSignature: 'TLS 1.3 signs its handshake with the key',
  keyEncipherment: 'TLS 1.2 may encrypt its secrets to the key',
};

function chain(
  certificate: Certificate,
  ca: Certificate,
  wanted: WantedCertificate,
  nowMs: number,
): Finding<ContentReason>[] {
  const { where, caWhere } = wanted;
  const problem = verifyChain(certificate, ca, nowMs);
  switch (problem) {
    case undefined:
      return [];
    case 'issuer-name':
      return [
        {
          reason: 'wrong-issuer',
          message: `${where} was issued by ${certificate.issuer.CN ?? 'a CA without a name'}, not by ${caWhere}: nobody in the cluster trusts that CA.`,
          expected: `issuer ${ca.subject.CN ?? '(no CN)'}`,
          found: `issuer ${certificate.issuer.CN ?? '(no CN)'}`,
          where,
          remedy: `sign it with the key of ${caWhere}`,
        },
      ];
    case 'signature':
      return [
        {
          reason: 'stale-ca',
          message: `${where} names the right CA, but the key in ${caWhere} did not sign it: the CA was made again afterwards, and every certificate of the old one is void.`,
          expected: `a signature by ${caWhere}`,
          found: 'a signature by another key',
          where,
          remedy: 'make this certificate again, and all others of the old CA',
        },
      ];
    case 'ca-not-a-ca':
      return [
        {
          reason: 'issuer-not-ca',
          message: `${caWhere} is not a CA: its basic constraints do not allow it to sign, so what it signed is not believed.`,
          expected: 'basic constraints CA:TRUE',
          found: 'CA:FALSE',
          where: caWhere,
          remedy: 'make the CA again (cfssl gencert -initca)',
        },
      ];
    case 'ca-expired':
      return [
        {
          reason: 'ca-expired',
          message: `${caWhere} ran out on ${day(ca.notAfter)}: all that it signed is void with it.`,
          expected: 'a CA that is valid today',
          found: `valid until ${day(ca.notAfter)}`,
          where: caWhere,
          remedy: 'make the CA and its certificates again',
        },
      ];
  }
}

function dates(certificate: Certificate, where: string, nowMs: number): Finding<ContentReason>[] {
  const { notBefore, notAfter } = certificate;
  const found = `${day(notBefore)} to ${day(notAfter)}`;
  const expected = `a range that holds ${day(new Date(nowMs))}`;
  if (notAfter.getTime() < nowMs)
    return [
      {
        reason: 'expired',
        message: `${where} ran out on ${day(notAfter)}: every handshake with it fails.`,
        expected,
        found,
        where,
        remedy: 'make the certificate again',
      },
    ];
  if (notBefore.getTime() > nowMs)
    return [
      {
        reason: 'not-yet-valid',
        message: `${where} is valid only from ${day(notBefore)}: the clock was wrong when it was made, or is wrong now.`,
        expected,
        found,
        where,
        remedy: 'set the clock, then make the certificate again',
      },
    ];
  return [];
}

function subject(certificate: Certificate, wanted: WantedCertificate): Finding<ContentReason>[] {
  const { where } = wanted;
  const findings: Finding<ContentReason>[] = [];
  const { CN, O } = certificate.subject;
  if (wanted.cn !== undefined && CN !== wanted.cn)
    findings.push({
      reason: 'wrong-cn',
      message: `${where} has the common name ${CN ?? '(none)'}, and ${wanted.cn} is wanted: Kubernetes takes it as the user's name.`,
      expected: `CN=${wanted.cn}`,
      found: `CN=${CN ?? ''}`,
      where,
      remedy: 'correct CN in the request and make the certificate again',
    });
  const organizations = wanted.organizations;
  if (organizations === undefined) return findings;
  const base = { expected: `O=${list(organizations)}`, found: `O=${list(O)}`, where };
  for (const name of organizations.filter((candidate) => !O.includes(candidate)))
    findings.push({
      ...base,
      reason: 'missing-o',
      message: `${where} lacks the organization ${name}: Kubernetes takes each O as a group, and without this group the permissions are missing.${
        O.includes(`system:${name}`) ? ` It has system:${name}: the prefix stands there twice.` : ''
      }`,
      remedy: 'correct O in the request and make the certificate again',
    });
  for (const name of O.filter((candidate) => !organizations.includes(candidate)))
    findings.push({
      ...base,
      reason: 'extra-o',
      message: `${where} has the organization ${name}, which is not wanted: it would put its user into a group of that name.`,
      remedy: 'correct O in the request and make the certificate again',
    });
  return findings;
}

function sans(
  certificate: Certificate,
  wanted: WantedCertificate,
  topology: Topology,
): Finding<ContentReason>[] {
  if (wanted.sans === undefined) return [];
  const { where } = wanted;
  const normal = (name: string) => (isIP(name) === 0 ? name.toLowerCase() : normalizeAddress(name));
  const have = [...certificate.sans.dns, ...certificate.sans.ip].map(normal);
  const want = wanted.sans.map(normal);
  const missing = want.filter((name) => !have.includes(name));
  const extra = have.filter((name) => !want.includes(name));
  const base = { expected: list(want), found: list(have), where };
  const what = (name: string) => (isIP(name) === 0 ? 'name' : 'address');
  const findings: Finding<ContentReason>[] = missing.map((name) => {
    const why = whySan(name, topology);
    return {
      ...base,
      reason: 'missing-san',
      message: `${where} lacks the ${what(name)} ${name}${why === undefined ? ': who calls by it refuses the certificate' : `: ${why}`}.`,
      remedy: `add ${name} to the hosts of the certificate and make it again`,
    };
  });
  if (wanted.allowExtraSans) return findings;
  for (const name of extra)
    findings.push({
      ...base,
      reason: 'extra-san',
      message: `${where} names ${name}, which is not wanted: whoever holds the key could pose as that ${what(name)}.`,
      remedy: `take ${name} out of the hosts of the certificate and make it again`,
    });
  return findings;
}

/** All that can be wrong in a certificate that parses, most basic first. `ca` undefined: the chain is not looked at. */
export function examineContent(
  certificate: Certificate,
  ca: Certificate | undefined,
  wanted: WantedCertificate,
  topology: Topology,
  nowMs: number,
): Finding<ContentReason>[] {
  const { where } = wanted;
  const findings = ca === undefined ? [] : chain(certificate, ca, wanted, nowMs);
  findings.push(...dates(certificate, where, nowMs), ...subject(certificate, wanted));
  if (wanted.isCA && !certificate.isCA)
    findings.push({
      reason: 'not-ca',
      message: `${where} is not a CA: no certificate signed with its key would be believed.`,
      expected: 'basic constraints CA:TRUE',
      found: 'CA:FALSE',
      where,
      remedy: 'make it with cfssl gencert -initca, or with basicConstraints CA:TRUE',
    });
  if (!wanted.isCA && certificate.isCA)
    findings.push({
      reason: 'unexpected-ca',
      message: `${where} is a CA and should not be: whoever holds its key could sign certificates for anyone.`,
      expected: 'basic constraints CA:FALSE',
      found: 'CA:TRUE',
      where,
      remedy: 'sign it with the profile kubernetes, not with -initca',
    });
  const usages = [...certificate.keyUsage, ...certificate.extKeyUsage];
  const lacking = wanted.usages.filter((usage) => !usages.includes(usage));
  if (lacking.length > 0)
    findings.push({
      reason: 'missing-usage',
      message: `${where} lacks the key usage ${enumerate(lacking)}: ${usageMeaning[lacking[0]!] ?? 'it cannot be used so'}.`,
      expected: list(wanted.usages),
      found: list(usages),
      where,
      remedy: 'sign it with the profile kubernetes (-profile=kubernetes)',
    });
  findings.push(...sans(certificate, wanted, topology));
  if (certificate.modulusBits !== undefined && certificate.modulusBits < wanted.minBits)
    findings.push({
      reason: 'weak-key',
      message: `${where} has an RSA key of ${certificate.modulusBits} bits: ${wanted.minBits} is the least that is wanted.`,
      expected: `at least ${wanted.minBits} bits`,
      found: `${certificate.modulusBits} bits`,
      where,
      remedy: 'make key and certificate again with a larger size',
    });
  return findings;
}
