import { lstat, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostPathVolumeSource } from '../../api/types/core-v1.ts';

/** Makes or checks a folder or file of the node, by the volume's type. Models pkg/volume/hostpath. */
export async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const failed = (what: string) => new Error(`hostPath type check failed: ${path} is not ${what}`);
  switch (type) {
    case '':
      return;
    case 'DirectoryOrCreate':
      if (found === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
      else if (!found.isDirectory()) throw failed('a directory');
      return;
    case 'FileOrCreate':
      if (found === undefined) {
        // The folder above must be there already, as upstream wants it.
        await lstat(dirname(path));
        await writeFile(path, '', { mode: 0o644 });
      } else if (!found.isFile()) throw failed('a file');
      return;
    case 'Directory':
      if (!found?.isDirectory()) throw failed('a directory');
      return;
    case 'File':
      if (!found?.isFile()) throw failed('a file');
      return;
    case 'Socket':
      if (!found?.isSocket()) throw failed('a socket file');
      return;
    case 'CharDevice':
      if (!found?.isCharacterDevice()) throw failed('a character device');
      return;
    case 'BlockDevice':
      if (!found?.isBlockDevice()) throw failed('a block device');
      return;
    default:
      throw new Error(`hostPath type ${JSON.stringify(type)} is not known`);
  }
}
