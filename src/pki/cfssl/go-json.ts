import { isRecord } from '../../lib/is-record.ts';

/**
 * JSON with the error texts of Go's encoding/json, to which the place is added: the learner edits these files by hand.
 * Models encoding/json/scanner.go.
 */
export class JsonSyntaxError extends Error {}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  check(): void {
    this.#space();
    this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#invalid('after top-level value');
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  #invalid(context: string): never {
    const character = this.#text[this.#at];
    if (character === undefined) throw new JsonSyntaxError('unexpected end of JSON input');
    const before = this.#text.slice(0, this.#at).split('\n');
    const where = `line ${before.length}, column ${before[before.length - 1]!.length + 1}`;
    const quoted = character === "'" ? "'\\''" : character === '\n' ? "'\\n'" : `'${character}'`;
    throw new JsonSyntaxError(`invalid character ${quoted} ${context} (${where})`);
  }

  #value(): void {
    const character = this.#text[this.#at];
    if (character === '{') this.#object();
    else if (character === '[') this.#array();
    else if (character === '"') this.#string();
    else if (character === '-' || (character !== undefined && /\d/.test(character))) this.#number();
    else if (character === 't') this.#literal('true');
    else if (character === 'f') this.#literal('false');
    else if (character === 'n') this.#literal('null');
    else this.#invalid('looking for beginning of value');
  }

  #object(): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      if (this.#text[this.#at] !== '"') this.#invalid('looking for beginning of object key string');
      this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') this.#invalid('after object key');
      this.#at++;
      this.#space();
      this.#value();
      this.#space();
      if (this.#text[this.#at] === '}') break;
      if (this.#text[this.#at] !== ',') this.#invalid('after object key:value pair');
      this.#at++;
      this.#space();
    }
    this.#at++;
  }

  #array(): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#value();
      this.#space();
      if (this.#text[this.#at] === ']') break;
      if (this.#text[this.#at] !== ',') this.#invalid('after array element');
      this.#at++;
      this.#space();
    }
    this.#at++;
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character < ' ') this.#invalid('in string literal');
      this.#at++;
      if (character === '"') return;
      if (character !== '\\') continue;
      const escaped = this.#text[this.#at];
      if (escaped === 'u') {
        this.#at++;
        for (let digit = 0; digit < 4; digit++, this.#at++)
          if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? ''))
            this.#invalid('in \\u hexadecimal character escape');
      } else if (escaped !== undefined && '"\\/bfnrt'.includes(escaped)) this.#at++;
      else this.#invalid('in string escape code');
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++;
    if (!/\d/.test(this.#text[this.#at] ?? '')) this.#invalid('in numeric literal');
    const rest = /^(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.#text.slice(this.#at));
    this.#at += rest![0].length;
  }

  #literal(word: string): void {
    for (const [index, letter] of [...word].entries()) {
      if (this.#text[this.#at] !== letter)
        this.#invalid(
          index === 0 ? 'looking for beginning of value' : `in literal ${word} (expecting '${letter}')`,
        );
      this.#at++;
    }
  }
}

/** Parses JSON. Throws JsonSyntaxError with Go's wording and the place. */
export function parseGoJson(text: string): unknown {
  new Scanner(text).check();
  return JSON.parse(text);
}

const kindOf = (value: unknown) =>
  Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : typeof value === 'boolean'
        ? 'bool'
        : (typeof value as string);

export type JsonObject = Readonly<Record<string, unknown>>;

/** A field by its name in any case, as Go matches; undefined when absent or null. */
export function field(object: JsonObject, name: string): unknown {
  if (name in object) return object[name] ?? undefined;
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : (object[key] ?? undefined);
}

/** Throws JsonSyntaxError as Go does for a value of the wrong type. `path` is `Struct.field`. */
function mismatch(value: unknown, path: string, goType: string): never {
  throw new JsonSyntaxError(
    path === ''
      ? `json: cannot unmarshal ${kindOf(value)} into Go value of type ${goType}`
      : `json: cannot unmarshal ${kindOf(value)} into Go struct field ${path} of type ${goType}`,
  );
}

export function asString(value: unknown, path: string): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : mismatch(value, path, 'string');
}

export function asInt(value: unknown, path: string): number {
  if (value === undefined) return 0;
  return typeof value === 'number' && Number.isInteger(value) ? value : mismatch(value, path, 'int');
}

export function asBool(value: unknown, path: string): boolean {
  if (value === undefined) return false;
  return typeof value === 'boolean' ? value : mismatch(value, path, 'bool');
}

export function asObject(value: unknown, path: string, goType: string): JsonObject {
  if (value === undefined) return {};
  return isRecord(value) ? value : mismatch(value, path, goType);
}

export function asArray(value: unknown, path: string, goType: string): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : mismatch(value, path, goType);
}
