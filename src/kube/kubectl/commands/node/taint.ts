import type { Node, Taint } from '../../../api/types/core-v1.ts';
import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { dryRunFlag, outputFlag, readDryRun, selectorFlags } from '../../cli/shared-flags.ts';
import { fetchTarget, findTargets } from '../../cluster/targets.ts';
import { printOutcome } from '../../output/object-printer.ts';
import { patchObject } from '../write.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export interface TaintChanges {
  readonly add: readonly Taint[];
  /** Without an effect: whatever its effect. */
  readonly remove: readonly { readonly key: string; readonly effect: string | undefined }[];
}

/** `key=value:Effect`, `key:Effect`, `key:Effect-`, `key-`. Models kubectl/pkg/cmd/taint utils.go parseTaints. */
export function readTaints(words: readonly string[]): TaintChanges {
  const add: Taint[] = [];
  const remove: { key: string; effect: string | undefined }[] = [];
  for (const word of words) {
    const isRemoval = word.endsWith('-');
    const [pair = '', effect, ...rest] = (isRemoval ? word.slice(0, -1) : word).split(':');
    const [key = '', value, ...more] = pair.split('=');
    if (key === '' || rest.length > 0 || more.length > 0 || (!isRemoval && effect === undefined))
      throw new KubectlError(`invalid taint spec: ${word}`);
    if (effect !== undefined && !effects.includes(effect))
      throw new KubectlError(`invalid taint effect: ${effect}, unsupported taint effect`);
    if (isRemoval) remove.push({ key, effect });
    else add.push({ key, ...(value !== undefined && { value }), effect: effect! });
  }
  return { add, remove };
}

/** The taints afterwards, and what happened to them in a word. */
export function applyTaints(
  node: string,
  taints: readonly Taint[],
  { add, remove }: TaintChanges,
  overwrite: boolean,
): { taints: Taint[]; verb: string } {
  const isSame = (a: { key: string; effect?: string | undefined }, b: Taint) =>
    a.key === b.key && (a.effect === undefined || a.effect === b.effect);
  const missing = remove.find((removal) => !taints.some((taint) => isSame(removal, taint)));
  if (missing !== undefined)
    throw new KubectlError(`taint "${missing.key}${missing.effect ? `:${missing.effect}` : ''}" not found`);
  const clashes = add.filter((taint) => taints.some((present) => isSame(taint, present)));
  if (clashes.length > 0 && !overwrite)
    throw new KubectlError(
      `node ${node} already has ${[...new Set(clashes.map(({ key }) => key))].join(',')} taint(s) with same effect(s) and --overwrite is false`,
    );
  const kept = taints.filter((taint) => ![...remove, ...add].some((change) => isSame(change, taint)));
  const verb =
    clashes.length > 0 || (add.length > 0 && remove.length > 0)
      ? 'modified'
      : remove.length > 0
        ? 'untainted'
        : 'tainted';
  return { taints: [...add, ...kept], verb };
}

/** Models kubectl/pkg/cmd/taint. */
export const taint = command({
  name: 'taint',
  summary: 'Update the taints on one or more nodes',
  usage: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  flags: {
    selector: selectorFlags.selector,
    ...outputFlag,
    ...dryRunFlag,
    all: { type: 'boolean', help: 'All nodes' },
    overwrite: { type: 'boolean', help: 'Change taints that are there already' },
  },
  async run(session, { flags, positional }) {
    const dryRun = readDryRun(flags['dry-run']);
    const isChange = (word: string) => /[=:]|-$/.test(word);
    const first = positional.findIndex(isChange);
    const nodes = first < 0 ? positional : positional.slice(0, first);
    if (first < 0) throw new KubectlError('at least one taint update is required');
    const changes = readTaints(positional.slice(first));
    for (const target of await findTargets(session, nodes, flags)) {
      if (target.resource.kind !== 'Node')
        throw new KubectlError(
          `invalid resource type ${target.resource.resource}, only node(s) is supported`,
        );
      const object = await fetchTarget(session, target);
      const current = (object as unknown as Node).spec?.taints ?? [];
      const { taints, verb } = applyTaints(target.name, current, changes, flags.overwrite);
      // Sent with the version that was read: nobody else's taint is lost.
      const patch = {
        metadata: { resourceVersion: object.metadata.resourceVersion },
        spec: { taints: taints.length > 0 ? taints : null },
      };
      const result =
        dryRun === 'client' ? object : await patchObject(session, target, patch, 'merge', { dryRun });
      printOutcome(session, { object: result, resource: target.resource, verb }, flags.output, dryRun);
    }
  },
});
