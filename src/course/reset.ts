import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, resolve } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { errorCode, LabError } from '../lib/errors.ts';
import type { CommandRunner } from './commands.ts';
import { type Chapter, jumpbox, type ResetRule } from './model.ts';

export interface ResetOptions {
  readonly workspace: string;
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** `20261121T015500`: sorts by time and is safe in a path. */
const stamp = (ms: number) => new Date(ms).toISOString().replace(/[-:]/g, '').slice(0, 15);

/** Names in a folder that a pattern with `*` in its last part matches. */
function expand(workspace: string, pattern: string): string[] {
  const path = resolve(workspace, pattern);
  if (relative(workspace, path).startsWith('..')) {
    throw new LabError(`reset would leave the workspace: ${pattern}`);
  }
  if (!pattern.includes('*')) return existsSync(path) ? [path] : [];
  const folder = dirname(path);
  if (!existsSync(folder)) return [];
  const [head, ...tails] = basename(path).split('*');
  const matcher = new RegExp(
    `^${[head!, ...tails].map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`,
  );
  return readdirSync(folder)
    .filter((name) => matcher.test(name))
    .map((name) => join(folder, name));
}

async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await cp(from, to, { recursive: true, preserveTimestamps: true });
    await rm(from, { recursive: true });
  }
}

/** What a rule does on a machine, as one script: nothing in it may fail because there is nothing to undo. */
export function machineScript(rule: ResetRule, kept: string): string {
  const lines: string[] = [];
  if (rule.commands !== undefined) lines.push(`( ${rule.commands}\n) || true`);
  for (const unit of rule.units) lines.push(`systemctl disable --now ${unit} 2>/dev/null || true`);
  for (const path of rule.paths) {
    const to = `${kept}${posix.dirname(path)}`;
    lines.push(`for path in ${path}; do if [ -e "$path" ]; then mkdir -p ${to}; mv "$path" ${to}/; fi; done`);
  }
  if (rule.units.length > 0) lines.push('systemctl daemon-reload || true');
  return lines.join('\n');
}

/**
 * Takes back what a chapter made. Files of the workspace go to `.lab/kept/TIME-CHAPTER/`, files of a machine to
 * `/var/backups/k8s-lab/TIME-CHAPTER/` on that machine. Returns the former.
 */
export async function resetChapter(chapter: Chapter, options: ResetOptions): Promise<string> {
  const { workspace, commands, signal } = options;
  const name = `${stamp(options.clock.now())}-${chapter.id}`;
  const kept = join(workspace, '.lab', 'kept', name);
  await mkdir(kept, { recursive: true });
  for (const rule of chapter.reset) {
    for (const host of rule.hosts) {
      if (host === jumpbox) {
        if (rule.commands !== undefined) {
          await commands.run(host, `( ${rule.commands}\n) || true`, signal && { signal });
        }
        for (const path of rule.paths.flatMap((pattern) => expand(workspace, pattern))) {
          await move(path, join(kept, relative(workspace, path)));
        }
        continue;
      }
      const script = machineScript(rule, `/var/backups/k8s-lab/${name}`);
      const errors: string[] = [];
      const exitCode = await commands.run(host, script, {
        ...(signal && { signal }),
        onOutput: ({ stream, text }) => stream === 'stderr' && errors.push(text),
      });
      if (exitCode !== 0) {
        throw new LabError(`cannot reset ${host}`, { where: chapter.id, remedy: errors.join('').trim() });
      }
    }
  }
  return kept;
}
