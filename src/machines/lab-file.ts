import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lib/errors.ts';
import { packageRoot } from '../lib/package-root.ts';
import type { LabFile } from './workspace-layout.ts';

export function labVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** Whether a version has more than patches over another. */
export function isNewer(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [ownMajor = 0, ownMinor = 0] = than.split('.').map(Number);
  return major > ownMajor || (major === ownMajor && minor > ownMinor);
}

/** JSON that is none is undefined; a file that cannot be read is the system's error. */
function parse(path: string): Partial<LabFile> | undefined {
  const text = readFileSync(path, 'utf8');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What `.lab/lab.json` says; only the topology cannot be guessed. Throws {@link LabError} for a damaged file, and for a lab
 * that a newer k8s-lab made: what that one keeps in it is not known here.
 */
export function readLabFile(path: string): LabFile {
  const file = parse(path);
  const own = labVersion();
  if (file === undefined || typeof file.topology !== 'string') {
    throw new LabError('the file that says which machines this lab has is damaged', {
      where: path,
      remedy: 'write {"topology": "hard-way"} into it, or the topology that it had; nothing else is lost',
    });
  }
  const { topology, provider = 'portable', created = '', version = own } = file;
  if (isNewer(version, own)) {
    throw new LabError(`this lab was made by k8s-lab ${version}, and this is ${own}`, {
      where: path,
      remedy: 'use the newer one, or another --workspace',
    });
  }
  return { topology, provider, created, version };
}
