import {
  type MachineReason,
  machineReasons,
  octal,
  onEachHost,
  place,
  readHostFile,
  statHostFile,
} from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckContext, CheckKind, CheckSpec, Finding, Host } from '../types.ts';
import { jumpbox } from '../types.ts';

type Reason =
  | MachineReason
  | 'missing'
  | 'not-a-file'
  | 'not-a-directory'
  | 'empty'
  | 'wrong-mode'
  | 'not-executable'
  | 'different-content'
  | 'source-missing'
  | 'wrong-program'
  | 'missing-text';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  missing: 'there is no such file',
  'not-a-file': 'a folder stands where a file should be',
  'not-a-directory': 'a file stands where a folder should be',
  empty: 'the file has no content',
  'wrong-mode': 'the permission bits are not those that are safe',
  'not-executable': 'a program cannot be executed',
  'different-content': 'the file is not the same as the one it should be a copy of',
  'source-missing': 'the file that this one should be a copy of is not there',
  'wrong-program': 'the file is not the program of that name',
  'missing-text': 'a line or word that the file must hold is not in it',
};

interface Wanted {
  readonly type: 'file' | 'directory';
  readonly mode: number | undefined;
  readonly sameAs: string | undefined;
  readonly program: string | undefined;
  readonly contains: readonly string[];
  readonly why: string | undefined;
}

/** Upper case and full stop: a `why` of the specification reads as a sentence of the message. */
const because = (why: string | undefined) => (why === undefined ? '' : ` ${why.trim()}`);

async function examine(
  context: CheckContext,
  host: Host,
  path: string,
  wanted: Wanted,
): Promise<Finding<Reason>[]> {
  const where = place(host, path);
  const stat = await statHostFile(context, host, path);
  if (stat === undefined) {
    return [
      {
        reason: 'missing',
        message: `${where} does not exist${host === jumpbox ? '' : `: it was never copied to ${host}, or removed there`}.${because(wanted.why)}`,
        expected: `the ${wanted.type} ${path}${host === jumpbox ? '' : ` on ${host}`}`,
        found: 'nothing',
        where,
        remedy: copyRemedy(wanted, host, path) ?? 'run the commands of this step',
      },
    ];
  }
  if (wanted.type === 'file' && stat.type === 'directory') {
    return [
      {
        reason: 'not-a-file',
        message: `${where} is a folder, and a file is wanted. A copy into a folder that did not exist often ends so.`,
        expected: 'a file',
        found: 'a folder',
        where,
        remedy: `remove the folder ${path} and copy the file again`,
      },
    ];
  }
  if (wanted.type === 'directory' && stat.type !== 'directory') {
    return [
      {
        reason: 'not-a-directory',
        message: `${where} is a file, and a folder is wanted. A move to a folder that did not exist often ends so.`,
        expected: 'a folder',
        found: 'a file',
        where,
        remedy: `remove ${path}, then mkdir -p ${path}`,
      },
    ];
  }
  const findings: Finding<Reason>[] = [];
  if (wanted.type === 'file' && stat.size === 0) {
    findings.push({
      reason: 'empty',
      message:
        host === jumpbox
          ? `${where} is empty: the command that should have written it failed, and the shell had created the file already.`
          : `${where} is empty: a copy broke off, or the disk was full.`,
      expected: 'content',
      found: '0 bytes',
      where,
      remedy:
        copyRemedy(wanted, host, path) ?? 'run the command again and read what it prints on standard error',
    });
    return findings;
  }
  if (wanted.mode !== undefined && stat.mode !== wanted.mode) {
    findings.push({
      reason: 'wrong-mode',
      message: `${where} has mode ${octal(stat.mode)}, and ${octal(wanted.mode)} is wanted.${because(wanted.why)}`,
      expected: octal(wanted.mode),
      found: octal(stat.mode),
      where,
      remedy: `chmod ${octal(wanted.mode)} ${path}`,
    });
  }
  if (wanted.program !== undefined) {
    if ((stat.mode & 0o111) === 0) {
      findings.push({
        reason: 'not-executable',
        message: `${where} is not executable: systemd and the shell refuse it with "Permission denied".`,
        expected: 'mode 0755',
        found: octal(stat.mode),
        where,
        remedy: `chmod +x ${path}`,
      });
    }
    findings.push(...(await examineProgram(context, host, path, wanted.program)));
  }
  if (wanted.sameAs !== undefined) findings.push(...(await compare(context, host, path, wanted.sameAs)));
  if (wanted.contains.length > 0) {
    const text = Buffer.from((await readHostFile(context, host, path)) ?? []).toString('utf8');
    for (const part of wanted.contains) {
      if (text.includes(part)) continue;
      findings.push({
        reason: 'missing-text',
        message: `${where} does not contain ${JSON.stringify(part)}.${because(wanted.why)}`,
        expected: part,
        found: 'a file without it',
        where,
        remedy: 'write the file again with the commands of this step',
      });
    }
  }
  return findings;
}

/** Programs lie in downloads/, sorted by the kind of machine: the shell finds the folder. */
const copyProgram = (program: string, host: Host, path: string) =>
  `scp downloads/*/${program} ${host}:${path.slice(0, path.lastIndexOf('/') + 1)}`;

/** What copies the file to the machine, when the check knows where it comes from. */
function copyRemedy({ sameAs, program }: Wanted, host: Host, path: string): string | undefined {
  if (host === jumpbox) return undefined;
  if (sameAs !== undefined) return `copy it: scp ${sameAs} ${host}:${path}`;
  return program === undefined ? undefined : `copy it: ${copyProgram(program, host, path)}`;
}

async function examineProgram(
  context: CheckContext,
  host: Host,
  path: string,
  program: string,
): Promise<Finding<Reason>[]> {
  const text = Buffer.from((await readHostFile(context, host, path)) ?? []).toString('utf8');
  // The marker is how labd knows what to launch (see DESIGN: programs on machines are files).
  const marker = /^# k8s-lab program: (\S+)/.exec(text.split('\n')[1] ?? '')?.[1];
  if (marker === program) return [];
  return [
    {
      reason: 'wrong-program',
      message:
        marker === undefined
          ? `${place(host, path)} is not a program of this lab: its second line does not name one.`
          : `${place(host, path)} is ${marker}, not ${program}.`,
      expected: `the program ${program}`,
      found: marker ?? `a file that begins with ${JSON.stringify(text.slice(0, 40))}`,
      where: place(host, path),
      remedy:
        host === jumpbox ? 'fetch the programs again' : `copy it again: ${copyProgram(program, host, path)}`,
    },
  ];
}

async function compare(
  context: CheckContext,
  host: Host,
  path: string,
  sameAs: string,
): Promise<Finding<Reason>[]> {
  const original = await context.jumpbox.readFile(sameAs);
  if (original === undefined) {
    return [
      {
        reason: 'source-missing',
        message: `${sameAs} is not in the workspace any more, so nobody can tell whether ${place(host, path)} is current.`,
        expected: `${sameAs} in the workspace`,
        found: 'nothing',
        where: sameAs,
        remedy: `make ${sameAs} again, then copy it`,
      },
    ];
  }
  const copy = await readHostFile(context, host, path);
  if (copy !== undefined && Buffer.from(copy).equals(Buffer.from(original))) return [];
  return [
    {
      reason: 'different-content',
      message: `${place(host, path)} is not the same as ${sameAs} in the workspace: it was copied before ${sameAs} was made again, or something else was copied there.`,
      expected: `a copy of ${sameAs}`,
      found: 'other content',
      where: place(host, path),
      remedy: `copy it again: scp ${sameAs} ${host}:${path}`,
    },
  ];
}

/**
 * Files exist as they should. Parameters: `path` or `paths`; `on` (hosts, default the jumpbox); `type` file|directory;
 * `mode`; `sameAs` (a workspace file this is a copy of); `program` (the lab's program of that name); `contains`; `why`.
 */
export const fileKind: CheckKind<Reason> = {
  kind: 'file',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const paths = [...(parameters.optionalList('paths') ?? []), ...(parameters.optionalList('path') ?? [])];
    if (paths.length === 0) parameters.string('path');
    const hosts = parameters.optionalList('on') ?? [jumpbox];
    const wanted: Wanted = {
      type: parameters.oneOf('type', ['file', 'directory'], 'file'),
      mode: parameters.mode('mode'),
      sameAs: parameters.optionalString('sameAs'),
      program: parameters.optionalString('program'),
      contains: parameters.optionalList('contains') ?? [],
      why: parameters.optionalString('why'),
    };
    parameters.finish();
    return (context) =>
      onEachHost(context, hosts, async (host) => {
        const findings: Finding<Reason>[] = [];
        for (const path of paths) findings.push(...(await examine(context, host, path, wanted)));
        return findings;
      });
  },
};
