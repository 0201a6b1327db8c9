import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { issueCertificate, type KeyUsage } from '../../src/pki/issue.ts';
import { privateKeyToPem } from '../../src/pki/keys.ts';
import { sortHosts } from '../../src/pki/request.ts';
import { nowMs } from './fake-context.ts';

/** A few keys for a whole test file: making them is the slow part. */
const keys: KeyObject[] = [];
export function testKey(index: number, bits = 2048): KeyObject {
  keys[index] ??= generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
  return keys[index];
}

const dayMs = 86_400_000;

export interface TestCertificate {
  readonly cn: string;
  readonly o?: readonly string[];
  readonly hosts?: readonly string[];
  readonly key?: KeyObject;
  readonly ca?: boolean;
  readonly usage?: readonly KeyUsage[];
  readonly extUsage?: readonly string[];
  readonly fromDay?: number;
  readonly untilDay?: number;
  /** The issuer's certificate and key; without it the certificate signs itself. */
  readonly by?: { readonly pem: string; readonly key: KeyObject };
}

export interface MadeCertificate {
  readonly pem: string;
  readonly keyPem: string;
  readonly key: KeyObject;
}

export function makeCertificate(options: TestCertificate): MadeCertificate {
  const key = options.key ?? testKey(0);
  const pem = issueCertificate(
    {
      subject: [
        ...(options.o ?? []).map((value) => ({ shortName: 'O', value })),
        { shortName: 'CN', value: options.cn },
      ],
      publicKey: createPublicKey(key),
      notBefore: new Date(nowMs + (options.fromDay ?? -1) * dayMs),
      notAfter: new Date(nowMs + (options.untilDay ?? 365) * dayMs),
      keyUsage:
        options.usage ?? (options.ca ? ['keyCertSign', 'cRLSign'] : ['digitalSignature', 'keyEncipherment']),
      extKeyUsage: options.extUsage ?? (options.ca ? [] : ['serverAuth', 'clientAuth']),
      ...(options.ca ? { ca: {} } : {}),
      names: sortHosts(options.hosts ?? []),
    },
    { certificatePem: options.by?.pem, key: options.by?.key ?? key },
  );
  return { pem, keyPem: privateKeyToPem(key), key };
}

let authority: MadeCertificate | undefined;
/** The CA of a test file. */
export function testAuthority(): MadeCertificate {
  authority ??= makeCertificate({ cn: 'Kubernetes', o: ['Kubernetes'], ca: true, key: testKey(9) });
  return authority;
}
