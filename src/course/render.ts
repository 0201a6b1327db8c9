import { LabError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { Origin } from './model.ts';

/**
 * Placeholders in the content of a pack and in templates:
 *
 *     {{ topology.serviceCidr }}                     a value
 *     {{#each controllers}}{{ name }} {{/each}}      a loop; the fields of the item come first, then those outside
 *     {{#if several.workers}} … {{else}} … {{/if}}   a choice by what the topology is; `else` may be missing
 *
 * and nothing else: content is data. A tag that stands alone on its line, and is no value, takes the line with it. An
 * unknown name is an error with file and line, so that a typing mistake never reaches a learner's certificate.
 */
export type Values = { readonly [name: string]: Value };
export type Value = string | number | boolean | undefined | Values | readonly Values[] | readonly string[];

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'value'; readonly path: string; readonly line: number }
  | {
      readonly type: 'each' | 'if';
      readonly path: string;
      readonly line: number;
      readonly body: readonly Part[];
      /** Of a choice: what stands behind its `else`. */
      readonly otherwise: readonly Part[];
    };

const tag = /\{\{\s*(#(each|if)\s+([\w.]+)|\/(?:each|if)|else|[A-Za-z_][\w.]*)\s*\}\}/g;

const isList = (value: Value): value is readonly Values[] | readonly string[] => Array.isArray(value);
const isLoopList = (value: Value): value is readonly Values[] =>
  isList(value) && value.every((item) => typeof item === 'object');

/** Cuts the text into parts; throws {@link LabError} for a loop without its end, or an end without its loop. */
function parseParts(text: string, origin: Origin): readonly Part[] {
  const fail = (message: string, line: number): never => {
    throw new LabError(message, { where: `${origin.file}:${line}` });
  };
  const addText = (body: Part[], chunk: string, startLine: number) => {
    const stray = chunk.indexOf('{{');
    if (stray !== -1) {
      fail(
        `${chunk.slice(stray).split('\n')[0]}: only {{ value }}, {{#each list}} … {{/each}} and {{#if value}} … {{else}} … {{/if}} are known`,
        startLine + chunk.slice(0, stray).split('\n').length - 1,
      );
    }
    if (chunk !== '') body.push({ type: 'text', text: chunk });
  };
  const root: Part[] = [];
  const open: {
    type: 'each' | 'if';
    path: string;
    line: number;
    body: Part[];
    otherwise: Part[];
    inElse: boolean;
  }[] = [];
  const innermost = (): Part[] => {
    const block = open.at(-1);
    return block === undefined ? root : block.inElse ? block.otherwise : block.body;
  };
  let position = 0;
  let line = origin.line;
  for (const match of text.matchAll(tag)) {
    const name = match[1]!;
    const control = name.startsWith('#') || name.startsWith('/') || name === 'else';
    let start = match.index;
    let end = start + match[0].length;
    if (control) {
      const lineStart = text.lastIndexOf('\n', start - 1) + 1;
      const newline = text.indexOf('\n', end);
      const lineEnd = newline === -1 ? text.length : newline + 1;
      const alone = (text.slice(lineStart, start) + text.slice(end, lineEnd)).trim() === '';
      if (alone && lineStart >= position) {
        start = lineStart;
        end = lineEnd;
      }
    }
    addText(innermost(), text.slice(position, start), line);
    line = origin.line + text.slice(0, match.index).split('\n').length - 1;
    if (match[3] !== undefined) {
      const type = match[2] === 'if' ? 'if' : 'each';
      open.push({ type, path: match[3], line, body: [], otherwise: [], inElse: false });
    } else if (name === 'else') {
      const choice = open.at(-1);
      if (choice?.type !== 'if' || choice.inElse) fail('{{else}} without {{#if}}', line);
      else choice.inElse = true;
    } else if (control) {
      const block = open.pop();
      if (block?.type !== name.slice(1)) return fail(`{{${name}}} without {{#${name.slice(1)}}}`, line);
      const { inElse: _inElse, ...part } = block;
      innermost().push(part);
    } else {
      innermost().push({ type: 'value', path: name, line });
    }
    position = end;
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined)
    fail(`{{#${unclosed.type} ${unclosed.path}}} has no {{/${unclosed.type}}}`, unclosed.line);
  addText(root, text.slice(position), line);
  return root;
}

function lookUp(path: string, scopes: readonly Values[], where: string): Value {
  const [head, ...rest] = path.split('.');
  const scope = scopes.find((candidate) => candidate[head!] !== undefined);
  let value: Value = scope?.[head!];
  let known = scopes.flatMap((candidate) => Object.keys(candidate));
  let at = '';
  for (const name of rest) {
    if (value === undefined || typeof value !== 'object' || isList(value)) break;
    at = at === '' ? head! : `${at}.${name}`;
    known = Object.keys(value).map((key) => `${path.slice(0, path.lastIndexOf('.'))}.${key}`);
    value = (value as Values)[name];
  }
  if (value === undefined) {
    throw new LabError(`unknown name {{ ${path} }}`, {
      where,
      remedy: didYouMean(path, known) ?? `known are ${[...new Set(known)].join(', ')}`,
    });
  }
  return value;
}

const truth = (value: Value): boolean => (isList(value) ? value.length > 0 : Boolean(value));

/** Whether a value counts as true in `{{#if}}`: not false, 0, empty text or an empty list. */
export const isTrue = (path: string, values: Values, { file, line }: Origin): boolean =>
  truth(lookUp(path, [values], `${file}:${line}`));

function renderParts(
  parts: readonly Part[],
  scopes: readonly Values[],
  file: string,
  atLine: (line: number) => string,
): string {
  let output = '';
  for (const part of parts) {
    if (part.type === 'text') {
      output += part.text;
      continue;
    }
    const value = lookUp(part.path, scopes, atLine(part.line));
    if (part.type === 'if') {
      output += renderParts(truth(value) ? part.body : part.otherwise, scopes, file, atLine);
    } else if (part.type === 'each') {
      if (!isLoopList(value)) {
        throw new LabError(`{{#each ${part.path}}}: ${part.path} is no list`, { where: atLine(part.line) });
      }
      for (const item of value) output += renderParts(part.body, [item, ...scopes], file, atLine);
    } else {
      if (typeof value === 'object') {
        throw new LabError(`{{ ${part.path} }} is not a single value`, { where: atLine(part.line) });
      }
      output += String(value);
    }
  }
  return output;
}

/** Fills the placeholders. Throws {@link LabError} with `file:line` for what it does not know. */
export function render(text: string, values: Values, origin: Origin): string {
  if (!text.includes('{{')) return text;
  return renderParts(parseParts(text, origin), [values], origin.file, (line) => `${origin.file}:${line}`);
}

/** As {@link render}; a text that is nothing but the name of a list of texts becomes that list. */
export function renderValue(text: string, values: Values, origin: Origin): string | readonly string[] {
  const path = /^\s*\{\{\s*([A-Za-z_][\w.]*)\s*\}\}\s*$/.exec(text)?.[1];
  if (path !== undefined) {
    const value = lookUp(path, [values], `${origin.file}:${origin.line}`);
    if (isList(value) && value.every((item) => typeof item === 'string')) return value;
  }
  return render(text, values, origin);
}
