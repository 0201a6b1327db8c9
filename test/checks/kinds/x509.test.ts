import { describe, expect, it } from 'vitest';
import { makeCertificate, type TestCertificate, testAuthority, testKey } from '../certificates.ts';
import { testKind, type World } from '../fake-context.ts';

const { passes, fails } = testKind('x509');
const sans = ['10.32.0.1', '127.0.0.1', 'kubernetes', 'kubernetes.default.svc.cluster.local'];
const spec = {
  cert: 'kubernetes.pem',
  key: 'kubernetes-key.pem',
  ca: 'ca.pem',
  cn: 'kubernetes',
  o: ['Kubernetes'],
  usages: ['digitalSignature', 'serverAuth', 'clientAuth'],
  sans,
};
const usual: TestCertificate = { cn: 'kubernetes', o: ['Kubernetes'], hosts: sans };

function world(options: Partial<TestCertificate> = {}, files: World['files'] = {}): World {
  const ca = testAuthority();
  const made = makeCertificate({ by: ca, ...usual, ...options });
  return {
    files: {
      'ca.pem': ca.pem,
      'kubernetes.pem': made.pem,
      'kubernetes-key.pem': { content: made.keyPem, mode: 0o600 },
      ...files,
    },
  };
}
const without = (name: string): World => {
  const files = { ...world().files };
  delete files[name];
  return { files };
};

describe('the x509 check', () => {
  it('passes a certificate as cfssl makes it', () => passes(spec, world()));
  it('passes a CA that signs itself', () => {
    const ca = testAuthority();
    return passes(
      { cert: 'ca.pem', key: 'ca-key.pem', ca: 'ca.pem', isCA: true, usages: ['keyCertSign'] },
      { files: { 'ca.pem': ca.pem, 'ca-key.pem': { content: ca.keyPem, mode: 0o400 } } },
    );
  });
  it('takes SANs as one text with commas, in any order, and more of them where that is allowed', () =>
    passes({ ...spec, sans: '127.0.0.1, 10.32.0.1', extraSans: 'allow' }, world()));

  it('tells which file is missing', async () => {
    await fails(
      spec,
      without('kubernetes.pem'),
      'missing-certificate',
      'kubernetes.pem does not exist: the certificate is missing.',
    );
    await fails(
      spec,
      without('kubernetes-key.pem'),
      'missing-key',
      'kubernetes-key.pem does not exist: the private key is missing.',
    );
    await fails(
      spec,
      without('ca.pem'),
      'missing-ca',
      "ca.pem does not exist: the CA's certificate is missing.",
    );
  });
  it('tells what is not PEM, or of another sort', async () => {
    await fails(
      spec,
      world({}, { 'kubernetes.pem': '' }),
      'not-a-certificate',
      'kubernetes.pem is not a certificate: the file is empty.',
    );
    await fails(
      spec,
      world({}, { 'kubernetes-key.pem': { content: testAuthority().pem, mode: 0o600 } }),
      'not-a-key',
      'kubernetes-key.pem is not a private key: the file holds a CERTIFICATE, not a PRIVATE KEY.',
    );
    await fails(
      spec,
      world({}, { 'ca.pem': 'hello' }),
      'not-a-ca-certificate',
      /^ca\.pem is not a CA's certificate: the file is not PEM: it begins with "hello"/,
    );
  });
  it('tells a key of another run', () =>
    fails(
      spec,
      world(
        {},
        {
          'kubernetes-key.pem': {
            content: makeCertificate({ ...usual, key: testKey(1) }).keyPem,
            mode: 0o600,
          },
        },
      ),
      'key-mismatch',
      'kubernetes-key.pem is not the key of kubernetes.pem: they come from different runs, and no server starts with such a pair.',
    ));

  it('tells another CA from the same CA made again', async () => {
    const other = makeCertificate({ cn: 'Other', ca: true, key: testKey(1) });
    await fails(
      spec,
      world({ by: other }),
      'wrong-issuer',
      'kubernetes.pem was issued by Other, not by ca.pem: nobody in the cluster trusts that CA.',
    );
    const again = makeCertificate({ cn: 'Kubernetes', o: ['Kubernetes'], ca: true, key: testKey(1) });
    await fails(
      spec,
      world({ by: again }),
      'stale-ca',
      /^kubernetes\.pem names the right CA, but the key in ca\.pem did not sign it: the CA was made again afterwards/,
    );
  });
  it('tells a CA that is none, or has run out', async () => {
    const none = makeCertificate({ cn: 'Kubernetes', key: testKey(9) });
    await fails(
      spec,
      world({ by: none }, { 'ca.pem': none.pem }),
      'issuer-not-ca',
      /^ca\.pem is not a CA: its basic constraints do not allow it to sign/,
    );
    const old = makeCertificate({ cn: 'Kubernetes', ca: true, key: testKey(9), fromDay: -10, untilDay: -2 });
    await fails(
      spec,
      world({ by: old }, { 'ca.pem': old.pem }),
      'ca-expired',
      'ca.pem ran out on 2026-11-19 00:00: all that it signed is void with it.',
    );
  });
  it('looks at the dates', async () => {
    await fails(
      spec,
      world({ fromDay: -9, untilDay: -1 }),
      'expired',
      'kubernetes.pem ran out on 2026-11-20 00:00: every handshake with it fails.',
    );
    await fails(
      spec,
      world({ fromDay: 1 }),
      'not-yet-valid',
      /^kubernetes\.pem is valid only from 2026-11-22 00:00: the clock was wrong/,
    );
  });
  it('looks at the subject', async () => {
    await fails(
      spec,
      world({ cn: 'kubernets' }),
      'wrong-cn',
      "kubernetes.pem has the common name kubernets, and kubernetes is wanted: Kubernetes takes it as the user's name.",
    );
    await fails(
      spec,
      world({ o: ['Kubernetes', 'system:masters'] }),
      'extra-o',
      'kubernetes.pem has the organization system:masters, which is not wanted: it would put its user into a group of that name.',
    );
  });
  it("recognizes the scheduler's doubled group", () =>
    fails(
      { cert: 'kubernetes.pem', o: ['system:kube-scheduler'] },
      world({ o: ['system:system:kube-scheduler'] }),
      'missing-o',
      'kubernetes.pem lacks the organization system:kube-scheduler: Kubernetes takes each O as a group, and without this group the permissions are missing. It has system:system:kube-scheduler: the prefix stands there twice.',
    ));
  it('looks at what the certificate may be used for', async () => {
    await fails(
      spec,
      world({ extUsage: ['clientAuth'] }),
      'missing-usage',
      'kubernetes.pem lacks the key usage serverAuth: clients would refuse it as the certificate of a server.',
    );
    await fails(
      spec,
      world({ ca: true, usage: ['digitalSignature', 'keyCertSign'], extUsage: ['serverAuth', 'clientAuth'] }),
      'unexpected-ca',
      /^kubernetes\.pem is a CA and should not be/,
    );
    await fails(
      { cert: 'kubernetes.pem', isCA: true },
      world(),
      'not-ca',
      /^kubernetes\.pem is not a CA: no certificate signed with its key/,
    );
  });
  it('says who calls by a missing address or name', async () => {
    await fails(
      spec,
      world({ hosts: sans.slice(1) }),
      'missing-san',
      'kubernetes.pem lacks the address 10.32.0.1: pods reach the API server by it, as the Service kubernetes; they would refuse the certificate.',
    );
    await fails(
      { ...spec, sans: [...sans, '10.240.0.40', '10.240.0.11'] },
      world(),
      'missing-san',
      'kubernetes.pem lacks the address 10.240.0.40: it is the load balancer: kubelets, kube-proxy and your own kubectl reach the API server by it.',
    );
    const result = await fails(
      spec,
      world({ hosts: [...sans.slice(0, 3), 'kubernetes.svc.cluster.local'] }),
      'missing-san',
      'kubernetes.pem lacks the name kubernetes.default.svc.cluster.local: clients inside the cluster may call the API server by this name in full.',
    );
    const [extra] = result.also;
    if (extra?.reason !== 'extra-san') throw new Error('the wrong name is not reported as one too many');
  });
  it('refuses a short key', () =>
    fails(
      spec,
      world({ key: testKey(2, 1024) }),
      'weak-key',
      'kubernetes.pem has an RSA key of 1024 bits: 2048 is the least that is wanted.',
    ));
  it('looks at the mode of the key', () => {
    const files = world().files!;
    const key = files['kubernetes-key.pem'] as { content: string };
    return fails(
      spec,
      { files: { ...files, 'kubernetes-key.pem': { ...key, mode: 0o644 } } },
      'key-mode',
      'kubernetes-key.pem has mode 0644: whoever can read a private key can act in its name.',
    );
  });
  it('looks at machines, and tells when it cannot', async () => {
    const { files } = world();
    await passes(
      { ...spec, on: 'controller-0' },
      { machineFiles: { 'controller-0': files as Record<string, string> } },
    );
    const { fix } = await fails(
      { ...spec, on: 'controller-0' },
      { machineFiles: { 'controller-0': {} } },
      'missing-certificate',
      'controller-0:kubernetes.pem does not exist: the certificate is missing.',
    );
    expect(fix.remedy).toBe('copy it to controller-0 again with the commands of this step');
    await fails(
      { ...spec, on: 'controller-0' },
      { states: { 'controller-0': 'off' } },
      'machine-off',
      'controller-0 is switched off: nothing that should run on it can be seen.',
    );
    await fails(
      { ...spec, on: 'controller-0' },
      { states: { 'controller-0': 'missing' } },
      'machine-missing',
      'The machine controller-0 does not exist yet.',
    );
  });

  it('tells a folder from a missing file, for each of the three', async () => {
    const cases = [
      ['kubernetes.pem', 'missing-certificate', 'the certificate'],
      ['kubernetes-key.pem', 'missing-key', 'the private key'],
      ['ca.pem', 'missing-ca', "the CA's certificate"],
    ] as const;
    for (const [path, reason, what] of cases) {
      const { fix } = await fails(
        spec,
        { ...world(), folders: [path] },
        reason,
        `${path} is a folder, and a file is wanted: ${what} is missing.`,
      );
      expect(fix.remedy).toContain(`rm -r ${path}`);
    }
  });
  it('tells what else a file may hold', async () => {
    const certificate = (content: string) => world({}, { 'kubernetes.pem': content });
    const key = (content: string) => world({}, { 'kubernetes-key.pem': { content, mode: 0o600 } });
    const cases = [
      [certificate('\n'), 'not-a-certificate', 'the file is empty'],
      [certificate('0\ufffd\u0003X0'), 'not-a-certificate', 'the file is DER, the binary form, not PEM'],
      [
        certificate('\x7fELF\x02'),
        'not-a-certificate',
        'the file is not PEM: it begins with "\x7fELF\\u0002"',
      ],
      [
        certificate(testAuthority().keyPem),
        'not-a-certificate',
        'the file holds a RSA PRIVATE KEY, not a CERTIFICATE',
      ],
      [
        certificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
        'not-a-certificate',
        'the certificate does not parse',
      ],
      [
        certificate('x'.repeat(1024 * 1024)),
        'not-a-certificate',
        'the file is not PEM: it begins with "xxxx',
      ],
      [key(''), 'not-a-key', 'the file is empty'],
      [key('-----BEGIN ENCRYPTED PRIVATE KEY-----\n'), 'not-a-key', 'the private key is encrypted'],
      [
        key('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
        'not-a-key',
        'the private key does not parse',
      ],
    ] as const;
    for (const [files, reason, says] of cases) {
      const { message } = await fails(spec, files, reason, / is not a /);
      expect(message).toContain(says);
    }
  });
  it('does not mind how the PEM is written', async () => {
    const { files } = world();
    const pem = String(files!['kubernetes.pem']);
    await passes(spec, world({}, { 'kubernetes.pem': pem.replaceAll('\n', '\r\n') }));
    await passes(spec, world({}, { 'kubernetes.pem': `Certificate:\n    Data:\n${pem}` }));
    await passes(spec, world({}, { 'kubernetes.pem': `${pem}${testAuthority().pem}` }));
    const pkcs8 = testKey(0).export({ type: 'pkcs8', format: 'pem' }).toString();
    await passes(spec, world({}, { 'kubernetes-key.pem': { content: pkcs8, mode: 0o400 } }));
  });
  it('goes by the bits that others have, whatever the owner has', async () => {
    const { content } = world().files!['kubernetes-key.pem'] as { content: string };
    for (const mode of [0o400, 0o600])
      await passes(spec, world({}, { 'kubernetes-key.pem': { content, mode } }));
    for (const mode of [0o640, 0o604, 0o700, 0o777]) {
      const result = await fails(
        spec,
        world({}, { 'kubernetes-key.pem': { content, mode } }),
        'key-mode',
        /has mode 0/,
      );
      expect(result.fix.remedy).toBe('chmod 0600 kubernetes-key.pem');
    }
  });
  it('tells all that is wrong, the most basic first', async () => {
    const result = await fails(
      spec,
      world({ cn: 'x', hosts: [], fromDay: -9, untilDay: -1, extUsage: [] }),
      'expired',
      /ran out/,
    );
    expect(result.also.map(({ reason }) => reason)).toEqual([
      'wrong-cn',
      'missing-usage',
      ...sans.map(() => 'missing-san'),
    ]);
  });
  it('compares addresses, not their spelling', async () => {
    await passes(
      { cert: 'kubernetes.pem', sans: ['fd00::1', 'KUBERNETES'] },
      world({ hosts: ['fd00:0::1', 'kubernetes'] }),
    );
  });
  it('speaks of the machines that the topology has', async () => {
    const lacks = (address: string, topology: string, why: string) =>
      fails(
        { cert: 'kubernetes.pem', sans: [address] },
        { ...world({ hosts: [] }), topology },
        'missing-san',
        `kubernetes.pem lacks the address ${address}: ${why}.`,
      );
    await lacks(
      '10.240.0.11',
      'hard-way',
      'controller-1 has this address: the other etcd members and the API servers reach it there',
    );
    await lacks('10.240.0.10', 'small', 'the API server reaches etcd on controller-0 by it');
    await lacks('10.240.0.10', 'single', 'the API server reaches etcd and the kubelet of node-0 by it');
    await lacks(
      '10.240.0.20',
      'hard-way',
      'the API server reaches the kubelet of worker-0 by it, for logs and exec',
    );
    await lacks('192.0.2.1', 'hard-way', 'who calls by it refuses the certificate');
  });
});
