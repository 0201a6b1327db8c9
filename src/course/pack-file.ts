import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lib/errors.ts';

/** The text of a file of the pack; an error that names the file when it is not there. */
export function readPackFile(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch (error) {
    throw new LabError(`cannot read ${file} of the pack`, { where: join(folder, file), cause: error });
  }
}
