/** What is wrong with a field, and its text in a Status. Models staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go. */

export type FieldErrorType =
  | 'Required'
  | 'Invalid'
  | 'NotSupported'
  | 'Duplicate'
  | 'Forbidden'
  | 'TooLong'
  | 'TooMany'
  | 'NotFound'
  | 'TypeInvalid';

export interface FieldError {
  readonly type: FieldErrorType;
  /** spec.containers[0].name */
  readonly field: string;
  readonly detail: string;
  readonly badValue?: unknown;
}

export function required(field: string, detail = ''): FieldError {
  return { type: 'Required', field, detail };
}

export function invalid(field: string, badValue: unknown, detail: string): FieldError {
  return { type: 'Invalid', field, badValue, detail };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: 'Forbidden', field, detail };
}

export function duplicate(field: string, badValue: unknown): FieldError {
  return { type: 'Duplicate', field, badValue, detail: '' };
}

export function notFound(field: string, badValue: unknown): FieldError {
  return { type: 'NotFound', field, badValue, detail: '' };
}

export function tooLong(field: string, max: number): FieldError {
  return { type: 'TooLong', field, detail: `may not be more than ${max} bytes` };
}

export function notSupported(field: string, badValue: unknown, values: readonly string[]): FieldError {
  const quoted = [...values].sort().map((v) => JSON.stringify(v));
  return { type: 'NotSupported', field, badValue, detail: `supported values: ${quoted.join(', ')}` };
}

const titles: Readonly<Record<FieldErrorType, string>> = {
  Required: 'Required value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Duplicate: 'Duplicate value',
  Forbidden: 'Forbidden',
  TooLong: 'Too long',
  TooMany: 'Too many',
  NotFound: 'Not found',
  TypeInvalid: 'Invalid value',
};

/** `Invalid value: "A": a lowercase RFC 1123 …`: a cause's message, without the field. */
export function fieldErrorBody({ type, detail, badValue }: FieldError): string {
  const withoutValue = type === 'Required' || type === 'Forbidden' || type === 'TooLong';
  const head = withoutValue ? titles[type] : `${titles[type]}: ${JSON.stringify(badValue ?? null)}`;
  return detail === '' ? head : `${head}: ${detail}`;
}

/** A cause's reason: FieldValueRequired. */
export function fieldErrorReason({ type }: FieldError): string {
  return type === 'TypeInvalid' ? 'FieldValueTypeInvalid' : `FieldValue${type}`;
}
