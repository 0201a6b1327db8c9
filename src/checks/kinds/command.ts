import { shellQuote } from '../../lib/shell-quote.ts';
import { type MachineReason, machineReasons, onEachHost } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, ExecResult } from '../types.ts';
import { jumpbox } from '../types.ts';
import { eventually } from '../wait.ts';

type Reason = MachineReason | 'not-found' | 'failed' | 'no-version' | 'too-old' | 'unexpected-output';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  'not-found': 'the tool is not on the PATH',
  failed: 'the command fails',
  'no-version': 'the tool does not tell its version',
  'too-old': 'the tool is older than wanted',
  'unexpected-output': 'the command prints something else',
};

/** Compares dotted versions number by number; negative when `a` is older. */
function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const lastLine = (result: ExecResult) =>
  (result.stderr.trim() || result.stdout.trim()).split('\n').at(-1) ?? '';

/**
 * A tool or the outcome of a command. Parameters: `run` (a shell line) and/or `tool` (must be on the PATH); `minVersion` (compared with
 * the first version in the output of `run`); `exitCode` (default 0); `contains`; `matches` (a regular expression, multi-line);
 * `on` (hosts, default the jumpbox); `wait`. The command must only read.
 */
export const commandKind: CheckKind<Reason> = {
  kind: 'command',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const tool = parameters.optionalString('tool');
    const run = tool === undefined ? parameters.string('run') : parameters.optionalString('run');
    const minVersion = parameters.optionalString('minVersion');
    const exitCode = parameters.optionalNumber('exitCode') ?? 0;
    const contains = parameters.optionalList('contains') ?? [];
    const matches = parameters.optionalString('matches');
    const pattern = matches === undefined ? undefined : new RegExp(matches, 'm');
    const on = parameters.optionalWords('on') ?? [jumpbox];
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();

    return (context) =>
      onEachHost(context, on, (host) =>
        eventually<Reason>(context, waitMs, async () => {
          const exec = (command: string) =>
            host === jumpbox ? context.jumpbox.exec(command) : context.machines.exec(host, command);
          if (tool !== undefined) {
            const found = await exec(`command -v ${shellQuote(tool)}`);
            if (found.exitCode !== 0)
              return [
                {
                  reason: 'not-found',
                  message: `${tool} is not on the PATH${host === jumpbox ? '' : ` of ${host}`}.`,
                  expected: `the program ${tool}`,
                  found: 'nothing of that name',
                  where: host,
                  remedy: `install ${tool} with the commands of this step`,
                },
              ];
          }
          if (run === undefined) return [];
          const result = await exec(run);
          const base = { where: host, remedy: `run it yourself and read what it prints: ${run}` };
          if (result.exitCode !== exitCode)
            return [
              {
                ...base,
                reason: 'failed',
                message: `\`${run}\` ends with exit code ${result.exitCode}${lastLine(result) === '' ? '' : `: ${lastLine(result)}`}`,
                expected: `exit code ${exitCode}`,
                found: `exit code ${result.exitCode}`,
              },
            ];
          const output = `${result.stdout}${result.stderr}`;
          if (minVersion !== undefined) {
            const version = /\d+(\.\d+)+/.exec(output)?.[0];
            if (version === undefined)
              return [
                {
                  ...base,
                  reason: 'no-version',
                  message: `\`${run}\` prints no version: ${lastLine(result)}`,
                  expected: `a version of at least ${minVersion}`,
                  found: lastLine(result),
                },
              ];
            if (compareVersions(version, minVersion) < 0)
              return [
                {
                  ...base,
                  reason: 'too-old',
                  message: `${tool ?? run} is ${version}, and at least ${minVersion} is wanted.`,
                  expected: `${minVersion} or newer`,
                  found: version,
                  remedy: `install a newer ${tool ?? 'version'}`,
                },
              ];
          }
          const lacking = contains.find((part) => !output.includes(part));
          const expected = lacking ?? (pattern !== undefined && !pattern.test(output) ? matches : undefined);
          if (expected === undefined) return [];
          return [
            {
              ...base,
              reason: 'unexpected-output',
              message: `\`${run}\` does not print ${JSON.stringify(expected)}.`,
              expected,
              found: output.trim() === '' ? 'nothing' : output.trim().slice(0, 400),
            },
          ];
        }),
      );
  },
};
