import { describe, it } from 'vitest';
import { testKind } from './fake-context.ts';

const program = (name: string) => `#!/bin/sh\n# k8s-lab program: ${name} 0.1.0\nexec node x\n`;

describe('the file check', () => {
  const { passes, fails } = testKind('file');
  it('passes what is as wanted', async () => {
    await passes(
      { path: 'a.txt', mode: '0600', contains: 'x' },
      { files: { 'a.txt': { content: 'x\n', mode: 0o600 } } },
    );
    await passes(
      { path: '/usr/local/bin/etcd', on: 'controllers', program: 'etcd' },
      {
        machineFiles: Object.fromEntries(
          [0, 1, 2].map((n) => [
            `controller-${n}`,
            { '/usr/local/bin/etcd': { content: program('etcd'), mode: 0o755 } },
          ]),
        ),
      },
    );
    await passes(
      { path: '/var/lib/etcd', on: 'controller-0', type: 'directory' },
      { folders: ['/var/lib/etcd'] },
    );
  });
  it('tells what is missing, and how to copy it', async () => {
    const result = await fails(
      { path: '/root/ca.pem', on: 'worker-0', sameAs: 'ca.pem' },
      { files: { 'ca.pem': 'x' } },
      'missing',
      'worker-0:/root/ca.pem does not exist: it was never copied to worker-0, or removed there.',
    );
    if (result.fix.remedy !== 'copy it: scp ca.pem worker-0:/root/ca.pem') throw new Error(result.fix.remedy);
  });
  it('tells a file from a folder', async () => {
    await fails({ path: 'x' }, { folders: ['x'] }, 'not-a-file', /^x is a folder, and a file is wanted/);
    await fails(
      { path: 'x', type: 'directory' },
      { files: { x: 'x' } },
      'not-a-directory',
      /^x is a file, and a folder is wanted/,
    );
  });
  it('looks at mode and content', async () => {
    await fails(
      { path: 'x' },
      { files: { x: '' } },
      'empty',
      /^x is empty: the command that should have written it failed/,
    );
    await fails(
      { path: 'x', mode: '0700', why: 'Others must not read it.' },
      { files: { x: 'x' } },
      'wrong-mode',
      'x has mode 0644, and 0700 is wanted. Others must not read it.',
    );
    await fails(
      { path: 'x', contains: ['a', 'b'] },
      { files: { x: 'a' } },
      'missing-text',
      'x does not contain "b".',
    );
    await fails(
      { path: '/x', on: 'worker-0', sameAs: 'x' },
      { files: { x: 'new' }, machineFiles: { 'worker-0': { '/x': 'old' } } },
      'different-content',
      'worker-0:/x is not the same as x in the workspace: it was copied before x was made again, or something else was copied there.',
    );
    await fails(
      { path: '/x', on: 'worker-0', sameAs: 'x' },
      { machineFiles: { 'worker-0': { '/x': 'old' } } },
      'source-missing',
      /^x is not in the workspace any more/,
    );
  });
  it('knows the programs of the lab', async () => {
    await fails(
      { path: 'p', program: 'etcd' },
      { files: { p: program('etcd') } },
      'not-executable',
      'p is not executable: systemd and the shell refuse it with "Permission denied".',
    );
    await fails(
      { path: 'p', program: 'etcd' },
      { files: { p: { content: program('etcdctl'), mode: 0o755 } } },
      'wrong-program',
      'p is etcdctl, not etcd.',
    );
    await fails(
      { path: 'p', program: 'etcd' },
      { files: { p: { content: '\x7fELF', mode: 0o755 } } },
      'wrong-program',
      'p is not a program of this lab: its second line does not name one.',
    );
  });
  it('tells a machine that cannot be asked', async () => {
    await fails(
      { path: '/x', on: 'worker-0' },
      { states: { 'worker-0': 'off' } },
      'machine-off',
      /^worker-0 is switched off/,
    );
    await fails(
      { path: '/x', on: 'worker-0' },
      { states: { 'worker-0': 'missing' } },
      'machine-missing',
      /does not exist yet/,
    );
  });
});

describe('the config-file check', () => {
  const { passes, fails } = testKind('config-file');
  const text =
    'kind: KubeletConfiguration\nauthentication:\n  anonymous: { enabled: false }\nclusterDNS: ["10.32.0.10"]\n';
  const spec = {
    path: 'k.yaml',
    fields: {
      '.kind': 'KubeletConfiguration',
      '.authentication.anonymous.enabled': false,
      '.clusterDNS[0]': '10.32.0.10',
    },
  };
  it('passes fields of every type', () => passes(spec, { files: { 'k.yaml': text } }));
  it('tells what is wrong', async () => {
    await fails(spec, {}, 'missing', 'k.yaml does not exist.');
    await fails(spec, { files: { 'k.yaml': 'a: [' } }, 'not-yaml', /^k\.yaml does not parse: /);
    await fails(
      {
        ...spec,
        fields: { '.clusterDomain': 'cluster.local' },
        why: { '.clusterDomain': 'Pods search there.' },
      },
      { files: { 'k.yaml': text } },
      'missing-field',
      'k.yaml lacks .clusterDomain. Pods search there.',
    );
    await fails(
      { ...spec, fields: { '.authentication.anonymous.enabled': true } },
      { files: { 'k.yaml': text } },
      'wrong-field',
      'k.yaml has .authentication.anonymous.enabled: false, and true is wanted.',
    );
    await fails({ ...spec, on: 'worker-0' }, { states: { 'worker-0': 'off' } }, 'machine-off', /off/);
    await fails(
      { ...spec, on: 'worker-0' },
      { states: { 'worker-0': 'missing' } },
      'machine-missing',
      /does not exist yet/,
    );
  });
});

describe('the encryption-config check', () => {
  const { passes, fails } = testKind('encryption-config');
  const key = Buffer.alloc(32, 7).toString('base64');
  const aescbc = (name = 'key1', secret = key) =>
    `      - aescbc:\n          keys:\n            - name: ${name}\n              secret: ${secret}\n`;
  const identity = '      - identity: {}\n';
  const file = (providers: string, resource = 'secrets', kind = 'EncryptionConfig') =>
    `kind: ${kind}\napiVersion: v1\nresources:\n  - resources:\n      - ${resource}\n    providers:\n${providers}`;
  const good = file(aescbc() + identity);
  const wrong = (text: string, reason: string, message: string | RegExp) =>
    fails({ path: 'e.yaml' }, { files: { 'e.yaml': text } }, reason, message);

  it('passes both spellings of the kind', async () => {
    await passes({ path: 'e.yaml' }, { files: { 'e.yaml': good } });
    await passes(
      { path: 'e.yaml' },
      { files: { 'e.yaml': good.replace('EncryptionConfig', 'EncryptionConfiguration') } },
    );
  });
  it('tells what is wrong in the file', async () => {
    await fails(
      { path: 'e.yaml' },
      {},
      'missing',
      'e.yaml does not exist: the API server named with it would not start.',
    );
    await wrong('a: [', 'not-yaml', /^e\.yaml: it is not YAML: /);
    await wrong(
      file('', 'secrets', 'Secret'),
      'wrong-kind',
      /^e\.yaml: the kind is Secret; the API server reads EncryptionConfig/,
    );
    await wrong(file(aescbc(), 'configmaps'), 'no-secrets', /secrets are not among the resources/);
    await wrong(file('      []\n'), 'no-providers', 'e.yaml: there is no list of providers.');
    await wrong(
      file(identity + aescbc()),
      'wrong-first-provider',
      /the first provider is identity: the API server writes with the first, and identity writes plain text\./,
    );
    await wrong(file(aescbc('k') + identity), 'wrong-key-name', /^e\.yaml: the first key is named k:/);
    await wrong(
      file(aescbc('key1', '""') + identity),
      'not-base64',
      /is not base64: the variable with the key was empty/,
    );
    await wrong(
      file(aescbc('key1', Buffer.alloc(16).toString('base64')) + identity),
      'wrong-key-length',
      'e.yaml: the secret of key1 has 16 bytes, and 32 are wanted: that is AES-256.',
    );
    await wrong(file(aescbc()), 'no-identity', /^e\.yaml: the provider identity is missing/);
    await wrong(
      file(`${aescbc()}${identity}${aescbc()}`),
      'identity-not-last',
      'e.yaml: identity must come last.',
    );
  });
  it('compares the controllers', async () => {
    const other = good.replace(key, Buffer.alloc(32, 8).toString('base64'));
    await fails(
      { path: '/e', on: 'controllers' },
      {
        machineFiles: {
          'controller-0': { '/e': other },
          'controller-1': { '/e': good },
          'controller-2': { '/e': `# the same, with a comment\n${good}` },
        },
      },
      'copies-differ',
      'controller-0:/e says something else than controller-1:/e: what one API server encrypts the other could not read.',
    );
    await fails(
      { path: '/e', on: 'controller-0' },
      { states: { 'controller-0': 'off' } },
      'machine-off',
      /off/,
    );
    await fails(
      { path: '/e', on: 'controller-0' },
      { states: { 'controller-0': 'missing' } },
      'machine-missing',
      /yet/,
    );
  });
});

describe('the absent check', () => {
  const { passes, fails } = testKind('absent');
  it('passes when nothing is left, and when the machine is gone', async () => {
    await passes(
      {
        on: 'controller-0',
        paths: ['/x'],
        units: ['etcd.service'],
        routes: ['10.200.0.0/24'],
        machines: 'workers',
      },
      { states: { 'worker-0': 'off', 'worker-1': 'off', 'worker-2': 'missing' } },
    );
    await passes(
      { on: 'controller-0', paths: ['/x'] },
      { states: { 'controller-0': 'missing' }, machineFiles: { 'controller-0': { '/x': 'x' } } },
    );
  });
  it('tells what is left', async () => {
    await fails({ paths: ['x'] }, { files: { x: 'x' } }, 'file-left', 'x is still there.');
    await fails(
      { on: 'controller-0', units: ['etcd.service'] },
      { units: { 'controller-0:etcd.service': { activeState: 'active' } } },
      'unit-left',
      'etcd.service on controller-0 is still active.',
    );
    await fails({ machines: ['worker-0'] }, {}, 'machine-left', 'worker-0 is still running.');
    await fails(
      { on: 'worker-0', routes: ['10.200.1.0/24'] },
      { exec: () => ({ exitCode: 0, stdout: '10.200.1.0/24 via 10.240.0.21 dev eth0\n', stderr: '' }) },
      'route-left',
      'worker-0 still has a route to 10.200.1.0/24.',
    );
  });
});
