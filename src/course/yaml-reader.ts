import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument, Scalar } from 'yaml';
import { LabError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { formatOrigin, type Origin } from './model.ts';

/** A place in a YAML file that knows its line, so that whatever is wrong with it is reported as `file:line`. */
export class YamlReader {
  readonly file: string;
  readonly #lines: LineCounter;
  readonly #node: Node | null;
  readonly #label: string;

  private constructor(file: string, lines: LineCounter, node: Node | null, label: string) {
    this.file = file;
    this.#lines = lines;
    this.#node = node;
    this.#label = label;
  }

  /** Throws {@link LabError} with file and line when the text is not YAML. */
  static parse(text: string, file: string): YamlReader {
    const lines = new LineCounter();
    const document = parseDocument<ParsedNode>(text, { lineCounter: lines });
    const error = document.errors[0];
    if (error !== undefined) {
      const line = error.linePos?.[0].line ?? 1;
      throw new LabError(`not valid YAML: ${error.message.split('\n')[0]}`, { where: `${file}:${line}` });
    }
    return new YamlReader(file, lines, document.contents, 'the file');
  }

  get origin(): Origin {
    const offset = this.#node?.range?.[0] ?? 0;
    return { file: this.file, line: Math.max(1, this.#lines.linePos(offset).line) };
  }

  /** The line on which the text itself begins: one after the `|` of a block. */
  get textOrigin(): Origin {
    const block =
      isScalar(this.#node) &&
      (this.#node.type === Scalar.BLOCK_LITERAL || this.#node.type === Scalar.BLOCK_FOLDED);
    return { file: this.file, line: this.origin.line + (block ? 1 : 0) };
  }

  fail(message: string, remedy?: string): never {
    failAt(this.origin, message, remedy);
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  #child(node: unknown, label: string): YamlReader {
    return new YamlReader(this.file, this.#lines, (node as Node | null) ?? null, label);
  }

  /** The fields of a map. `known` names those allowed; without it any are. */
  fields(known?: readonly string[]): Map<string, YamlReader> {
    if (!isMap(this.#node)) this.fail(`${this.#label} must be a map`);
    const fields = new Map<string, YamlReader>();
    for (const { key, value } of this.#node.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (known !== undefined && !known.includes(name)) {
        this.#child(key, name).fail(
          `unknown field ${JSON.stringify(name)}`,
          didYouMean(name, known) ?? `known are ${known.join(', ')}`,
        );
      }
      fields.set(name, this.#child(value ?? key, name));
    }
    return fields;
  }

  list(): YamlReader[] {
    if (!isSeq(this.#node)) this.fail(`${this.#label} must be a list`);
    return this.#node.items.map((item) => this.#child(item, `an item of ${this.#label}`));
  }

  text(): string {
    if (!isScalar(this.#node) || typeof this.#node.value === 'object')
      this.fail(`${this.#label} must be text`);
    return String(this.#node.value);
  }

  boolean(): boolean {
    if (!isScalar(this.#node) || typeof this.#node.value !== 'boolean') {
      this.fail(`${this.#label} must be true or false`);
    }
    return this.#node.value;
  }

  /** Any value, with `text` applied to every string in it. */
  value(text: (value: string, origin: Origin) => unknown): unknown {
    if (isMap(this.#node)) {
      return Object.fromEntries([...this.fields()].map(([name, field]) => [name, field.value(text)]));
    }
    if (isSeq(this.#node)) return this.list().map((item) => item.value(text));
    if (isScalar(this.#node)) {
      const value: unknown = this.#node.value;
      return typeof value === 'string' ? text(value, this.textOrigin) : value;
    }
    return null;
  }
}

/** An error at a place that was read before. */
export function failAt(origin: Origin, message: string, remedy?: string): never {
  throw new LabError(message, {
    where: formatOrigin(origin),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** The field, or an error that names it and the place of the map. */
export function required(parent: YamlReader, fields: Map<string, YamlReader>, name: string): YamlReader {
  return fields.get(name) ?? parent.fail(`the field ${JSON.stringify(name)} is missing`);
}
