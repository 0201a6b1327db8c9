import { statHostFile } from './hosts.ts';
import type { CheckContext, Host } from './types.ts';

/** What stands where a file is wanted, in words of a message. */
export interface Absence {
  /** A clause that follows the name of the file. */
  readonly says: string;
  readonly found: string;
  readonly remedy: string;
}

/**
 * Why a file could not be read: most often nothing is there, sometimes a folder, which a copy to a wrong place makes. `remedy` is
 * what to do when nothing is there.
 */
export async function absence(
  context: CheckContext,
  host: Host,
  path: string,
  remedy: string,
): Promise<Absence> {
  const stat = await statHostFile(context, host, path);
  switch (stat?.type) {
    case undefined:
      return { says: 'does not exist', found: 'no file', remedy };
    case 'directory':
      return {
        says: 'is a folder, and a file is wanted',
        found: 'a folder',
        remedy: `remove the folder (rm -r ${path}), then ${remedy}`,
      };
    default:
      return {
        says: 'is no ordinary file',
        found: 'a device, pipe or socket',
        remedy: `remove it, then ${remedy}`,
      };
  }
}
