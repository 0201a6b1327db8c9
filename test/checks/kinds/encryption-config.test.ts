import { describe, it } from 'vitest';
import { testKind } from '../fake-context.ts';

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
      'e.yaml does not exist: an API server that is given it does not start.',
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

  it('tells a file that was not written', async () => {
    await wrong('', 'not-yaml', 'e.yaml: it is empty: the command that should have written it failed.');
    await wrong('# only a comment\n', 'wrong-kind', /^e\.yaml: the kind is \(none\)/);
    await wrong('\x00\x01', 'wrong-kind', /^e\.yaml: the kind is \(none\)/);
    await fails(
      { path: 'e.yaml' },
      { folders: ['e.yaml'] },
      'missing',
      /^e\.yaml is a folder, and a file is wanted/,
    );
  });
  it('is not confused by lists that are none', async () => {
    const head = 'kind: EncryptionConfiguration\n';
    await wrong(`${head}resources: secrets\n`, 'no-secrets', /secrets are not among the resources/);
    await wrong(`${head}resources:\n  - secrets\n`, 'no-secrets', /secrets are not among the resources/);
    await wrong(
      `${head}resources:\n  - resources: secrets\n`,
      'no-secrets',
      /secrets are not among the resources/,
    );
    await wrong(
      `${head}resources:\n  - resources: [secrets]\n    providers: { aescbc: {} }\n`,
      'no-providers',
      'e.yaml: there is no list of providers.',
    );
    await wrong(file('      -\n'), 'wrong-first-provider', /the first provider is \(none\)/);
    for (const keys of ['', '{ keys: {} }', '{ keys: [] }', '{ keys: [null] }'])
      await wrong(
        file(`      - aescbc: ${keys}\n${identity}`),
        'wrong-key-name',
        /the first key is named \(none\)/,
      );
  });
  it('counts the bytes of the key, and goes by the first', async () => {
    await wrong(file(aescbc('key1', '"$ENCRYPTION_KEY"') + identity), 'not-base64', /is not base64/);
    await wrong(
      file(aescbc('key1', Buffer.alloc(33).toString('base64')) + identity),
      'wrong-key-length',
      /has 33 bytes/,
    );
    const rotated = `${aescbc()}            - name: key0\n              secret: c2hvcnQ=\n${identity}`;
    await passes({ path: 'e.yaml' }, { files: { 'e.yaml': file(rotated) } });
    await wrong(
      file(`      - kms: {}\n${aescbc()}${identity}`),
      'wrong-first-provider',
      /the first provider is kms/,
    );
  });
});
