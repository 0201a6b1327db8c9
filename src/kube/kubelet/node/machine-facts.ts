import { createHash } from 'node:crypto';
import { readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, networkInterfaces, release, totalmem } from 'node:os';

/** What a node is made of. */
export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly storageBytes: number;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineID: string;
  readonly bootID: string;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** PRETTY_NAME of an os-release file. */
function prettyName(osRelease: string): string | undefined {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1];
}

export function readMachineFacts(rootDir: string, nodeName: string): MachineFacts {
  let storageBytes = 0;
  try {
    const { blocks, bsize } = statfsSync(rootDir);
    storageBytes = blocks * bsize;
  } catch {
    // A file system that does not tell its size has none to promise.
  }
  const stable = createHash('sha256').update(nodeName).digest('hex').slice(0, 32);
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    storageBytes,
    architecture: architectures[arch()] ?? arch(),
    kernelVersion: release(),
    osImage: prettyName(textOf('/etc/os-release') ?? '') ?? 'Unknown',
    machineID: textOf('/etc/machine-id') ?? stable,
    bootID: textOf('/proc/sys/kernel/random/boot_id') ?? '',
  };
}

/** The first address of the machine that others can reach. */
export function firstAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
}
