import { LabError } from '../lib/errors.ts';

/** One line of a server block: `forward . 10.0.0.1 { … }`. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  /** The lines inside its braces, each split into words. */
  readonly block: readonly (readonly string[])[];
  readonly line: number;
}

export interface ServerBlock {
  /** Lower case, with a final dot: `.`, `cluster.local.`. */
  readonly zones: readonly string[];
  readonly port: number;
  readonly directives: readonly Directive[];
}

interface Token {
  readonly text: string;
  readonly line: number;
  readonly firstOnLine: boolean;
}

function tokenize(text: string): Token[] {
  return text.split('\n').flatMap((content, index) => {
    const words = [...content.matchAll(/"((?:[^"\\]|\\.)*)"|(#.*)|(\S+)/g)].filter(
      (match) => match[2] === undefined,
    );
    return words.map((match, position) => ({
      text: match[1] ?? match[3]!,
      line: index + 1,
      firstOnLine: position === 0,
    }));
  });
}

/** `example.org:1053` and `dns://.:53` to a zone and a port. */
function parseKey(key: string, defaultPort: number): { zone: string; port: number } {
  const match = /^(?:dns:\/\/)?(.*?)(?::(\d+))?$/.exec(key)!;
  const name = match[1]!.toLowerCase();
  return {
    zone: name.endsWith('.') ? name : `${name}.`,
    port: match[2] === undefined ? defaultPort : Number(match[2]),
  };
}

/** Reads a Corefile. Throws LabError with file and line when it is malformed. Models coredns/caddy/caddyfile. */
export function parseCorefile(text: string, file: string, defaultPort = 53): readonly ServerBlock[] {
  const tokens = tokenize(text);
  let position = 0;
  const fail = (line: number, what: string): never => {
    throw new LabError(`${file}:${line} - Error during parsing: ${what}`);
  };
  const lastLine = () => tokens.at(-1)?.line ?? 1;

  const wordsOfLine = (): string[] => {
    const words: string[] = [];
    const { line } = tokens[position]!;
    while (
      position < tokens.length &&
      tokens[position]!.line === line &&
      !['{', '}'].includes(tokens[position]!.text)
    ) {
      words.push(tokens[position++]!.text);
    }
    return words;
  };

  const readDirective = (): Directive => {
    const { line } = tokens[position]!;
    const [name, ...args] = wordsOfLine();
    if (name === undefined) return fail(line, `unexpected '${tokens[position]!.text}', expected a directive`);
    const block: string[][] = [];
    if (tokens[position]?.text === '{' && tokens[position]!.line === line) {
      position++;
      while (tokens[position]?.text !== '}') {
        if (position >= tokens.length)
          fail(lastLine(), `unexpected end of file, the block of '${name}' is not closed`);
        const words = wordsOfLine();
        if (words.length === 0) fail(tokens[position]!.line, `unexpected '{' in the block of '${name}'`);
        block.push(words);
      }
      position++;
    }
    return { name, args, block, line };
  };

  const blocks: ServerBlock[] = [];
  while (position < tokens.length) {
    const keys: string[] = [];
    while (position < tokens.length && tokens[position]!.text !== '{') {
      if (tokens[position]!.text === '}') fail(tokens[position]!.line, "unexpected '}'");
      keys.push(...tokens[position++]!.text.split(',').filter((key) => key !== ''));
    }
    if (position >= tokens.length) fail(lastLine(), "unexpected end of file, expected '{'");
    if (keys.length === 0) fail(tokens[position]!.line, 'a server block needs a zone before its brace');
    position++;
    const directives: Directive[] = [];
    while (tokens[position]?.text !== '}') {
      if (position >= tokens.length) fail(lastLine(), "unexpected end of file, expected '}'");
      directives.push(readDirective());
    }
    position++;
    const parsed = keys.map((key) => parseKey(key, defaultPort));
    for (const port of new Set(parsed.map((key) => key.port))) {
      blocks.push({
        zones: parsed.filter((key) => key.port === port).map((key) => key.zone),
        port,
        directives,
      });
    }
  }
  if (blocks.length === 0) fail(1, 'the file holds no server block');
  return blocks;
}
