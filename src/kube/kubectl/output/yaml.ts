/**
 * YAML as Go's encoder writes it: keys sorted, lists not indented below their key, strings quoted only where they would be read
 * as something else. Models sigs.k8s.io/yaml over gopkg.in/yaml.v2 (encode.go, emitterc.go yaml_emitter_analyze_scalar).
 */

/** Ends with a newline. Keys whose value is undefined are left out. */
export function toYaml(value: unknown): string {
  if (isFilled(value)) return block(value, '');
  return `${scalar(value, '')}\n`;
}

function isFilled(value: unknown): value is object {
  return typeof value === 'object' && value !== null && entriesOf(value).length > 0;
}

function entriesOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, inner]) => inner !== undefined || Array.isArray(value));
}

function block(value: object, indent: string): string {
  if (Array.isArray(value))
    return value.map((item) => `${indent}- ${afterDash(item, `${indent}  `)}`).join('');
  return entriesOf(value)
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([key, inner]) => {
      const head = `${indent}${scalar(key, '')}:`;
      return head + afterKey(inner, indent, head.length + 1);
    })
    .join('');
}

/** The first line of a list's item stands on the line of its dash. */
function afterDash(item: unknown, indent: string): string {
  if (isFilled(item)) return block(item, indent).slice(indent.length);
  return `${scalar(item, indent, indent.length)}\n`;
}

function afterKey(value: unknown, indent: string, column: number): string {
  if (!isFilled(value)) return ` ${scalar(value, `${indent}  `, column)}\n`;
  return `\n${block(value, Array.isArray(value) ? indent : `${indent}  `)}`;
}

/** `column` is where it begins; without one it is a key, which stays on its line. */
function scalar(value: unknown, indent: string, column?: number): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return '[]';
  if (typeof value === 'object') return '{}';
  if (typeof value === 'string') return text(value, indent, column);
  return String(value);
}

function text(value: string, indent: string, column: number | undefined): string {
  if (value.includes('\n') && canBeLiteral(value)) return literal(value, indent);
  const style = value.includes('\n') || isOtherType(value) ? 'double' : analyze(value);
  const fold = (line: string) => (column === undefined ? line : folded(line, indent, column, style));
  if (style === 'plain') return fold(value);
  return style === 'single' ? fold(`'${value.replaceAll("'", "''")}'`) : fold(doubleQuoted(value));
}

const lineWidth = 80;

/** A blank beyond the line's width becomes a line break; blanks beside blanks stay. Models emitterc.go yaml_emitter_write_*. */
function folded(line: string, indent: string, column: number, style: 'plain' | 'single' | 'double'): string {
  if (column + line.length <= lineWidth) return line;
  const quote = style === 'plain' ? 0 : 1;
  const letters = [...line];
  let result = '';
  let at = column;
  letters.forEach((letter, i) => {
    const isInside = i > quote && i < letters.length - 1 - quote;
    if (letter === ' ' && isInside && at > lineWidth && letters[i - 1] !== ' ' && letters[i + 1] !== ' ') {
      result += `\n${indent}`;
      at = indent.length;
    } else {
      result += letter;
      at++;
    }
  });
  return result;
}

function literal(value: string, indent: string): string {
  const hint = /^[ \n]/.test(value) ? '2' : '';
  const chomp = !value.endsWith('\n') ? '-' : /(^|\n)\n$/.test(value) ? '+' : '';
  const lines = value.replace(/\n$/, '').split('\n');
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : `${indent || '  '}${line}`)).join('\n')}`;
}

const canBeLiteral = (value: string) => !/ \n| $/.test(value) && !hasSpecial(value.replaceAll('\n', ''));

/** What YAML calls not printable: control and surrogate characters, and the byte order mark. */
const hasSpecial = (value: string) => /[^\t\P{C}]/u.test(value);

/** Would YAML 1.1 read the bare word as something other than a string? */
function isOtherType(value: string): boolean {
  return (
    /^(|~|null|Null|NULL)$/.test(value) ||
    /^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/.test(value) ||
    /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(value) ||
    /^[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$/.test(value) ||
    /^[-+]?0(b[01_]+|o?[0-7_]+|x[0-9a-fA-F_]+)$/.test(value) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\s*\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?\s*(Z|[-+]\d{2}:?\d{2})?)?$/.test(value) ||
    /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(value)
  );
}

function analyze(value: string): 'plain' | 'single' | 'double' {
  if (hasSpecial(value)) return 'double';
  const quoted =
    /^[ ]|[ ]$/.test(value) ||
    /^(---|\.\.\.)/.test(value) ||
    /^[#,[\]{}&*!|>'"%@`]/.test(value) ||
    /^[-?:](\s|$)/.test(value) ||
    /:(\s|$)/.test(value) ||
    /\s#/.test(value);
  if (value.includes('\t')) return 'double';
  return quoted ? 'single' : 'plain';
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
};

function doubleQuoted(value: string): string {
  let result = '';
  for (const letter of value) {
    const code = letter.codePointAt(0)!;
    if (escapes[letter] !== undefined) result += escapes[letter];
    else if (!hasSpecial(letter)) result += letter;
    else if (code < 256) result += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else result += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return `"${result}"`;
}

/** Numbers inside keys count as numbers, letters come after other signs. Models yaml.v2 sorter.go. */
function compareKeys(a: string, b: string): number {
  const isLetter = (c: string) => /\p{L}/u.test(c);
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === b[i]) continue;
    const [left, right] = [isLetter(a[i]!), isLetter(b[i]!)];
    if (left && right) return a[i]! < b[i]! ? -1 : 1;
    if (left !== right) return left ? 1 : -1;
    const [m, n] = [/^\d+/.exec(a.slice(i)), /^\d+/.exec(b.slice(i))];
    if (m !== null && n !== null && Number(m[0]) !== Number(n[0])) return Number(m[0]) - Number(n[0]);
    return a[i]! < b[i]! ? -1 : 1;
  }
  return a.length - b.length;
}
