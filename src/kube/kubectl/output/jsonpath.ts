import { isRecord } from '../../../lib/is-record.ts';
import { goJson } from '../../api/go-json.ts';
import { KubectlError } from '../cli/errors.ts';
import { compileJsonPath, type Node, type Step } from './jsonpath-parse.ts';

/**
 * kubectl's jsonpath: text with {…} in it, `range … end`, quoted text, filters, slices and recursive descent. A field that is not
 * there prints nothing. Models staging/src/k8s.io/client-go/util/jsonpath.
 */
export function printJsonPath(template: string, data: unknown, asJson = false): string {
  try {
    return print(template, data, asJson);
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    throw new KubectlError(
      `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${error.message}.`,
    );
  }
}

class JsonPathError extends Error {}

function print(template: string, data: unknown, asJson: boolean): string {
  const nodes = compileJsonPath(template);
  if (asJson) {
    const found = nodes.flatMap((node) => (node.type === 'path' ? evaluatePath(node.steps, [data]) : []));
    return `${JSON.stringify(found, undefined, 4)}\n`;
  }
  return run(nodes, data);
}

/** All values that a single path finds, for columns and sorting. */
export function findValues(template: string, data: unknown): unknown[] {
  return compileJsonPath(template).flatMap((node) =>
    node.type === 'path' ? evaluatePath(node.steps, [data]) : [],
  );
}

function run(nodes: readonly Node[], data: unknown): string {
  let text = '';
  for (const node of nodes) {
    if (node.type === 'text') text += node.text;
    else if (node.type === 'path') text += evaluatePath(node.steps, [data]).map(printValue).join(' ');
    else for (const item of evaluatePath(node.steps, [data])) text += run(node.body, item);
  }
  return text;
}

/** Models jsonpath.evalToText and Go's way to print: maps and lists as JSON. */
export function printValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? goJson(value) : String(value);
}

function evaluatePath(steps: readonly Step[], roots: readonly unknown[]): unknown[] {
  let values = [...roots];
  for (const step of steps) values = values.flatMap((value) => evaluateStep(step, value));
  return values;
}

function evaluateStep(step: Step, value: unknown): unknown[] {
  switch (step.type) {
    case 'literal':
      return [step.value];
    case 'field':
      return isRecord(value) && Object.hasOwn(value, step.name) && value[step.name] !== undefined
        ? [value[step.name]]
        : [];
    case 'all':
      return children(value);
    case 'descend':
      return descend(value);
    case 'slice':
      return slice(step, value);
    case 'union':
      return step.parts.flatMap((part) => evaluatePath(part, [value]));
    case 'filter':
      return children(value).filter((item) => passes(step, item));
  }
}

const children = (value: unknown): unknown[] =>
  Array.isArray(value)
    ? value
    : isRecord(value)
      ? Object.keys(value)
          .sort()
          .map((key) => value[key])
      : [];

function descend(value: unknown): unknown[] {
  return [
    value,
    ...children(value)
      .filter((child) => typeof child === 'object' && child !== null)
      .flatMap(descend),
  ];
}

function slice(step: Extract<Step, { type: 'slice' }>, value: unknown): unknown[] {
  if (!Array.isArray(value)) return [];
  const place = (at: number) => (at < 0 ? at + value.length : at);
  // One index alone: outside of the list is an error upstream.
  if (step.from !== undefined && step.to === step.from + 1 && step.by === 0) {
    const index = place(step.from);
    if (index < 0 || index >= value.length)
      throw new JsonPathError(`array index out of bounds: index ${step.from}, length ${value.length}`);
    return [value[index]];
  }
  const from = Math.max(0, place(step.from ?? 0));
  const to = Math.min(value.length, place(step.to ?? value.length));
  const result: unknown[] = [];
  for (let i = from; i < to; i += Math.max(1, step.by)) result.push(value[i]);
  return result;
}

function passes(step: Extract<Step, { type: 'filter' }>, item: unknown): boolean {
  const [left] = evaluatePath(step.left, [item]);
  if (step.operator === 'exists') return left !== undefined;
  const [right] = evaluatePath(step.right ?? [], [item]);
  if (left === undefined || right === undefined) return false;
  switch (step.operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return (left as number) < (right as number);
    case '>':
      return (left as number) > (right as number);
    case '<=':
      return (left as number) <= (right as number);
    case '>=':
      return (left as number) >= (right as number);
    default:
      throw new JsonPathError(`unrecognized filter operator ${step.operator}`);
  }
}
