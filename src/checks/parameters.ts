import { LabError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { CheckSpec } from './types.ts';

const common = new Set(['kind', 'title', 'id', 'needs', 'fix']);

/** Reads the parameters of a check with their types, and refuses what no one has read. Errors are LabErrors. */
export class Parameters {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #known = new Set(common);

  constructor(values: Readonly<Record<string, unknown>>, where: string) {
    this.#values = values;
    this.#where = where;
  }

  static of(spec: CheckSpec): Parameters {
    return new Parameters(spec, `check ${spec.kind} ${JSON.stringify(spec.id ?? spec.title)}`);
  }

  #read(name: string): unknown {
    this.#known.add(name);
    return this.#values[name] ?? undefined;
  }

  #wrong(name: string, wanted: string): LabError {
    return new LabError(`parameter ${name} must be ${wanted}`, { where: this.#where });
  }

  optionalString(name: string): string | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    // YAML reads 6443 or 0600 as numbers; who writes them wants the text.
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') throw this.#wrong(name, 'a string');
    return value;
  }

  string(name: string): string {
    const value = this.optionalString(name);
    if (value === undefined)
      throw new LabError(`parameter ${name} is missing`, {
        where: this.#where,
        remedy: 'add it to lab.yaml',
      });
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) throw this.#wrong(name, 'a number');
    return number;
  }

  number(name: string): number {
    const value = this.optionalNumber(name);
    if (value === undefined) throw new LabError(`parameter ${name} is missing`, { where: this.#where });
    return value;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#read(name);
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  /** A list of strings; one string stands for a list of one. */
  optionalList(name: string): readonly string[] | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item) => {
      if (typeof item === 'number' || typeof item === 'boolean') return String(item);
      if (typeof item !== 'string') throw this.#wrong(name, 'a list of strings');
      return item;
    });
  }

  list(name: string): readonly string[] {
    const value = this.optionalList(name);
    if (value === undefined) throw new LabError(`parameter ${name} is missing`, { where: this.#where });
    return value;
  }

  /** A list of words; each may hold several, split at commas, since a template's value is one text. */
  optionalWords(name: string): readonly string[] | undefined {
    return this.optionalList(name)?.flatMap((item) =>
      item
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    );
  }

  words(name: string): readonly string[] {
    const value = this.optionalWords(name);
    if (value === undefined) throw new LabError(`parameter ${name} is missing`, { where: this.#where });
    return value;
  }

  /** Milliseconds, written as seconds (`30`) or with a unit (`30s`, `2m`, `500ms`). */
  duration(name: string, fallbackMs: number): number {
    const text = this.optionalString(name);
    if (text === undefined) return fallbackMs;
    const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
    if (match === null) throw this.#wrong(name, 'a duration such as 30s');
    return Number(match[1]) * (match[2] === 'ms' ? 1 : match[2] === 'm' ? 60_000 : 1000);
  }

  /** Permission bits: `'0600'`, or the number YAML made of 0600 (octal in text, so 600 stands for 0o600). */
  mode(name: string): number | undefined {
    const text = this.optionalString(name);
    if (text === undefined) return undefined;
    if (!/^0?[0-7]{3,4}$/.test(text)) throw this.#wrong(name, "a file mode such as '0600'");
    return Number.parseInt(text, 8);
  }

  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback?: T): T {
    const value = this.optionalString(name) ?? fallback;
    const match = allowed.find((candidate) => candidate === value);
    if (match === undefined) throw this.#wrong(name, `one of ${allowed.join(', ')}`);
    return match;
  }

  /** A mapping whose values are anything that YAML has. */
  optionalMap(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#wrong(name, 'a mapping');
    return value as Readonly<Record<string, unknown>>;
  }

  /** A list of mappings, each read by its own Parameters. */
  optionalObjects(name: string): readonly Parameters[] | undefined {
    const value = this.#read(name);
    if (value === undefined) return undefined;
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item, index) => {
      if (typeof item !== 'object' || item === null || Array.isArray(item))
        throw this.#wrong(name, 'a list of mappings');
      return new Parameters(item as Record<string, unknown>, `${this.#where}, ${name}[${index}]`);
    });
  }

  optionalObject(name: string): Parameters | undefined {
    const value = this.optionalMap(name);
    return value === undefined ? undefined : new Parameters(value, `${this.#where}, ${name}`);
  }

  /** Any value, as it stands. */
  value(name: string): unknown {
    return this.#read(name);
  }

  /** Throws for a parameter that no one asked for: a typing mistake in lab.yaml must not weaken a check in silence. */
  finish(): void {
    for (const name of Object.keys(this.#values)) {
      if (!this.#known.has(name))
        throw new LabError(`unknown parameter ${name}`, {
          where: this.#where,
          remedy: didYouMean(name, this.#known) ?? `this kind has ${[...this.#known].join(', ')}`,
        });
    }
  }
}
