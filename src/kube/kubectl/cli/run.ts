import { Cluster } from '../cluster/cluster.ts';
import type { Command, Session } from './command.ts';
import { distance } from './distance.ts';
import { errorText, KubectlError } from './errors.ts';
import { describeFlags, type FlagSpecs, parseFlags } from './flags.ts';
import { type GlobalFlags, globalFlags } from './global-flags.ts';
import type { Terminal } from './terminal.ts';

const help = { help: { type: 'boolean', short: 'h', help: 'Help for this command' } } as const;

/** Finds the command, reads its flags, runs it, and prints what went wrong as upstream does. Resolves to the exit code. */
export async function runCommandLine(
  root: Command,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  let path = root.name;
  let cluster: Cluster | undefined;
  try {
    const { command, names, rest } = findCommand(root, args);
    path = names.join(' ');
    const specs: FlagSpecs = { ...globalFlags, ...command.flags, ...help };
    // A command's own meaning of a global flag's letter or name comes first, as set-credentials' --token does.
    const parsed = parseFlags(rest, withoutTakenShorts(specs, command.flags ?? {}));
    if (parsed.flags.help === true || command.run === undefined) {
      if (command.run === undefined && parsed.positional.length > 0 && parsed.flags.help !== true)
        throw unknownCommand(parsed.positional[0]!, path, command.subcommands ?? []);
      terminal.stdout.write(helpText(path, command));
      return 0;
    }
    const global = parsed.flags as unknown as GlobalFlags;
    const session: Session = {
      ...terminal,
      global,
      path,
      cluster: () => {
        cluster ??= new Cluster(terminal, global);
        return cluster;
      },
      print: (text) => void terminal.stdout.write(`${text}\n`),
      warn: (text) => void terminal.stderr.write(`${text}\n`),
    };
    return (await command.run(session, parsed)) ?? 0;
  } catch (error) {
    if (terminal.signal.aborted) return 130;
    const text = errorText(error, cluster?.serverIfKnown());
    if (text !== '') terminal.stderr.write(`${text}\n`);
    if (error instanceof KubectlError && error.usage)
      terminal.stderr.write(`See '${path} --help' for usage.\n`);
    return error instanceof KubectlError ? error.exitCode : 1;
  } finally {
    cluster?.close();
  }
}

function withoutTakenShorts(specs: FlagSpecs, own: FlagSpecs): FlagSpecs {
  const taken = new Set(Object.values(own).map((spec) => spec.short));
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const { short: _, ...rest } = spec;
      return [name, !(name in own) && taken.has(spec.short) ? rest : spec];
    }),
  );
}

interface Found {
  readonly command: Command;
  readonly names: readonly string[];
  /** The words without those that named the command. */
  readonly rest: readonly string[];
}

/** Global flags may stand before and between the command's words: `kubectl -n x config --kubeconfig=y view`. */
function findCommand(root: Command, args: readonly string[]): Found {
  let command = root;
  const names = [root.name];
  const rest = [...args];
  for (let i = 0; i < rest.length && command.subcommands !== undefined; ) {
    const word = rest[i]!;
    if (word === '--') break;
    if (word.startsWith('-')) {
      i += takesNextWord(word, { ...globalFlags, ...command.flags }) ? 2 : 1;
      continue;
    }
    const next = command.subcommands.find((c) => c.name === word || c.aliases?.includes(word));
    if (next === undefined) {
      if (command.run !== undefined) break;
      throw unknownCommand(word, names.join(' '), command.subcommands);
    }
    command = next;
    names.push(next.name);
    rest.splice(i, 1);
  }
  return { command, names, rest };
}

function takesNextWord(word: string, specs: FlagSpecs): boolean {
  if (word.includes('=')) return false;
  const spec = word.startsWith('--')
    ? specs[word.slice(2)]
    : word.length === 2
      ? Object.values(specs).find((s) => s.short === word[1])
      : undefined;
  return spec !== undefined && spec.type !== 'boolean' && spec.bare === undefined;
}

/** Models github.com/spf13/cobra Command.findSuggestions: an edit distance of two, or a common beginning. */
function unknownCommand(word: string, path: string, commands: readonly Command[]): KubectlError {
  // Below the root upstream makes no suggestions.
  if (path.includes(' '))
    return new KubectlError(
      `unknown command ${JSON.stringify(word)}\nSee '${path} -h' for help and examples`,
    );
  const close = commands
    .map((c) => c.name)
    .filter((name) => distance(word, name) <= 2 || name.toLowerCase().startsWith(word.toLowerCase()));
  const suggestion =
    close.length === 0 ? '' : `\n\nDid you mean this?\n${close.map((name) => `\t${name}`).join('\n')}`;
  return new KubectlError(`unknown command ${JSON.stringify(word)} for ${JSON.stringify(path)}${suggestion}`);
}

function helpText(path: string, command: Command): string {
  const lines = [command.summary, ''];
  if (command.subcommands !== undefined) {
    lines.push('Available Commands:');
    for (const sub of command.subcommands) lines.push(`  ${sub.name.padEnd(16)} ${sub.summary}`);
    lines.push('');
  }
  if (command.flags !== undefined && Object.keys(command.flags).length > 0)
    lines.push('Options:', describeFlags(command.flags), '');
  lines.push(
    'Usage:',
    `  ${path} ${command.usage ?? (command.subcommands ? '[command]' : '')} [options]`.replace(
      / {2,}(?=\S*\])/g,
      ' ',
    ),
    '',
  );
  lines.push('Options of every command:', describeFlags(globalFlags), '');
  return `${lines.join('\n')}`;
}
