import { parse } from 'yaml';
import { nearest } from '../../lib/nearest.ts';
import { absence } from '../absence.ts';
import { parseDataPath, valuesAt, valueText } from '../data-path.ts';
import { type MachineReason, machineReasons, onEachHost, place, readHostText } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding } from '../types.ts';
import { jumpbox } from '../types.ts';

type Reason = MachineReason | 'missing' | 'not-yaml' | 'missing-field' | 'wrong-field';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  missing: 'the configuration file is not there',
  'not-yaml': 'the file is neither YAML nor JSON',
  'missing-field': 'a field is missing',
  'wrong-field': 'a field has another value',
};

/** Where and why a text does not parse, on one line without a full stop. What begins as JSON is read by programs that know no YAML. */
function whyNotParsed(error: unknown, text: string): string {
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/:$/, '');
  const position = /^(.*) in JSON at position (\d+)/.exec(message);
  if (position === null) return message;
  const before = text.slice(0, Number(position[2])).split('\n');
  return `${position[1]} at line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

/** What stands in the place of a field that is not there: one that is misspelt, or a value where a list should be. */
function nearMiss(data: unknown, field: string): string {
  const [, parent, name, index] = /^(?:(.+)\.)?\.?([^.[\]]+)(\[.*\])?$/.exec(field) ?? [];
  if (name === undefined) return '';
  for (const holder of parent === undefined ? [data] : valuesAt(data, parent)) {
    if (typeof holder !== 'object' || holder === null) continue;
    const value = (holder as Readonly<Record<string, unknown>>)[name];
    if (index !== undefined && value !== undefined && !Array.isArray(value))
      return `: ${name} is ${valueText(value)}, and a list is wanted`;
    const misspelt = value === undefined ? nearest(name, Object.keys(holder), 2) : undefined;
    if (misspelt !== undefined) return `, but has ${misspelt}`;
  }
  return '';
}

/**
 * Fields of a YAML or JSON file. Parameters: `path`; `on` (hosts); `fields` (path → value; `~` only asks that it is there);
 * `why` (path → what the field is for, a sentence).
 */
export const configFileKind: CheckKind<Reason> = {
  kind: 'config-file',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const path = parameters.string('path');
    const on = parameters.optionalWords('on') ?? [jumpbox];
    const fields = parameters.optionalMap('fields') ?? {};
    const why = parameters.optionalMap('why') ?? {};
    parameters.finish();
    for (const field of Object.keys(fields)) parseDataPath(field);

    return (context) =>
      onEachHost(context, on, async (host) => {
        const where = place(host, path);
        const base = { where, remedy: 'write the file again with the commands of this step' };
        const text = await readHostText(context, host, path);
        if (text === undefined) {
          const { says, found, remedy } = await absence(context, host, path, base.remedy);
          return [
            {
              where,
              reason: 'missing' as const,
              message: `${where} ${says}.`,
              expected: path,
              found,
              remedy,
            },
          ];
        }
        const language = text.trimStart().startsWith('{') ? 'JSON' : 'YAML';
        if (text.trim() === '')
          return [
            {
              ...base,
              reason: 'not-yaml' as const,
              message: `${where} is empty: a copy broke off, or the command that should have written it failed.`,
              expected: 'YAML',
              found: 'nothing',
            },
          ];
        let data: unknown;
        try {
          data = language === 'JSON' ? JSON.parse(text) : parse(text);
        } catch (error) {
          const found = whyNotParsed(error, text);
          return [
            {
              ...base,
              reason: 'not-yaml' as const,
              message: `${where} does not parse: ${found}.`,
              expected: language,
              found,
            },
          ];
        }
        const findings: Finding<Reason>[] = [];
        for (const [field, wanted] of Object.entries(fields)) {
          const values = valuesAt(data, field);
          const reason = why[field] === undefined ? '' : ` ${String(why[field])}`;
          if (values.length === 0)
            findings.push({
              ...base,
              reason: 'missing-field',
              message: `${where} lacks ${field}${nearMiss(data, field)}.${reason}`,
              expected: wanted === null ? field : `${field}: ${valueText(wanted)}`,
              found: 'nothing',
            });
          else if (wanted !== null && !values.some((value) => valueText(value) === valueText(wanted)))
            findings.push({
              ...base,
              reason: 'wrong-field',
              message: `${where} has ${field}: ${values.map(valueText).join(', ')}, and ${valueText(wanted)} is wanted.${reason}`,
              expected: valueText(wanted),
              found: values.map(valueText).join(', '),
            });
        }
        return findings;
      });
  },
};
