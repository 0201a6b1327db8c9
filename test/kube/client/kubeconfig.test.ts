import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadClientConfig } from '../../../src/kube/client/kubeconfig.ts';

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

const complete = `
apiVersion: v1
kind: Config
clusters:
- name: kubernetes-the-hard-way
  cluster: { server: "https://10.240.0.40:6443", certificate-authority: ca.pem }
users:
- name: admin
  user: { client-certificate-data: ${Buffer.from('cert').toString('base64')}, client-key-data: ${Buffer.from('key').toString('base64')} }
contexts:
- name: default
  context: { cluster: kubernetes-the-hard-way, user: admin, namespace: kube-system }
current-context: default
`;

test('data is decoded, and a path is relative to the file', () => {
  writeFileSync(join(folder, 'ca.pem'), 'the CA');
  const config = loadClientConfig(write(complete));
  expect(config.server).toBe('https://10.240.0.40:6443');
  expect(config.namespace).toBe('kube-system');
  expect([config.ca, config.cert, config.key].map(String)).toEqual(['the CA', 'cert', 'key']);
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
])('%s is named in the error', (_, text, message) => {
  expect(() => loadClientConfig(write(text))).toThrow(message);
});

test('a kubeconfig that is not there is named', () => {
  expect(() => loadClientConfig(join(folder, 'none'))).toThrow(/none: no such file or directory/);
});
