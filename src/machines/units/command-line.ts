/** Words of a unit's command lines (models src/basic/extract-word.c and systemd.service(5), "COMMAND LINES"). */

export interface UnitCommand {
  /** The program's path, specifiers expanded. */
  readonly path: string;
  /** argv[0] and the arguments, variables not expanded yet. */
  readonly words: readonly string[];
  /** `-`: a failure counts as success. */
  readonly ignoreFailure: boolean;
  /** `:`: no variables are expanded. */
  readonly noExpansion: boolean;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** Splits at white space outside quotes and resolves C-style escapes. Throws an Error for an open quote. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\') {
      const next = text[++i] ?? '';
      const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(i));
      if (hex !== null) {
        word = (word ?? '') + String.fromCharCode(Number.parseInt(hex[1]!, 16));
        i += 2;
      } else {
        // systemd keeps an unknown escape as it stands.
        word = (word ?? '') + (escapes[next] ?? `\\${next}`);
      }
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word += char;
    } else if ((char === '"' || char === "'") && word === undefined) {
      quote = char;
      word = '';
    } else if (char === '"' || char === "'") {
      // A quote inside a word: taken as quoting too, which systemd does for assignments such as A="b c".
      quote = char;
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) throw new Error('Unbalanced quoting');
  if (word !== undefined) words.push(word);
  return words;
}

export interface SpecifierContext {
  /** Full name: `etcd.service`, `getty@tty1.service`. */
  readonly unit: string;
  readonly hostname: string;
  readonly bootId: string;
}

/** `%n %N %p %i %H %l %b %t %S %L %E %T %V %u %U %h %%`; an unknown specifier stays as it is. */
export function expandSpecifiers(text: string, context: SpecifierContext): string {
  const bare = context.unit.replace(/\.[a-z]+$/, '');
  const at = bare.indexOf('@');
  const prefix = at < 0 ? bare : bare.slice(0, at);
  const values: Readonly<Record<string, string>> = {
    n: context.unit,
    N: bare,
    p: prefix,
    i: at < 0 ? '' : bare.slice(at + 1),
    I: at < 0 ? '' : bare.slice(at + 1).replaceAll('-', '/'),
    H: context.hostname,
    l: context.hostname.split('.')[0]!,
    b: context.bootId.replaceAll('-', ''),
    t: '/run',
    S: '/var/lib',
    C: '/var/cache',
    L: '/var/log',
    E: '/etc',
    T: '/tmp',
    V: '/var/tmp',
    u: 'root',
    U: '0',
    g: 'root',
    G: '0',
    h: '/root',
    s: '/bin/bash',
    '%': '%',
  };
  return text.replace(/%(.)/g, (whole, letter: string) => values[letter] ?? whole);
}

/** Reads `ExecStart=` and its kin. Throws an Error for an empty or unquotable line. */
export function parseCommand(text: string, context: SpecifierContext): UnitCommand {
  let rest = text;
  let ignoreFailure = false;
  let noExpansion = false;
  let renamed = false;
  for (;;) {
    const char = rest[0];
    if (char === '-') ignoreFailure = true;
    else if (char === ':') noExpansion = true;
    else if (char === '@') renamed = true;
    else if (char !== '+' && char !== '!') break;
    rest = rest.slice(1);
  }
  const words = splitWords(rest).map((word) => expandSpecifiers(word, context));
  const path = words[0];
  if (path === undefined) throw new Error('Empty path in command line');
  return { path, words: renamed ? words.slice(1) : words, ignoreFailure, noExpansion };
}

export type Environment = Readonly<Record<string, string>>;

/**
 * `${NAME}` anywhere becomes the value as one piece; a word that is just `$NAME` becomes zero or more words; `$$` is a
 * dollar sign. `onUnset` hears of names without a value.
 */
export function expandVariables(
  words: readonly string[],
  env: Environment,
  onUnset: (name: string) => void = () => {},
): string[] {
  const value = (name: string) => {
    const found = env[name];
    if (found === undefined) onUnset(name);
    return found ?? '';
  };
  return words.flatMap((word) => {
    const alone = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word);
    if (alone !== null) return splitWords(value(alone[1]!));
    return [
      word.replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string | undefined) =>
        whole === '$$' ? '$' : value(name!),
      ),
    ];
  });
}

/** The content of an `EnvironmentFile=`: shell-like assignments, quotes, `#` and `;` comments, continued lines. */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const raw of text.replace(/\\\r?\n/g, '').split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match === null) continue;
    const text = match[2]!;
    const quoted = /^"((?:[^"\\]|\\.)*)"$|^'([^']*)'$/.exec(text);
    values[match[1]!] = quoted === null ? text : (quoted[2] ?? quoted[1]!.replace(/\\(["\\$`])/g, '$1'));
  }
  return values;
}
