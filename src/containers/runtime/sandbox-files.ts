import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DNSConfig, PodSandboxConfig } from '../../kube/cri/index.ts';

/** Files of a sandbox that all its containers see, by their place in a container. */
export const sandboxFiles: Readonly<Record<string, string>> = {
  '/etc/hostname': 'hostname',
  '/etc/hosts': 'hosts',
  '/etc/resolv.conf': 'resolv.conf',
};

/** resolv.conf(5) of a pod; pure. */
export function formatResolvConf(dns: DNSConfig): string {
  return [
    ...(dns.searches.length > 0 ? [`search ${dns.searches.join(' ')}`] : []),
    ...dns.servers.map((server) => `nameserver ${server}`),
    ...(dns.options.length > 0 ? [`options ${dns.options.join(' ')}`] : []),
    '',
  ].join('\n');
}

/** Models containerd internal/cri/server/sandbox_run_linux.go, setupSandboxFiles. */
export function writeSandboxFiles(folder: string, config: PodSandboxConfig, machine: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hostname'), `${config.hostname || machine}\n`);
  writeFileSync(join(folder, 'hosts'), readOr('/etc/hosts', '127.0.0.1\tlocalhost\n'));
  const dns = config.dnsConfig;
  const isEmpty = dns === undefined || dns.servers.length + dns.searches.length + dns.options.length === 0;
  writeFileSync(
    join(folder, 'resolv.conf'),
    isEmpty ? readOr('/etc/resolv.conf', '') : formatResolvConf(dns),
  );
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return fallback;
  }
}
