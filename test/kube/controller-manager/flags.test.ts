import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { flagSpecs, validateFlags } from '../../../src/kube/controller-manager/flags.ts';
import { parseFlags } from '../../../src/lib/flags.ts';
import { selfSignedCertificate } from '../../../src/lib/self-signed.ts';

const folder = mkdtempSync(join(tmpdir(), 'controller-manager-flags-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { cert, key } = selfSignedCertificate('ca');
function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
const good = {
  kubeconfig: join(folder, 'kubeconfig'),
  'root-ca-file': file('ca.pem', cert),
  'cluster-signing-cert-file': file('ca.pem', cert),
  'cluster-signing-key-file': file('ca-key.pem', key),
  'service-account-private-key-file': file('sa-key.pem', key),
};

function told(changes: Readonly<Record<string, string>>): string {
  const args = Object.entries({ ...good, ...changes }).map(([name, value]) => `--${name}=${value}`);
  try {
    return validateFlags(parseFlags(args, flagSpecs, { program: 'kube-controller-manager' }).flags);
  } catch (error) {
    return String(error);
  }
}

test('certificates and keys that are whole are taken', () => expect(told({})).toBe(good.kubeconfig));

test.each([
  ['service-account-private-key-file', 'private key'],
  ['cluster-signing-key-file', 'private key'],
  ['cluster-signing-cert-file', 'certificate'],
  ['root-ca-file', 'certificate'],
] as const)(
  '--%s: a cut, swapped or missing file is told in words, not in numbers of OpenSSL',
  (flag, what) => {
    const [right, wrong] = what === 'certificate' ? [cert, key] : [key, cert];
    for (const content of [right.slice(0, 90), wrong, '']) {
      const path = file('broken.pem', content);
      expect(told({ [flag]: path })).toBe(
        `error reading ${path}: it holds no PEM ${what} that is whole (--${flag}): give ${
          what === 'certificate' ? 'a certificate' : 'the private key'
        } in PEM format, whole`,
      );
    }
    expect(told({ [flag]: '/nowhere/x.pem' })).toBe(
      `open /nowhere/x.pem: no such file or directory (--${flag}): copy the file there`,
    );
  },
);
