/**
 * An error a person can act on: what is wrong, where, and what to do about it.
 * Programs print it as one line and exit; a stack trace is kept for our own mistakes.
 */
export class LabError extends Error {
  readonly where: string | undefined;
  readonly remedy: string | undefined;
  readonly exitCode: number;

  constructor(
    what: string,
    details: { where?: string; remedy?: string; exitCode?: number; cause?: unknown } = {},
  ) {
    super(what, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LabError';
    this.where = details.where;
    this.remedy = details.remedy;
    this.exitCode = details.exitCode ?? 1;
  }

  /** `what (where): remedy`, on one line. */
  override toString(): string {
    const where = this.where === undefined ? '' : ` (${this.where})`;
    const remedy = this.remedy === undefined ? '' : `: ${this.remedy}`;
    return `${this.message}${where}${remedy}`;
  }
}

/** A mistake in the way a command was called: exit code 2, as the field's tools do. */
export class UsageError extends LabError {
  constructor(what: string, details: { where?: string; remedy?: string } = {}) {
    super(what, { ...details, exitCode: 2 });
    this.name = 'UsageError';
  }
}

/** The code of a Node system error such as `ENOENT`, or undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
