/**
 * Label selectors: `a=b,c!=d,e in (x,y),!f,g>1`. Models staging/src/k8s.io/apimachinery/pkg/labels.
 */
import type { LabelSelector } from '../types/meta-v1.ts';
import { labelValueErrors, qualifiedNameErrors } from '../validation/names.ts';

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

export type ParsedLabelSelector = readonly LabelRequirement[];

export class SelectorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SelectorError';
  }
}

type Labels = Readonly<Record<string, string>> | undefined;

export function matchesLabels(selector: ParsedLabelSelector, labels: Labels): boolean {
  return selector.every((requirement) => matches(requirement, labels ?? {}));
}

function matches(
  { key, operator, values }: LabelRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const has = Object.hasOwn(labels, key);
  const value = labels[key] ?? '';
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return has && values.includes(value);
    case '!=':
    case 'notin':
      return !has || !values.includes(value);
    case 'exists':
      return has;
    case '!':
      return !has;
    case 'gt':
    case 'lt': {
      if (!has || !/^[+-]?\d+$/.test(value)) return false;
      const bound = Number(values[0]);
      return operator === 'gt' ? Number(value) > bound : Number(value) < bound;
    }
  }
}

/** metav1.LabelSelector → requirements. An empty selector matches everything; undefined matches nothing. */
function fromLabelSelector(selector: LabelSelector | undefined): ParsedLabelSelector | undefined {
  if (selector === undefined) return undefined;
  const equals = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): LabelRequirement => ({ key, operator: '=', values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map((e): LabelRequirement => {
    const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;
    const operator = operators[e.operator as keyof typeof operators];
    if (operator === undefined)
      throw new SelectorError(`"${e.operator}" is not a valid label selector operator`);
    return { key: e.key, operator, values: e.values ?? [] };
  });
  return [...equals, ...expressions];
}

/** Whether a metav1.LabelSelector takes these labels; undefined takes none. */
export function labelSelectorMatches(selector: LabelSelector | undefined, labels: Labels): boolean {
  const requirements = fromLabelSelector(selector);
  return requirements !== undefined && matchesLabels(requirements, labels);
}

/** The text kubectl shows: `app=web,tier in (a,b)`, `<none>` for an empty one. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const requirements = fromLabelSelector(selector);
  if (requirements === undefined || requirements.length === 0) return '<none>';
  return [...requirements]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(formatRequirement)
    .join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const sorted = [...values].sort().join(',');
  switch (operator) {
    case '!':
      return `!${key}`;
    case 'exists':
      return key;
    case 'in':
      return `${key} in (${sorted})`;
    case 'notin':
      return `${key} notin (${sorted})`;
    case 'gt':
      return `${key}>${sorted}`;
    case 'lt':
      return `${key}<${sorted}`;
    default:
      return `${key}${operator}${sorted}`;
  }
}

/** The selector of a `labelSelector` query parameter. Throws SelectorError with upstream's text. */
export function parseLabelSelector(text: string): ParsedLabelSelector {
  const tokens = tokenize(text);
  if (tokens.length === 0) return [];
  const requirements: LabelRequirement[] = [];
  let at = 0;
  const peek = (): string => tokens[at] ?? '';
  const next = (): string => tokens[at++] ?? '';
  for (;;) {
    requirements.push(checked(parseRequirement(peek, next)));
    const separator = next();
    if (separator === '') return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    if (separator !== ',')
      throw new SelectorError(
        `unable to parse requirement: found '${separator}', expected: ',' or 'end of string'`,
      );
    const following = peek();
    if (following === '' || (isSymbol(following) && following !== '!')) {
      throw new SelectorError(
        `unable to parse requirement: found '${following}', expected: identifier after ','`,
      );
    }
  }
}

function tokenize(text: string): string[] {
  return [...text.matchAll(/==|!=|[=!<>(),]|[^\s=!<>(),]+/g)].map((m) => m[0]);
}

function isSymbol(token: string): boolean {
  return /^(==|!=|[=!<>(),])$/.test(token);
}

function parseRequirement(peek: () => string, next: () => string): LabelRequirement {
  const negated = peek() === '!';
  if (negated) next();
  const key = next();
  if (key === '' || isSymbol(key)) {
    throw new SelectorError(
      `unable to parse requirement: found '${key}', expected: !, identifier, or 'end of string'`,
    );
  }
  if (negated) return { key, operator: '!', values: [] };
  if (peek() === '' || peek() === ',') return { key, operator: 'exists', values: [] };
  const operator = next();
  switch (operator) {
    case '=':
    case '==':
    case '!=':
      return { key, operator, values: [exactValue(peek, next)] };
    case '>':
    case '<':
      return { key, operator: operator === '>' ? 'gt' : 'lt', values: [exactValue(peek, next)] };
    case 'in':
    case 'notin':
      return { key, operator, values: valueList(peek, next) };
    default:
      throw new SelectorError(
        `unable to parse requirement: found '${operator}', expected: in, notin, =, ==, !=, gt, lt`,
      );
  }
}

function exactValue(peek: () => string, next: () => string): string {
  const token = peek();
  if (token === '' || token === ',') return '';
  if (isSymbol(token))
    throw new SelectorError(`unable to parse requirement: found '${token}', expected: identifier`);
  return next();
}

function valueList(peek: () => string, next: () => string): string[] {
  const open = next();
  if (open !== '(') throw new SelectorError(`unable to parse requirement: found '${open}' expected: '('`);
  const values = new Set<string>();
  while (peek() !== ')') {
    const token = next();
    if (token === '') throw new SelectorError("unable to parse requirement: found '', expected: ',' or ')'");
    if (token === ',') {
      if (peek() === ',' || peek() === ')') values.add('');
    } else if (isSymbol(token)) {
      throw new SelectorError(
        `unable to parse requirement: found '${token}', expected: ',', ')' or identifier`,
      );
    } else values.add(token);
  }
  next();
  return [...values].sort();
}

function checked(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const nameErrors = qualifiedNameErrors(key);
  if (nameErrors.length > 0) {
    throw new SelectorError(
      `unable to parse requirement: <nil>: Invalid value: "${key}": ${nameErrors.join('; ')}`,
    );
  }
  if ((operator === 'gt' || operator === 'lt') && !/^[+-]?\d+$/.test(values[0] ?? '')) {
    throw new SelectorError(
      `unable to parse requirement: values[0][${key}]: Invalid value: "${values[0]}": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  values.forEach((value, i) => {
    const errors = labelValueErrors(value);
    if (errors.length > 0) {
      throw new SelectorError(
        `unable to parse requirement: values[${i}][${key}]: Invalid value: "${value}": ${errors.join('; ')}`,
      );
    }
  });
  return requirement;
}
