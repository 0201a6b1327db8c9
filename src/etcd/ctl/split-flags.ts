import type { FlagSpecs } from '../../lib/flags.ts';

/**
 * The global flags may stand before or after the command and its own flags. This parts them, without judging the
 * others: those the command reads itself.
 */
export function splitFlags(
  args: readonly string[],
  specs: FlagSpecs,
): { global: readonly string[]; words: readonly string[] } {
  const names = new Map<string, boolean>();
  for (const [name, spec] of Object.entries(specs)) {
    names.set(`--${name}`, spec.type === 'boolean');
    if (spec.short !== undefined) names.set(`-${spec.short}`, spec.type === 'boolean');
  }
  const global: string[] = [];
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === '--') {
      words.push(...args.slice(at));
      break;
    }
    const isBoolean = names.get(word.split('=')[0]!);
    if (isBoolean === undefined) {
      words.push(word);
      continue;
    }
    global.push(word);
    if (!isBoolean && !word.includes('=') && at + 1 < args.length) global.push(args[++at]!);
  }
  return { global, words };
}
