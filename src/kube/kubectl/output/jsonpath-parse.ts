import { KubectlError } from '../cli/errors.ts';

export type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'all' }
  | { readonly type: 'descend' }
  | { readonly type: 'slice'; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly type: 'union'; readonly parts: readonly (readonly Step[])[] }
  | { readonly type: 'filter'; readonly left: Operand; readonly operator: string; readonly right?: Operand }
  | { readonly type: 'literal'; readonly value: unknown };

export type Operand = readonly Step[];

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Node[] };

function syntaxError(template: string, why: string): KubectlError {
  return new KubectlError(`error parsing jsonpath ${template}, ${why}`);
}

/** Throws KubectlError with what does not parse. */
export function compileJsonPath(template: string): Node[] {
  const stack: { steps: readonly Step[]; body: Node[] }[] = [{ steps: [], body: [] }];
  const put = (node: Node) => stack[stack.length - 1]!.body.push(node);
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    if (open < 0) {
      put({ type: 'text', text: template.slice(at) });
      break;
    }
    if (open > at) put({ type: 'text', text: template.slice(at, open) });
    const close = closing(template, open);
    if (close < 0) throw syntaxError(template, 'unclosed action');
    const action = template.slice(open + 1, close).trim();
    at = close + 1;
    if (action === 'end') {
      const range = stack.pop()!;
      if (stack.length === 0) throw syntaxError(template, 'not in range, nothing to end');
      put({ type: 'range', ...range });
    } else if (/^range\s/.test(action)) {
      stack.push({ steps: parsePath(action.slice(5).trim(), template), body: [] });
    } else for (const word of splitWords(action)) put(parseWord(word, template));
  }
  if (stack.length > 1) throw syntaxError(template, 'unclosed range');
  return stack[0]!.body;
}

/** The index of the `}` that ends the action at `open`; braces inside quotes and brackets do not count. */
function closing(text: string, open: number): number {
  let quote = '';
  for (let i = open + 1; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '}') return i;
  }
  return -1;
}

/** `.a "\t" .b` holds three. */
function splitWords(action: string): string[] {
  const words: string[] = [];
  let word = '';
  let depth = 0;
  let quote = '';
  for (let i = 0; i < action.length; i++) {
    const c = action[i]!;
    if (quote !== '') {
      word += c;
      if (c === '\\') word += action[++i] ?? '';
      else if (c === quote) quote = '';
      continue;
    }
    if (c === ' ' && depth === 0) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    if (c === '"' || c === "'") quote = c;
    if (c === '[' || c === '(') depth++;
    if (c === ']' || c === ')') depth--;
    word += c;
  }
  if (word !== '') words.push(word);
  return words;
}

function parseWord(word: string, template: string): Node {
  if (/^["']/.test(word)) return { type: 'text', text: unquote(word) };
  return { type: 'path', steps: parsePath(word, template) };
}

function unquote(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\(.)/g, (_, c: string) => ({ n: '\n', t: '\t', r: '\r' })[c as 'n' | 't' | 'r'] ?? c);
}

function parsePath(path: string, template: string): Step[] {
  const steps: Step[] = [];
  let rest = path.replace(/^[$@]/, '');
  while (rest !== '') {
    if (rest.startsWith('..')) {
      steps.push({ type: 'descend' });
      rest = rest.slice(rest[2] === '[' ? 2 : 1);
      continue;
    }
    if (rest.startsWith('[')) {
      const close = closingBracket(rest);
      if (close < 0) throw syntaxError(template, 'unterminated array');
      steps.push(parseBracket(rest.slice(1, close).trim(), template));
      rest = rest.slice(close + 1);
      continue;
    }
    // A dot may be part of a name when a backslash stands before it, as in .data.ca\.crt.
    const match = /^\.?((?:\\.|[^.[\]\\ ])*)/.exec(rest)!;
    const name = match[1]!.replace(/\\(.)/g, '$1');
    if (match[0] === '')
      throw syntaxError(template, `unrecognized character in action: ${JSON.stringify(rest[0])}`);
    rest = rest.slice(match[0].length);
    if (name === '') continue;
    steps.push(name === '*' ? { type: 'all' } : { type: 'field', name });
  }
  return steps;
}

function closingBracket(text: string): number {
  let depth = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '[') depth++;
    else if (c === ']' && --depth === 0) return i;
  }
  return -1;
}

function parseBracket(inner: string, template: string): Step {
  if (inner === '*') return { type: 'all' };
  if (inner.startsWith('?(') && inner.endsWith(')')) return parseFilter(inner.slice(2, -1).trim(), template);
  const parts = inner.match(/'(?:\\.|[^'])*'|"(?:\\.|[^"])*"|[^,]+/g)?.map((part) => part.trim()) ?? [];
  if (parts.length === 0) throw syntaxError(template, 'invalid array index');
  const steps = parts.map((part) => parseIndex(part, template));
  return steps.length === 1 ? steps[0]! : { type: 'union', parts: steps.map((step) => [step]) };
}

function parseIndex(part: string, template: string): Step {
  if (/^["']/.test(part)) return { type: 'field', name: unquote(part) };
  if (/^-?\d+$/.test(part)) return { type: 'slice', from: Number(part), to: Number(part) + 1, by: 0 };
  const match = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(part);
  if (match === null) throw syntaxError(template, `invalid array index ${part}`);
  const number = (text: string | undefined) => (text === undefined || text === '' ? undefined : Number(text));
  const [from, to] = [number(match[1]), number(match[2])];
  return {
    type: 'slice',
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    by: number(match[3]) ?? 1,
  };
}

function parseFilter(text: string, template: string): Step {
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/.exec(text);
  if (match === null) return { type: 'filter', left: operand(text, template), operator: 'exists' };
  return {
    type: 'filter',
    left: operand(match[1]!, template),
    operator: match[2]!,
    right: operand(match[3]!, template),
  };
}

function operand(text: string, template: string): Operand {
  if (/^["']/.test(text)) return [{ type: 'literal', value: unquote(text) }];
  if (/^-?\d+(\.\d+)?$/.test(text)) return [{ type: 'literal', value: Number(text) }];
  if (text === 'true' || text === 'false') return [{ type: 'literal', value: text === 'true' }];
  return parsePath(text, template);
}
