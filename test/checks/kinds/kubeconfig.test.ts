import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { makeCertificate, testAuthority, testKey } from '../certificates.ts';
import { testKind, type World } from '../fake-context.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const spec = {
  path: 'admin.kubeconfig',
  cluster: 'kubernetes-the-hard-way',
  server: 'https://127.0.0.1:6443',
  ca: 'ca.pem',
  user: 'admin',
  cn: 'admin',
  o: ['system:masters'],
};

interface Parts {
  readonly cluster?: Record<string, string>;
  readonly clusterName?: string;
  readonly user?: Record<string, string>;
  readonly userName?: string;
  readonly context?: Record<string, string>;
  readonly current?: string;
}

function kubeconfig(parts: Parts = {}): World {
  const ca = testAuthority();
  const admin = makeCertificate({ cn: 'admin', o: ['system:masters'], by: ca });
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: parts.clusterName ?? 'kubernetes-the-hard-way',
        cluster: parts.cluster ?? {
          server: 'https://127.0.0.1:6443',
          'certificate-authority-data': base64(ca.pem),
        },
      },
    ],
    users: [
      {
        name: parts.userName ?? 'admin',
        user: parts.user ?? {
          'client-certificate-data': base64(admin.pem),
          'client-key-data': base64(admin.keyPem),
        },
      },
    ],
    contexts: [
      {
        name: 'default',
        context: parts.context ?? {
          cluster: parts.clusterName ?? 'kubernetes-the-hard-way',
          user: parts.userName ?? 'admin',
        },
      },
    ],
    'current-context': parts.current ?? 'default',
  });
  return { files: { 'ca.pem': ca.pem, 'admin.kubeconfig': text } };
}

describe('the kubeconfig check', () => {
  const { passes, fails } = testKind('kubeconfig');
  const wrong = (parts: Parts, reason: string, message: string | RegExp) =>
    fails(spec, kubeconfig(parts), reason, message);
  const user = (certificate: { pem: string; keyPem: string }, key = certificate.keyPem) => ({
    'client-certificate-data': base64(certificate.pem),
    'client-key-data': base64(key),
  });

  it('passes what kubectl config writes', () => passes(spec, kubeconfig()));
  it('tells a file that is none', async () => {
    await fails(spec, {}, 'missing', 'admin.kubeconfig: it does not exist.');
    await fails(
      spec,
      { files: { 'admin.kubeconfig': 'kind: Pod' } },
      'not-a-kubeconfig',
      'admin.kubeconfig: its kind is Pod, not Config.',
    );
    await fails({ ...spec, on: 'worker-0' }, { states: { 'worker-0': 'off' } }, 'machine-off', /off/);
    await fails({ ...spec, on: 'worker-0' }, { states: { 'worker-0': 'missing' } }, 'machine-missing', /yet/);
  });
  it('looks at names and context', async () => {
    await wrong(
      { current: '' },
      'no-current-context',
      'admin.kubeconfig: no context is chosen, so kubectl would talk to localhost:8080.',
    );
    await wrong(
      { current: 'other' },
      'wrong-context',
      'admin.kubeconfig: the current context other is not defined in the file.',
    );
    await wrong(
      { clusterName: 'kubernetes' },
      'wrong-cluster-name',
      'admin.kubeconfig: the cluster is named kubernetes, and kubernetes-the-hard-way is wanted.',
    );
    await wrong(
      { userName: 'root' },
      'wrong-user-name',
      'admin.kubeconfig: the user is named root, and admin is wanted.',
    );
    await wrong(
      { context: { cluster: 'kubernetes-the-hard-way', user: 'nobody' } },
      'wrong-user-name',
      'admin.kubeconfig: the context names the user nobody, which the file does not define.',
    );
  });
  it('looks at the server and its CA', async () => {
    const data = base64(testAuthority().pem);
    await fails(
      { ...spec, server: 'https://10.240.0.40:6443' },
      kubeconfig(),
      'wrong-server',
      'admin.kubeconfig: the server is https://127.0.0.1:6443, and https://10.240.0.40:6443 is wanted: 127.0.0.1 is right only on a controller, where an API server listens.',
    );
    await wrong(
      { cluster: { server: spec.server, 'certificate-authority': 'ca.pem' } },
      'ca-not-embedded',
      /^admin\.kubeconfig: the CA's certificate is not embedded/,
    );
    await wrong(
      { cluster: { server: spec.server, 'certificate-authority-data': 'abc' } },
      'not-a-certificate',
      /^admin\.kubeconfig: the CA that is embedded is no certificate/,
    );
    const other = makeCertificate({ cn: 'Kubernetes', ca: true, key: testKey(1) });
    await wrong(
      { cluster: { server: spec.server, 'certificate-authority-data': base64(other.pem) } },
      'wrong-ca',
      /^admin\.kubeconfig: the embedded CA is not ca\.pem/,
    );
    await passes(
      { path: 'admin.kubeconfig' },
      kubeconfig({ cluster: { server: 'https://x', 'certificate-authority-data': data } }),
    );
  });
  it('looks at the credentials', async () => {
    const ca = testAuthority();
    await wrong(
      { user: { 'client-certificate': 'admin.pem' } },
      'certificate-not-embedded',
      /^admin\.kubeconfig: the client certificate is not embedded/,
    );
    await wrong(
      { user: { 'client-certificate-data': base64('x'), 'client-key-data': base64('y') } },
      'not-a-certificate',
      /^admin\.kubeconfig: what is embedded does not parse: the file is not PEM/,
    );
    const admin = makeCertificate({ cn: 'admin', o: ['system:masters'], by: ca });
    const foreign = makeCertificate({ cn: 'x', by: ca, key: testKey(1) });
    await wrong(
      { user: user(admin, foreign.keyPem) },
      'key-mismatch',
      'admin.kubeconfig: the embedded key does not belong to the embedded certificate.',
    );
    await wrong(
      { user: user(makeCertificate({ cn: 'Admin', o: ['system:masters'], by: ca })) },
      'wrong-cn',
      /^admin\.kubeconfig: the certificate says Admin, and admin is wanted: the API server goes by the certificate/,
    );
    await wrong(
      { user: user(makeCertificate({ cn: 'admin', o: ['masters'], by: ca })) },
      'wrong-o',
      'admin.kubeconfig: the certificate does not put admin into the group system:masters.',
    );
  });

  const holds = (content: string): World => ({
    files: { ...kubeconfig().files, 'admin.kubeconfig': content },
  });
  it('tells what else the file may hold', async () => {
    const cases = [
      ['', 'admin.kubeconfig: it is empty.'],
      ['- a\n- b\n', 'admin.kubeconfig: it holds no mapping.'],
      ['\x00\x01\x02', /^admin\.kubeconfig: it /],
      ['apiVersion: v1\n', 'admin.kubeconfig: its kind is undefined, not Config.'],
      ['a: [', /^admin\.kubeconfig: it is not YAML: /],
      ['a: 1\n---\nb: 2\n', /^admin\.kubeconfig: it is not YAML: /],
    ] as const;
    for (const [content, message] of cases) await fails(spec, holds(content), 'not-a-kubeconfig', message);
    const { fix } = await fails(
      spec,
      { folders: ['admin.kubeconfig'] },
      'missing',
      'admin.kubeconfig: it is a folder, and a file is wanted.',
    );
    expect(fix.remedy).toContain('rm -r admin.kubeconfig');
  });
  it('reads JSON too, and lists that are none as empty', async () => {
    const yaml = String(kubeconfig().files!['admin.kubeconfig']);
    await passes(spec, holds(JSON.stringify(parse(yaml))));
    await fails(
      spec,
      holds('kind: Config\ncurrent-context: default\nclusters: none\nusers: 3\ncontexts: {}\n'),
      'wrong-context',
      'admin.kubeconfig: the current context default is not defined in the file.',
    );
  });
  it('tells a token, or files on this computer, from an embedded pair', async () => {
    await wrong(
      { user: { token: 'secret' } },
      'certificate-not-embedded',
      'admin.kubeconfig: the client certificate is not embedded: on another machine the path would lead nowhere.',
    );
    const admin = makeCertificate({ cn: 'admin', by: testAuthority() });
    const { found } = await fails(
      spec,
      kubeconfig({ user: { 'client-certificate-data': base64(admin.pem), 'client-key': 'admin-key.pem' } }),
      'certificate-not-embedded',
      /the client key is not embedded/,
    );
    expect(found).toBe('nothing');
  });
  it('says when there is no CA to compare with', async () => {
    const { files } = kubeconfig();
    await fails(
      spec,
      { files: { 'admin.kubeconfig': files!['admin.kubeconfig']! } },
      'wrong-ca',
      'admin.kubeconfig: whether the embedded CA is the right one cannot be told: ca.pem is not in the workspace any more.',
    );
  });
  it('looks at the file on the machine that uses it', async () => {
    const { files } = kubeconfig();
    const there = { ...spec, on: 'controller-0', path: '/root/admin.kubeconfig' };
    const copy = { '/root/admin.kubeconfig': files!['admin.kubeconfig']! };
    await passes(there, { files: files!, machineFiles: { 'controller-0': copy } });
    await fails(
      there,
      { files: files! },
      'missing',
      'controller-0:/root/admin.kubeconfig: it does not exist.',
    );
  });
  it('looks whether the API server would believe the certificate, and today', async () => {
    const ca = testAuthority();
    const admin = { cn: 'admin', o: ['system:masters'] };
    const again = makeCertificate({ cn: 'Kubernetes', o: ['Kubernetes'], ca: true, key: testKey(1) });
    const other = makeCertificate({ cn: 'Other', ca: true, key: testKey(1) });
    for (const by of [again, other])
      await wrong(
        { user: user(makeCertificate({ ...admin, by })) },
        'untrusted',
        'admin.kubeconfig: the certificate in it was not signed by ca.pem: the API server does not believe it, and takes whoever shows it for nobody.',
      );
    await wrong(
      { user: user(makeCertificate({ ...admin, by: ca, fromDay: -9, untilDay: -1 })) },
      'expired',
      'admin.kubeconfig: the certificate in it ran out on 2026-11-20 00:00: a certificate that was made anew must be set here again.',
    );
    await wrong(
      { user: user(makeCertificate({ ...admin, by: ca, fromDay: 1 })) },
      'expired',
      /^admin\.kubeconfig: the certificate in it is valid only from 2026-11-22 00:00/,
    );
    // A CA that is broken itself is the business of another check.
    const { files } = kubeconfig();
    await fails(spec, { files: { ...files, 'ca.pem': 'x' } }, 'wrong-ca', /the embedded CA is not ca\.pem/);
  });
  it('tells all that is wrong, each with what to do', async () => {
    const result = await fails(
      { ...spec, server: 'https://10.240.0.40:6443', cn: 'root', o: ['a', 'b'] },
      kubeconfig({ current: '' }),
      'no-current-context',
      /no context is chosen/,
    );
    expect(result.fix.remedy).toBe('kubectl config use-context default --kubeconfig=admin.kubeconfig');
    expect(result.also.map(({ reason }) => reason)).toEqual([
      'wrong-server',
      'wrong-cn',
      'wrong-o',
      'wrong-o',
    ]);
    for (const { where, remedy } of result.also) expect([where, remedy]).not.toContain('');
  });
});
