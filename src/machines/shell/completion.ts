import { lstatSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ShellMachine } from './command.ts';

/** Completes paths on the machine, and the names of programs for the first word. */
export function completer(machine: ShellMachine, cwd: string): (line: string) => [string[], string] {
  return (line) => {
    const word = /(\S*)$/.exec(line)![1]!;
    const first = line.slice(0, line.length - word.length).trim() === '';
    const folder = word.includes('/') ? word.slice(0, word.lastIndexOf('/') + 1) : '';
    const stem = word.slice(folder.length);
    const expanded = folder.startsWith('~/') ? `/root/${folder.slice(2)}` : folder;
    const names =
      first && folder === ''
        ? ['/usr/local/bin', '/usr/bin'].flatMap((path) => list(machine.root, path))
        : list(machine.root, posix.resolve(cwd, expanded));
    const hits = [...new Set(names)].filter((name) => name.startsWith(stem)).map((name) => folder + name);
    return [hits.sort(), word];
  };
}

function list(root: string, path: string): string[] {
  try {
    return readdirSync(join(root, path)).map((name) => {
      const entry = lstatSync(join(root, path, name));
      return entry.isDirectory() ? `${name}/` : name;
    });
  } catch {
    return [];
  }
}
