import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (
      existsSync(manifest) &&
      (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'k8s-lab'
    ) {
      return folder;
    }
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`no package.json of k8s-lab above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
}

let found: string | undefined;

/** The folder of the installed package: labs/, templates/, certs/ and dist/ lie in it. */
export function packageRoot(): string {
  found ??= findPackageRoot();
  return found;
}

/** The bundled file of a program (see scripts/programs.mjs). */
export const programFile = (program: string) => join(packageRoot(), 'dist', 'programs', `${program}.js`);

/** The module that every lab process loads first (see src/machines/providers/portable). */
export const preloadFile = () => join(packageRoot(), 'dist', 'preload.js');
