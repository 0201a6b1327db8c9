import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RegistryImage } from '../images/registry.ts';
import { shellApplets, toolboxApplets } from '../images/tools.ts';

/** A file that stands for a program of the lab; see executable.ts for who reads the mark. */
const programFile = (program: string) =>
  `#!/bin/sh\n# k8s-lab program: ${program} built-in\nk8s-lab-run ${program} "$@"\n`;

const folders = [
  'dev',
  'etc',
  'proc',
  'root',
  'run',
  'sys',
  'usr/bin',
  'usr/local/bin',
  'usr/sbin',
  'var/log',
  'bin',
  'sbin',
];

/** Lays an image out as the root folder of one container: every container gets its own, so that it may write there. */
export function unpackRootfs(root: string, image: RegistryImage): void {
  const { definition } = image;
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  mkdirSync(join(root, 'tmp'), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
  };
  put('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  put('etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  put(
    'etc/os-release',
    `NAME="k8s-lab"\nID=k8s-lab\nPRETTY_NAME="k8s-lab image ${definition.name} ${image.env.K8S_LAB_IMAGE_VERSION}"\n`,
  );
  put(definition.path, programFile(definition.program), 0o755);
  if (!definition.hasTools) return;
  if (definition.path !== '/bin/toolbox') put('bin/toolbox', programFile('image-toolbox'), 0o755);
  put('usr/bin/curl', programFile('curl'), 0o755);
  put('bin/shell', programFile('image-shell'), 0o755);
  for (const name of toolboxApplets) symlinkSync('toolbox', join(root, 'bin', name));
  for (const name of shellApplets) symlinkSync('shell', join(root, 'bin', name));
}
