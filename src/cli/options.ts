import type { Command } from 'commander';

export interface Description {
  readonly summary: string;
  /** Command lines that work as they stand. */
  readonly examples: readonly string[];
  /** What `--json` prints, for scripts; part of the interface, so that it only ever grows. */
  readonly json?: string;
}

/** The summary, the options that every command has, and the examples under --help. */
export function describe(command: Command, description: Description): Command {
  return common(command)
    .description(description.summary)
    .addHelpText('after', description.json === undefined ? '' : `\nJSON:\n${indented(description.json)}`)
    .addHelpText('after', examplesText(description.examples));
}

export const examplesText = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`;

const indented = (text: string) =>
  text
    .split('\n')
    .map((row) => `  ${row}`)
    .join('\n');

export const commonNames = ['workspace', 'topology'] as const;

export const common = (command: Command): Command =>
  command
    .option('--workspace <dir>', "the lab's folder (default: $K8S_LAB_WORKSPACE, else ~/k8s-lab)")
    .option('--topology <name>', 'hard-way, small or single: the machines of a new lab (default: hard-way)');

/** A command whose words after the name all belong to another program, such as `ssh`. */
export function passThrough(command: Command, description: Description): Command {
  return describe(command, description).allowUnknownOption().passThroughOptions().argument('[args...]');
}
