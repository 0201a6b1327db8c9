import { readFileSync } from 'node:fs';
import { LabError } from '../../lib/errors.ts';
import type { ParsedFlags } from '../../lib/flags.ts';
import { isCidr } from '../../lib/ipv4.ts';
import { openErrorText, readCertificate, readPrivateKey } from '../../lib/key-pair.ts';
import { healthFlags } from '../component-base/health-server.ts';

export const flagSpecs = {
  kubeconfig: { type: 'string', help: 'The kubeconfig to reach the API server with.' },
  master: {
    type: 'string',
    help: 'The address of the API server; overrides the kubeconfig. (not supported: use --kubeconfig)',
  },
  ...healthFlags(10257),
  'allocate-node-cidrs': {
    type: 'boolean',
    default: false,
    help: 'Only false: here each kubelet is told its pod CIDR.',
  },
  'cluster-cidr': { type: 'string', help: 'The network of all pods.' },
  'cluster-name': { type: 'string', default: 'kubernetes', help: 'The name of the cluster.' },
  'cluster-signing-cert-file': { type: 'string', help: 'The CA that signs certificate requests.' },
  'cluster-signing-key-file': { type: 'string', help: 'The key of that CA.' },
  'cluster-signing-duration': {
    type: 'duration',
    default: 31_536_000_000,
    help: 'The longest that a signed certificate is valid.',
  },
  'root-ca-file': { type: 'string', help: 'The CA that every namespace gets as kube-root-ca.crt.' },
  'service-account-private-key-file': { type: 'string', help: 'The key that signs service account tokens.' },
  'service-cluster-ip-range': { type: 'string', help: 'The network of the services.' },
  'use-service-account-credentials': {
    type: 'boolean',
    default: false,
    help: 'Run each controller with a service account of its own.',
  },
  controllers: { type: 'list', default: ['*'], help: 'Controllers to run: * for all, NAME, -NAME.' },
  'leader-elect': { type: 'boolean', default: true, help: 'Work only while holding the lease.' },
  'leader-elect-lease-duration': {
    type: 'duration',
    default: 15_000,
    help: 'How long the others wait for a silent leader.',
  },
  'leader-elect-renew-deadline': {
    type: 'duration',
    default: 10_000,
    help: 'How long a leader tries to renew before it gives up.',
  },
  'leader-elect-retry-period': { type: 'duration', default: 2_000, help: 'The wait between two tries.' },
} as const;

export type ManagerFlags = ParsedFlags<typeof flagSpecs>;

/** Checks what can be checked before anything starts; returns the path of the kubeconfig. Throws LabError with the flag. */
export function validateFlags(flags: ManagerFlags): string {
  if (flags.master !== undefined)
    throw new LabError('--master is not supported', { remedy: 'name the server in the kubeconfig' });
  if (flags['allocate-node-cidrs']) {
    throw new LabError('--allocate-node-cidrs=true is not supported', {
      remedy: 'give each kubelet its podCIDR in its configuration',
    });
  }
  for (const name of ['cluster-cidr', 'service-cluster-ip-range'] as const) {
    const value = flags[name];
    if (value !== undefined && !isCidr(value))
      throw new LabError(`invalid CIDR address: ${value}`, { where: `--${name}` });
  }
  checkFile(flags, 'root-ca-file', readCertificate);
  checkFile(flags, 'cluster-signing-cert-file', readCertificate);
  checkFile(flags, 'cluster-signing-key-file', readPrivateKey);
  checkFile(flags, 'service-account-private-key-file', readPrivateKey);
  if (flags.kubeconfig === undefined) {
    throw new LabError('--kubeconfig is missing', {
      remedy: 'name the kubeconfig of the controller manager',
    });
  }
  return flags.kubeconfig;
}

function checkFile(
  flags: ManagerFlags,
  name: 'root-ca-file' | `cluster-signing-${'cert' | 'key'}-file` | 'service-account-private-key-file',
  read: typeof readCertificate | typeof readPrivateKey,
): void {
  const path = flags[name];
  if (path === undefined) return;
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw new LabError(openErrorText(path, error), { where: `--${name}`, remedy: 'copy the file there' });
  }
  const what = read === readPrivateKey ? 'private key' : 'certificate';
  read(pem, `error reading ${path}: it holds no PEM ${what} that is whole`, `--${name}`);
}
