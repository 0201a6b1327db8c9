import { nearest } from '../../lib/nearest.ts';
import { splitWords } from '../../machines/units/command-line.ts';
import { parseUnitFile, type Setting } from '../../machines/units/unit-file.ts';
import { flagMeaning, isKnownFlag } from '../flag-meaning.ts';
import type { Finding } from '../types.ts';

export const contentReasons = {
  'bad-unit-file': 'the unit file has a mistake',
  'wrong-program': 'ExecStart names another program',
  'missing-flag': 'a flag is missing in ExecStart',
  'wrong-flag': 'a flag in ExecStart has another value',
  'unexpected-flag': 'a flag is there that should not be',
} as const;
type ContentReason = keyof typeof contentReasons;

export interface WantedUnit {
  readonly unit: string;
  readonly program: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly without: readonly string[];
  readonly why: Readonly<Record<string, unknown>>;
}

/** Every value of each flag of a command line, by its name without dashes. Models Go's flag and pflag: `--a=b`, `--a b`, `--switch`. */
function readFlags(words: readonly string[]): Map<string, readonly string[]> {
  const flags = new Map<string, readonly string[]>();
  for (let index = 0; index < words.length; index++) {
    const match = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(words[index]!);
    if (match === null) continue;
    const next = words[index + 1];
    const value = match[2] ?? (next === undefined || next.startsWith('-') ? 'true' : words[++index]!);
    flags.set(match[1]!, [...(flags.get(match[1]!) ?? []), value]);
  }
  return flags;
}

/** The items of a list in any order: that of --etcd-servers or --initial-cluster does not matter. */
const itemsOf = (value: string) => new Set(value.split(',').map((item) => item.trim()));
const missingIn = (found: ReadonlySet<string>, wanted: ReadonlySet<string>) =>
  [...wanted].filter((item) => !found.has(item));

/** What is wrong with the values of a flag, as the rest of a sentence that begins with the file; undefined when nothing is. */
function quarrel(flag: string, values: readonly string[], wanted: string): string | undefined {
  // A flag given again adds to a list; given again alike it changes nothing.
  const found = itemsOf(values.join(','));
  const items = itemsOf(wanted);
  const lacking = missingIn(found, items);
  const surplus = missingIn(items, found);
  if (lacking.length === 0 && surplus.length === 0) return undefined;
  if (values.length > 1)
    return `has --${flag} ${values.length} times (${values.join(', then ')}), and ${wanted} is wanted`;
  if (items.size > 1 && lacking.length > 0 && lacking.length < items.size)
    return `lacks ${lacking.join(', ')} in --${flag}${surplus.length === 0 ? '' : `, and has ${surplus.join(', ')} there`}`;
  return `has --${flag}=${values[0]}, and ${wanted} is wanted`;
}

/** A continued line whose backslash is missing ends the command, and its flags become settings without a meaning. */
function brokenContinuation(text: string, stray: Setting): string {
  const before = text.split('\n')[stray.line - 2] ?? '';
  const name = stray.key.split(/\s/)[0]!;
  return /\\[ \t]+\r?$/.test(before)
    ? `line ${stray.line} (${name}) stands alone: in the line before it, something invisible follows the backslash, which must be the last character.`
    : `line ${stray.line} (${name}) stands alone: the line before it does not end with a backslash.`;
}

/** All that is wrong in the text of a unit file. `where` names the file for the reader. */
export function examineUnitFile(text: string, where: string, wanted: WantedUnit): Finding<ContentReason>[] {
  const { unit } = wanted;
  const file = parseUnitFile(text, where);
  const remedy = 'write the unit file again, then systemctl daemon-reload and systemctl restart';
  const bad = (message: string, found: string): Finding<ContentReason> => ({
    reason: 'bad-unit-file',
    message: `${where}: ${message}`,
    expected: 'a unit file that systemd reads without a complaint',
    found,
    where,
    remedy,
  });
  if (file.warnings.length > 0)
    return [bad(`systemd stumbles over it: ${file.warnings[0]}`, file.warnings[0]!)];
  const settings = file.sections.get('Service') ?? [];
  const start = settings.findLast((setting) => setting.key === 'ExecStart');
  if (start === undefined) return [bad('it has no ExecStart in [Service].', 'no ExecStart')];
  let words: readonly string[];
  try {
    words = splitWords(start.value);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [bad(`ExecStart (line ${start.line}) does not parse: ${found}.`, found)];
  }
  const stray = settings.find((setting) => setting.key.startsWith('-'));
  if (stray !== undefined)
    return [bad(brokenContinuation(text, stray), text.split('\n')[stray.line - 1]!.trim())];
  const findings: Finding<ContentReason>[] = [];
  const program = (words[0] ?? '').replace(/^[-@:+!]+/, '');
  if (wanted.program !== undefined && program !== wanted.program)
    findings.push({
      reason: 'wrong-program',
      message: `${where} starts ${program}, and ${wanted.program} is wanted.`,
      expected: wanted.program,
      found: program,
      where,
      remedy,
    });
  return [...findings, ...examineFlags(readFlags(words.slice(1)), where, unit, wanted)];
}

function examineFlags(
  flags: ReadonlyMap<string, readonly string[]>,
  where: string,
  unit: string,
  wanted: WantedUnit,
): Finding<ContentReason>[] {
  const findings: Finding<ContentReason>[] = [];
  const because = (flag: string) => {
    const why = wanted.why[flag] ?? flagMeaning(flag);
    return why === undefined ? '.' : `: ${String(why)}.`;
  };
  const afterwards = `then systemctl daemon-reload and systemctl restart ${unit}`;
  const strangers = [...flags.keys()].filter((flag) => !(flag in wanted.flags) && !isKnownFlag(flag));
  for (const [name, value] of Object.entries(wanted.flags)) {
    const flag = name.replace(/^--?/, '');
    const values = flags.get(flag);
    const expected = value === null ? `--${flag}` : `--${flag}=${String(value)}`;
    if (values === undefined) {
      const misspelt = nearest(flag, strangers, 2);
      findings.push({
        reason: 'missing-flag',
        message: `${where} starts ${unit.replace(/\.service$/, '')} without --${flag}${misspelt === undefined ? '' : ` (--${misspelt} is no flag of it, but near)`}${because(flag)}`,
        expected,
        found: misspelt === undefined ? 'no such flag' : `--${misspelt}`,
        where,
        remedy:
          misspelt === undefined
            ? `add ${expected} to ExecStart, ${afterwards}`
            : `write --${flag} instead of --${misspelt} in ExecStart, ${afterwards}`,
      });
      continue;
    }
    const wrong = value === null ? undefined : quarrel(flag, values, String(value));
    if (wrong === undefined) continue;
    findings.push({
      reason: 'wrong-flag',
      message: `${where} ${wrong}${because(flag)}`,
      expected,
      found: values.map((each) => `--${flag}=${each}`).join(' '),
      where,
      remedy: `correct --${flag} in ExecStart, ${afterwards}`,
    });
  }
  for (const name of wanted.without) {
    const flag = name.replace(/^--?/, '');
    const values = flags.get(flag);
    if (values === undefined) continue;
    findings.push({
      reason: 'unexpected-flag',
      message: `${where} has --${flag}, which does not belong there${because(flag)}`,
      expected: `no --${flag}`,
      found: `--${flag}=${values.join(',')}`,
      where,
      remedy: `take --${flag} out of ExecStart, ${afterwards}`,
    });
  }
  return findings;
}
