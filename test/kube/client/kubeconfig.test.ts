import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadClientConfig } from '../../../src/kube/client/kubeconfig.ts';
import { selfSignedCertificate } from '../../../src/lib/self-signed.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string) => {
  const path = join(folder, 'config');
  writeFileSync(path, text);
  return path;
};

const ca = selfSignedCertificate('the CA').cert;
const admin = selfSignedCertificate('admin');
const other = selfSignedCertificate('other');
const base64 = (text: string) => Buffer.from(text).toString('base64');

const complete = `
apiVersion: v1
kind: Config
clusters:
- name: kubernetes-the-hard-way
  cluster: { server: "https://10.240.0.40:6443", certificate-authority: ca.pem }
users:
- name: admin
  user: { client-certificate-data: ${base64(admin.cert)}, client-key-data: ${base64(admin.key)} }
contexts:
- name: default
  context: { cluster: kubernetes-the-hard-way, user: admin, namespace: kube-system }
current-context: default
`;

const withoutCa = complete.replace(', certificate-authority: ca.pem', '');

test('data is decoded, and a path is relative to the file', () => {
  writeFileSync(join(folder, 'ca.pem'), ca);
  const config = loadClientConfig(write(complete));
  expect(config.server).toBe('https://10.240.0.40:6443');
  expect(config.namespace).toBe('kube-system');
  expect([config.ca, config.cert, config.key].map(String)).toEqual([ca, admin.cert, admin.key]);
});

test.each([
  ['a missing CA file', complete, /unable to read certificate-authority .*ca\.pem/],
  [
    'a context that is not there',
    complete.replace('current-context: default', 'current-context: other'),
    /context "other" does not exist/,
  ],
  [
    'a user that is not there',
    complete.replace('user: admin,', 'user: root,'),
    /auth info "root" does not exist/,
  ],
  ['a file that is no YAML', 'clusters: [', /error loading config file/],
  [
    'no context at all',
    complete.replace('current-context: default', 'current-context: ""'),
    /^invalid configuration: no configuration has been provided/,
  ],
  [
    'a CA that is none',
    complete.replace('certificate-authority: ca.pem', 'certificate-authority-data: YWJj'),
    /^unable to load root certificates: unable to parse bytes as PEM block$/,
  ],
  [
    'a certificate that is none',
    withoutCa.replace(base64(admin.cert), 'YWJj'),
    /^tls: failed to find any PEM data in certificate input$/,
  ],
  [
    'a key of another',
    withoutCa.replace(base64(admin.key), base64(other.key)),
    /^tls: private key does not match public key$/,
  ],
])('%s is named in the error', (_, text, message) => {
  expect(() => loadClientConfig(write(text))).toThrow(message);
});

test('a kubeconfig that is not there is named', () => {
  expect(() => loadClientConfig(join(folder, 'none'))).toThrow(/none: no such file or directory/);
});
