/** The part of a meta/v1 Status that a client looks at. */
export interface StatusBody {
  readonly kind?: string;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

/** The server answered, and said no. `code` is the HTTP status, `reason` the machine-readable word (NotFound, Conflict …). */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly status: StatusBody;

  constructor(code: number, status: StatusBody) {
    super(status.message ?? `the server answered with status ${code}`);
    this.name = 'StatusError';
    this.code = code;
    this.reason = status.reason ?? '';
    this.status = status;
  }
}

/** The error that an answer of 400 or more stands for, by its body. Models client-go's NewGenericServerResponse. */
export function statusErrorOf(code: number, body: Buffer): StatusError {
  const text = body.toString('utf8').trim();
  try {
    const parsed = JSON.parse(text) as StatusBody;
    if (parsed.kind === 'Status') return new StatusError(code, parsed);
  } catch {
    // Not every error comes from the API server itself: a proxy answers in plain text.
  }
  if (code === 404)
    return new StatusError(code, {
      code,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  return new StatusError(code, { code, ...(text !== '' && { message: text }) });
}

const withCode = (code: number) => (error: unknown) => error instanceof StatusError && error.code === code;

export const isNotFound = withCode(404);
export const isGone = withCode(410);
export const isForbidden = withCode(403);
export const isUnauthorized = withCode(401);

export const isConflict = (error: unknown) =>
  error instanceof StatusError && error.code === 409 && error.reason === 'Conflict';
export const isAlreadyExists = (error: unknown) =>
  error instanceof StatusError && error.code === 409 && error.reason === 'AlreadyExists';
