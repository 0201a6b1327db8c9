import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchCommand } from '../../../src/lib/launch.ts';
import type { TestServer } from '../apiserver/support/test-server.ts';

export interface KubectlProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export const ours: KubectlProgram = { name: 'ours', ...launchCommand('kubectl', []) };

/** Upstream's, where the machine has one: KUBECTL, or from the PATH. */
export function upstream(): KubectlProgram | undefined {
  const command = process.env.KUBECTL ?? 'kubectl';
  const isThere = spawnSync(command, ['version', '--client']).status === 0;
  return isThere ? { name: 'upstream', command, args: [] } : undefined;
}

export interface Outcome {
  readonly out: string;
  readonly error: string;
  readonly code: number;
}

/** Runs a kubectl as the server's admin, with a home of its own. */
export function runner(folder: string, server: TestServer) {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = {
    server: `https://127.0.0.1:${server.port}`,
    'certificate-authority-data': base64(server.certificates.ca),
  };
  const user = {
    'client-certificate-data': base64(server.admin.cert),
    'client-key-data': base64(server.admin.key),
  };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder, HTTPS_PROXY: '' };
  return ({ command, args }: KubectlProgram, ...words: readonly string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile(command, [...args, ...words], { env, cwd: folder }, (failure, out, error) =>
        resolve({ out, error, code: failure === null ? 0 : Number(failure.code ?? 1) }),
      );
    });
}
