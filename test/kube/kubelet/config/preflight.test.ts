import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { parseKubeletConfig } from '../../../../src/kube/kubelet/config/kubelet-config.ts';
import { loadServingFiles } from '../../../../src/kube/kubelet/config/preflight.ts';
import { selfSignedCertificate } from '../../../../src/lib/self-signed.ts';

const node = selfSignedCertificate('worker-0');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubelet-files-'));
  return () => rmSync(folder, { recursive: true });
});

/** Loads the files that the configuration names, after they were written; those that are left out are not there. */
function load(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const config = parseKubeletConfig(
    `kind: KubeletConfiguration
apiVersion: kubelet.config.k8s.io/v1beta1
authentication: { x509: { clientCAFile: ${folder}/ca.pem } }
tlsCertFile: ${folder}/worker-0.pem
tlsPrivateKeyFile: ${folder}/worker-0-key.pem
`,
    'kubelet-config.yaml',
  );
  return loadServingFiles(config, 'worker-0');
}
const good = { 'ca.pem': node.cert, 'worker-0.pem': node.cert, 'worker-0-key.pem': node.key };

test('the files of a node are read', () => {
  expect(String(load(good).key)).toBe(node.key);
});

test.each([
  [
    'a key that was cut off',
    { ...good, 'worker-0-key.pem': node.key.slice(0, 90) },
    /failed to parse private key/,
  ],
  [
    'a key of another node',
    { ...good, 'worker-0-key.pem': selfSignedCertificate('x').key },
    /does not match/,
  ],
  ['a certificate that is none', { ...good, 'worker-0.pem': 'x' }, /find any PEM data in certificate input/],
  ['a CA that is none', { ...good, 'ca.pem': '' }, /^unable to load client CA file .*ca\.pem$/],
  ['a CA that is not there', { 'worker-0.pem': '' }, /^open .*ca\.pem: no such file or directory$/],
])('%s is told before anything is served', (_, files, words) => expect(() => load(files)).toThrow(words));
