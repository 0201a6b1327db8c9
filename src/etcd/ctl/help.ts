import { describeFlags } from '../../lib/flags.ts';
import { etcdVersion } from '../proto/version.ts';
import { commands, type FoundCommand } from './commands.ts';
import { globalFlags } from './context.ts';

/** What etcdctl says of itself, in the sections that upstream's help has. */
const section = (title: string, text: string) => (text === '' ? '' : `${title}:\n${text}\n\n`);
const globalOptions = section('GLOBAL OPTIONS', describeFlags(globalFlags)).trimEnd();

/** All commands, or those of a group such as `member`. */
export function listHelp(group?: string): string {
  const prefix = group === undefined ? '' : `${group} `;
  const names = Object.keys(commands).filter((name) => name.startsWith(prefix));
  const width = Math.max(...names.map((name) => name.length)) + 4;
  const lines = names.toSorted().map((name) => `\t${name.padEnd(width)}${commands[name]!.summary}`);
  return [
    section('NAME', `\t${group ?? 'etcdctl - a command line client for etcd3'}`),
    section('USAGE', `\tetcdctl ${prefix}<command> [flags]`),
    section('VERSION', `\t${etcdVersion}`),
    section('COMMANDS', lines.join('\n')),
    `${globalOptions}\n`,
  ].join('');
}

/** One command with its own flags. */
export async function commandHelp({ name, command }: FoundCommand): Promise<string> {
  const { flags } = await command.load();
  return [
    section('NAME', `\t${name} - ${command.summary}`),
    section('USAGE', `\tetcdctl ${name} ${command.usage} [flags]`.replace('  ', ' ')),
    section('OPTIONS', flags === undefined ? '' : describeFlags(flags)),
    `${globalOptions}\n`,
  ].join('');
}
