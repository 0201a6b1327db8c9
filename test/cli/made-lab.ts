import { join } from 'node:path';
import { labVersion } from '../../src/machines/workspace.ts';
import { temporaryFolder, writeFiles } from '../course/fake-pack.ts';

/** A workspace as it is known by its own file, without machines; other content of that file may be given. */
export function madeLab(labFile?: string): string {
  const folder = join(temporaryFolder(), 'lab');
  const lab = {
    topology: 'hard-way',
    provider: 'portable',
    created: '2026-01-01T00:00:00Z',
    version: labVersion(),
  };
  writeFiles(folder, { '.lab/lab.json': labFile ?? JSON.stringify(lab) });
  return folder;
}
