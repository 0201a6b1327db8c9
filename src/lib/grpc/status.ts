import { LabError } from '../errors.ts';

/** The numbers of grpc-status (Models google.golang.org/grpc/codes). */
export const GrpcCode = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;
export type GrpcCode = (typeof GrpcCode)[keyof typeof GrpcCode];

/** The name of a code as Go prints it, such as `Unavailable`. */
function grpcCodeName(code: number): string {
  return Object.entries(GrpcCode).find(([, value]) => value === code)?.[0] ?? `Code(${code})`;
}

/** A call ended with a status other than OK; `message` is the status message alone. */
export class GrpcError extends LabError {
  readonly code: GrpcCode;

  constructor(code: GrpcCode, message: string, details: { where?: string; cause?: unknown } = {}) {
    super(message, details);
    this.name = 'GrpcError';
    this.code = code;
  }

  /** As Go prints a status error. */
  describe(): string {
    return `rpc error: code = ${grpcCodeName(this.code)} desc = ${this.message}`;
  }
}

export const isGrpcError = (error: unknown, code?: GrpcCode): error is GrpcError =>
  error instanceof GrpcError && (code === undefined || error.code === code);

/** grpc-message is percent-encoded: everything outside printable ASCII, and the percent sign. */
export function encodeGrpcMessage(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+/g, (part) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

export function decodeGrpcMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const timeoutUnits: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The header grpc-timeout, in milliseconds; undefined when there is none or it is malformed. */
export function parseGrpcTimeout(text: string | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) * timeoutUnits[match[2]!]!;
}

/** At most eight digits, so that long timeouts are told in seconds. */
export function formatGrpcTimeout(milliseconds: number): string {
  const whole = Math.max(1, Math.ceil(milliseconds));
  return whole < 1e8 ? `${whole}m` : `${Math.ceil(whole / 1000)}S`;
}
