import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { errorCode, errorMessage, LabError } from '../../lib/errors.ts';
import { parseDuration } from '../../lib/flags.ts';
import { didYouMean } from '../../lib/nearest.ts';

/** What the scalars of a configuration file become. */
interface FieldValues {
  string: string;
  boolean: boolean;
  int: number;
  /** Milliseconds; written `10s` or `1h30m`. */
  duration: number;
  strings: readonly string[];
  /** Entries that the component checks itself. */
  list: readonly unknown[];
}

/** The fields that a component honours: how each is read; a nested table stands for an object with exactly these. */
export interface FieldTable {
  readonly [name: string]: keyof FieldValues | FieldTable;
}

/** A file's values in the shape of its table; what the file leaves out, or sets to null, is undefined. */
export type ConfigValues<T extends FieldTable> = {
  readonly [K in keyof T]?: T[K] extends keyof FieldValues
    ? FieldValues[T[K]]
    : T[K] extends FieldTable
      ? ConfigValues<T[K]>
      : never;
};

export interface ConfigKind<T extends FieldTable> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly fields: T;
  /** Upstream's fields that have no counterpart here: refused as such, so that nobody takes them for misspelt. */
  readonly unsupported?: readonly string[];
}

/**
 * Reads a component's configuration strictly: a field that is not honoured is refused by name, a value of the wrong
 * type by its place. Throws LabError with the file. Models the strict decoding of k8s.io/component-base/config.
 */
export function decodeConfig<const T extends FieldTable>(
  text: string,
  file: string,
  { apiVersion, kind, fields, unsupported = [] }: ConfigKind<T>,
): ConfigValues<T> {
  const fail = (what: string, remedy?: string): never => {
    throw new LabError(what, { where: file, ...(remedy && { remedy }) });
  };

  function readObject(value: unknown, table: FieldTable, path: string): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || Array.isArray(value))
      fail(`${path}: Invalid value: must be a map of fields`);
    const refused = path === '' ? unsupported : [];
    const entries = Object.entries(value ?? {}).map(([name, given]) => {
      const full = path === '' ? name : `${path}.${name}`;
      const reading = Object.hasOwn(table, name) ? table[name] : undefined;
      if (reading === undefined) {
        if (refused.includes(name)) fail(`field "${full}" is not supported by this program`, 'remove it');
        fail(
          `strict decoding error: unknown field "${full}"`,
          didYouMean(name, [...Object.keys(table), ...refused]),
        );
      }
      if (given === null) return [name, undefined];
      return [
        name,
        typeof reading === 'object' ? readObject(given, reading, full) : readScalar(given, reading!, full),
      ];
    });
    return Object.fromEntries(entries);
  }

  function readScalar(value: unknown, type: keyof FieldValues, path: string): unknown {
    const expected = (what: string) =>
      fail(`${path}: Invalid value: ${JSON.stringify(value)}: must be ${what}`);
    switch (type) {
      case 'string':
        return typeof value === 'string' ? value : expected('a string');
      case 'boolean':
        return typeof value === 'boolean' ? value : expected('true or false');
      case 'int':
        return Number.isInteger(value) ? value : expected('a whole number');
      case 'duration':
        return (
          (typeof value === 'string' ? parseDuration(value) : undefined) ?? expected('a duration such as 10s')
        );
      case 'strings':
        return Array.isArray(value) && value.every((item) => typeof item === 'string')
          ? value
          : expected('a list of strings');
      case 'list':
        return Array.isArray(value) ? value : expected('a list');
    }
  }

  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return fail(`invalid YAML: ${errorMessage(error).split('\n')[0]}`);
  }
  if (document === null || typeof document !== 'object' || Array.isArray(document))
    return fail(`the file is empty or no map: it should hold a ${kind}`);
  const { apiVersion: version, kind: found, ...rest } = document as Readonly<Record<string, unknown>>;
  if (version !== apiVersion || found !== kind)
    fail(`no kind "${found}" is registered for version "${version}"`, `use ${kind} of ${apiVersion}`);
  return readObject(rest, fields, '') as ConfigValues<T>;
}

/** The text of the file that --config names. Throws LabError when it cannot be read. */
export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'no such file or directory' : errorMessage(error);
    throw new LabError(`failed to load the configuration file: open ${file}: ${why}`, {
      where: '--config',
      remedy: `copy ${basename(file)} to this machine`,
    });
  }
}
