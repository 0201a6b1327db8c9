import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseCertificateRequest } from '../../../../src/kube/api/certificate-request.ts';
import { issue, readAuthority } from '../../../../src/kube/controller-manager/certificates/issue.ts';
import { signers } from '../../../../src/kube/controller-manager/certificates/signers.ts';
import { createRequest, issueCertificate } from '../../../../src/pki/issue.ts';
import { privateKeyToPem } from '../../../../src/pki/keys.ts';

const now = Date.UTC(2026, 0, 1);
const year = 31_536_000_000;
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

function authority(
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
  notAfter: number,
) {
  const pem = issueCertificate(
    {
      subject: [{ shortName: 'CN', value: 'Kubernetes' }],
      publicKey,
      notBefore: new Date(now - year),
      notAfter: new Date(notAfter),
      keyUsage: ['keyCertSign'],
      extKeyUsage: [],
      ca: {},
      names: { dns: [], ip: [], email: [], uri: [] },
    },
    { certificatePem: undefined, key: privateKey },
  );
  return { pem, signing: readAuthority(pem, privateKeyToPem(privateKey)) };
}

function request(fields: { CN?: string; O?: string; hosts?: string[] } = {}) {
  const { CN = 'bob', O = 'dev', hosts = [] } = fields;
  const pem = createRequest(
    { CN, names: [{ O }], hosts, key: { algo: 'ecdsa', size: 256 } },
    curve('P-256').privateKey,
  );
  return parseCertificateRequest(Buffer.from(pem).toString('base64'));
}

describe('a certificate of the cluster’s authority', () => {
  it.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['P-256', curve('P-256')],
    ['P-384', curve('P-384')],
    ['P-521', curve('P-521')],
  ])('is what the request asks for, signed with %s', (_name, keys) => {
    const { pem, signing } = authority(keys, now + 10 * year);
    const asked = request({ hosts: ['web.example', '10.0.0.1'] });
    const usages = ['digital signature', 'key encipherment', 'client auth'];
    const issued = new X509Certificate(issue(asked, usages, signing, { now, durationMs: year }));
    const ca = new X509Certificate(pem);
    expect(issued.checkIssued(ca)).toBe(true);
    expect(issued.verify(ca.publicKey)).toBe(true);
    expect(issued.subject).toBe('O=dev\nCN=bob');
    expect(issued.subjectAltName).toBe('DNS:web.example, IP Address:10.0.0.1');
    expect(issued.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(issued.ca).toBe(false);
    expect(Date.parse(issued.validTo)).toBe(now + year);
  });

  it('ends no later than the authority', () => {
    const { signing } = authority(curve('P-256'), now + year);
    const issued = new X509Certificate(
      issue(request(), ['client auth'], signing, { now, durationMs: 2 * year }),
    );
    expect(Date.parse(issued.validTo)).toBe(now + year);
  });

  it('is readable after 2049', () => {
    const late = Date.UTC(2060, 0, 1);
    const { signing } = authority(curve('P-256'), late + year);
    const issued = new X509Certificate(
      issue(request(), ['client auth'], signing, { now: late, durationMs: 1000 }),
    );
    expect(Date.parse(issued.validTo)).toBe(late + 1000);
  });
});

const client = ['client auth', 'digital signature'];
const server = ['server auth', 'digital signature', 'key encipherment'];
const node = { CN: 'system:node:worker-0', O: 'system:nodes' };

it.each([
  ['kube-apiserver-client', {}, client, undefined],
  [
    'kube-apiserver-client',
    {},
    ['digital signature'],
    'missing required usage for client certificate: client auth',
  ],
  [
    'kube-apiserver-client',
    {},
    [...client, 'server auth'],
    'invalid usage for client certificate: server auth',
  ],
  ['kube-apiserver-client-kubelet', node, client, undefined],
  ['kube-apiserver-client-kubelet', {}, client, 'subject organization is not system:nodes'],
  [
    'kube-apiserver-client-kubelet',
    { ...node, CN: 'worker-0' },
    client,
    'subject common name does not begin',
  ],
  [
    'kube-apiserver-client-kubelet',
    { ...node, hosts: ['a.b'] },
    client,
    'DNS subjectAltNames are not allowed',
  ],
  ['kubelet-serving', { ...node, hosts: ['10.240.0.20'] }, server, undefined],
  ['kubelet-serving', node, server, 'DNS or IP subjectAltName is required'],
  ['kubelet-serving', { ...node, hosts: ['10.240.0.20'] }, client, 'usages did not match'],
])('the signer %s, asked by %j for %j, says %s', (signer, fields, usages, problem) => {
  const answer = signers[`kubernetes.io/${signer}`]!(request(fields), usages);
  if (problem === undefined) expect(answer).toBeUndefined();
  else expect(answer).toContain(problem);
});
