import { readFileSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../lib/files.ts';
import { launchCommand } from '../lib/launch.ts';
import { programFile } from '../lib/package-root.ts';
import { shellQuote } from '../lib/shell-quote.ts';

/**
 * A program file is what the learner downloads, copies to a machine and names in a unit: a small sh script whose second
 * line says which program of the lab it stands for. Whoever runs it (labd for a unit, the machine's shell for a
 * command) reads that line; on the jumpbox the script runs by itself.
 */
const versions = {
  kubernetes: 'v1.34.2',
  etcd: 'v3.5.21',
  cfssl: 'v1.6.5',
  containerd: 'v2.1.0',
  cni: 'v1.6.2',
};

/** `downloads/FOLDER/FILE`: the program it stands for (a name of scripts/programs.mjs) and its version. */
export interface Download {
  readonly folder: string;
  readonly file: string;
  readonly program: string;
  readonly version: string;
}

const group = (folder: string, version: string, files: readonly string[], prefix = ''): Download[] =>
  files.map((file) => ({ folder, file, program: `${prefix}${file}`, version }));

export const downloads: readonly Download[] = [
  ...group('client', versions.kubernetes, ['kubectl']),
  ...group('client', versions.cfssl, ['cfssl', 'cfssljson']),
  ...group('client', versions.etcd, ['etcdctl']),
  ...group('controller', versions.etcd, ['etcd', 'etcdctl']),
  ...group('controller', versions.kubernetes, [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubectl',
  ]),
  ...group('load-balancer', versions.kubernetes, ['kube-loadbalancer']),
  ...group('worker', versions.kubernetes, ['kubelet', 'kube-proxy', 'kubectl']),
  ...group('worker', versions.containerd, ['containerd', 'crictl', 'runc']),
  ...group('cni', versions.cni, ['bridge', 'host-local', 'loopback'], 'cni-'),
];

/** Programs that every machine brings along, as a distribution's own packages would be. */
export const builtInPrograms: readonly Download[] = [
  { folder: 'usr/bin', file: 'curl', program: 'curl', version: versions.kubernetes },
];

/**
 * The text of a program file. `k8s-lab-run` is a command of the machines' shell; where it is missing (the jumpbox) the
 * script starts node with the identity that `environment` names.
 */
export function programScript(
  program: string,
  version: string,
  environment: Readonly<Record<string, string>> = {},
): string {
  const { command, args } = launchCommand(program, []);
  const settings = Object.entries(environment)
    .map(([name, value]) => `${name}=${shellQuote(value)} `)
    .join('');
  return `#!/bin/sh
# k8s-lab program: ${program} ${version}
if command -v k8s-lab-run >/dev/null 2>&1; then
  k8s-lab-run ${program} "$@"
else
  ${settings}exec ${[command, ...args].map(shellQuote).join(' ')} "$@"
fi
`;
}

export interface ProgramMark {
  readonly program: string;
  readonly version: string;
}

/** Reads the second line of a file; undefined when it is not a program file (or cannot be read). */
export function readProgramMark(path: string): ProgramMark | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'latin1').slice(0, 512);
  } catch {
    return undefined;
  }
  return parseProgramMark(text);
}

export function parseProgramMark(text: string): ProgramMark | undefined {
  const match = /^#!\/bin\/sh\r?\n# k8s-lab program: ([a-z][a-z0-9-]*) (\S+)\r?\n/.exec(text);
  return match === null ? undefined : { program: match[1]!, version: match[2]! };
}

/** Writes the files whose program is in this build; a file that already says the same is left alone. */
export async function writeProgramFiles(
  root: string,
  files: readonly Download[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const { folder, file, program, version } of files) {
    if (!(await exists(programFile(program)))) continue;
    const path = join(root, folder, file);
    const text = programScript(program, version, environment);
    if (sameText(path, text)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, text, 0o755);
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function sameText(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
