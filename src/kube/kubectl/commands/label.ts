import { command, type Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import {
  dryRunFlag,
  fieldManagerFlag,
  fileFlags,
  outputFlag,
  readDryRun,
  selectorFlags,
} from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { fetchTarget, findTargets, type Target } from '../cluster/targets.ts';
import { printOutcome } from '../output/object-printer.ts';
import { patchObject } from './write.ts';

type Field = 'labels' | 'annotations';

interface Changes {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: ReadonlySet<string>;
}

const isPair = (word: string) => /^[^=]+=/.test(word) || /^[^=]+-$/.test(word);

/** `a=1 b-`: the words after the objects. */
function readChanges(words: readonly string[], what: string): Changes {
  const set = new Map<string, string>();
  const remove = new Set<string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at > 0) set.set(word.slice(0, at), word.slice(at + 1));
    else remove.add(word.slice(0, -1));
  }
  for (const key of remove)
    if (set.has(key)) throw new KubectlError(`cannot modify and remove the same ${what}: ${key}`);
  return { set, remove };
}

function markCommand(name: 'label' | 'annotate', field: Field, summary: string) {
  const what = name === 'label' ? 'label' : 'annotation';
  return command({
    name,
    summary,
    usage: `(-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N KEY-`,
    flags: {
      ...fileFlags,
      ...selectorFlags,
      ...outputFlag,
      ...dryRunFlag,
      ...fieldManagerFlag,
      all: { type: 'boolean', help: 'All objects of the resource in the namespace' },
      overwrite: { type: 'boolean', help: 'Values that are there may change' },
      list: { type: 'boolean', help: `Show the ${what}s` },
      'resource-version': { type: 'string', help: 'Only when the object is of this version' },
    },
    async run(session, { flags, positional }) {
      const dryRun = readDryRun(flags['dry-run']);
      const first = positional.findIndex((word, i) => isPair(word) && (i > 0 || flags.filename.length > 0));
      const words = first < 0 ? positional : positional.slice(0, first);
      const changes = readChanges(first < 0 ? [] : positional.slice(first), what);
      if (changes.set.size + changes.remove.size === 0 && !flags.list)
        throw new KubectlError(`at least one ${what} update is required`);
      const targets = await findTargets(session, words, flags);
      if (targets.length === 0) session.warn('No resources found');
      for (const target of targets) {
        const current = await fetchTarget(session, target);
        if (flags.list) {
          for (const [key, value] of Object.entries(current.metadata[field] ?? {}))
            session.print(`${key}=${value}`);
          continue;
        }
        const before = current.metadata[field] ?? {};
        if (!flags.overwrite) refuseOverwrite(before, changes, what);
        for (const key of changes.remove) if (!(key in before)) session.print(`${what} "${key}" not found.`);
        const patch = { metadata: { [field]: patchOf(before, changes) } };
        const isChanged = Object.keys(patch.metadata[field]!).length > 0;
        const changed =
          isChanged && dryRun !== 'client'
            ? await save(session, target, patch, flags, name, dryRun)
            : current;
        const object = dryRun === 'client' ? marked(current, field, changes) : changed;
        printOutcome(
          session,
          { object, resource: target.resource, verb: verbOf(name, isChanged, changes) },
          flags.output,
          dryRun,
        );
      }
    },
  });
}

function save(
  session: Session,
  target: Target,
  patch: object,
  flags: { readonly 'field-manager': string | undefined; readonly 'resource-version': string | undefined },
  name: string,
  dryRun: 'none' | 'client' | 'server',
) {
  const resourceVersion = flags['resource-version'];
  const guarded =
    resourceVersion === undefined
      ? patch
      : { metadata: { ...(patch as { metadata: object }).metadata, resourceVersion } };
  return patchObject(session, target, guarded, 'merge', {
    dryRun,
    fieldManager: flags['field-manager'] ?? `kubectl-${name}`,
  });
}

function verbOf(name: 'label' | 'annotate', isChanged: boolean, changes: Changes): string {
  if (name === 'annotate') return 'annotated';
  if (!isChanged) return 'not labeled';
  return changes.set.size === 0 ? 'unlabeled' : 'labeled';
}

function refuseOverwrite(before: Readonly<Record<string, string>>, { set }: Changes, what: string): void {
  const clashes = [...set].filter(([key, value]) => before[key] !== undefined && before[key] !== value);
  if (clashes.length === 0) return;
  const text = clashes.map(([key]) =>
    what === 'label'
      ? `'${key}' already has a value (${before[key]}), and --overwrite is false`
      : `--overwrite is false but found the following declared annotation(s): '${key}' already has a value (${before[key]})`,
  );
  throw new KubectlError(text.join('\n'));
}

/** Only what differs: a patch without effect is not sent. */
function patchOf(
  before: Readonly<Record<string, string>>,
  { set, remove }: Changes,
): Record<string, string | null> {
  return Object.fromEntries([
    ...[...set].filter(([key, value]) => before[key] !== value),
    ...[...remove].filter((key) => key in before).map((key) => [key, null] as const),
  ]);
}

function marked(object: KubeObject, field: Field, { set, remove }: Changes): KubeObject {
  const values = Object.entries({ ...object.metadata[field], ...Object.fromEntries(set) }).filter(
    ([key]) => !remove.has(key),
  );
  return { ...object, metadata: { ...object.metadata, [field]: Object.fromEntries(values) } };
}

export const label = markCommand('label', 'labels', 'Update the labels on a resource');
export const annotate = markCommand('annotate', 'annotations', 'Update the annotations on a resource');
