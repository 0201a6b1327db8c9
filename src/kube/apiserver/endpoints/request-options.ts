import type { FieldValidation } from '../machinery.ts';
import { type FieldProblem, invalid } from '../status-errors.ts';

/** The options of meta.k8s.io/v1 that stand in the query of a write. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

const maximumManagerLength = 128;

const unsupported = (field: string, value: string, values: readonly string[]): FieldProblem => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values.map((one) => JSON.stringify(one)).join(', ')}`,
});

export const optionsError = (kind: OptionsKind | 'ListOptions', problems: readonly FieldProblem[]) =>
  invalid('meta.k8s.io', kind, '', problems);

/**
 * Refuses options with wrong values before anything is done, with 422 and all problems at once.
 * Models apimachinery/pkg/apis/meta/v1/validation/validation.go.
 */
export function checkWriteOptions(query: URLSearchParams, kind: OptionsKind, isApply = false): void {
  const problems: FieldProblem[] = dryRunProblems(query.getAll('dryRun'));
  const manager = query.get('fieldManager') ?? '';
  if (kind === 'PatchOptions') {
    if (!isApply && query.has('force')) {
      problems.push({
        reason: 'FieldValueForbidden',
        field: 'force',
        message: 'Forbidden: may not be specified for non-apply patch',
      });
    }
    if (isApply && manager === '') {
      problems.push({
        reason: 'FieldValueRequired',
        field: 'fieldManager',
        message: 'Required value: is required for apply patch',
      });
    }
  }
  if (Buffer.byteLength(manager) > maximumManagerLength) {
    problems.push({
      reason: 'FieldValueTooLong',
      field: 'fieldManager',
      message: `Too long: may not be more than ${maximumManagerLength} bytes`,
    });
  }
  if (/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(manager)) {
    problems.push({
      reason: 'FieldValueInvalid',
      field: 'fieldManager',
      message: `Invalid value: ${JSON.stringify(manager)}: should only contain printable characters`,
    });
  }
  const validation = query.get('fieldValidation') ?? '';
  if (validation !== '' && !isFieldValidation(validation)) {
    problems.push(unsupported('fieldValidation', validation, ['Ignore', 'Strict', 'Warn']));
  }
  if (problems.length > 0) throw optionsError(kind, problems);
}

export function dryRunProblems(values: readonly string[]): FieldProblem[] {
  return values
    .filter((value) => value !== '' && value !== 'All')
    .map((value) => unsupported('dryRun', value, ['All']));
}

const isFieldValidation = (text: string): text is FieldValidation =>
  text === 'Strict' || text === 'Warn' || text === 'Ignore';

/** ?fieldValidation=, which checkWriteOptions has looked at; the server's default is Warn. */
export function fieldValidation(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  return isFieldValidation(value) ? value : 'Warn';
}

/** ?dryRun=All. */
export const isDryRun = (query: URLSearchParams): boolean => query.getAll('dryRun').includes('All');

export const isTrue = (text: string | null): boolean =>
  text !== null && text !== 'false' && text !== '0' && text !== '';

/** A list or a watch whose options do not fit together. Models apimachinery/pkg/apis/meta/internalversion/validation. */
export function checkListOptions(query: URLSearchParams, watch: boolean): void {
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const continued = (query.get('continue') ?? '') !== '';
  const initialEvents = query.has('sendInitialEvents');
  const problems: FieldProblem[] = [];
  const forbid = (field: string, why: string) =>
    problems.push({ reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` });
  const onMatch = (why: string) => forbid('resourceVersionMatch', why);
  if (watch) {
    if (initialEvents && match !== 'NotOlderThan') {
      onMatch('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    }
    if (match !== '') {
      if (!initialEvents) {
        onMatch('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
      }
      if (match !== 'NotOlderThan') {
        problems.push(unsupported('resourceVersionMatch', match, ['NotOlderThan']));
      }
      if (continued) onMatch('resourceVersionMatch is forbidden when continue is provided');
    }
  } else {
    if (match !== '') {
      if (version === '') onMatch('resourceVersionMatch is forbidden unless resourceVersion is provided');
      if (continued) onMatch('resourceVersionMatch is forbidden when continue is provided');
      if (match !== 'Exact' && match !== 'NotOlderThan') {
        problems.push(unsupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan']));
      }
      if (match === 'Exact' && version === '0') {
        onMatch('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
      }
    }
    if (initialEvents) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  }
  if (problems.length > 0) throw optionsError('ListOptions', problems);
}
