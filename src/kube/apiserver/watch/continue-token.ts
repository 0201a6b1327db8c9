import { ApiError } from '../api-error.ts';

/** Where a list goes on: the state of this revision, from this key (after the resource's prefix). */
export interface ContinueToken {
  /** -1: go on with the newest state, giving up consistency. */
  readonly revision: number;
  readonly start: string;
}

const version = 'meta.k8s.io/v1';
const invalid = (why: string) => new ApiError(400, 'BadRequest', `continue key is not valid: ${why}`);

/** Base64url of `{"v","rv","start"}`. Models pkg/storage/continue.go. */
export function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: version, rv: token.revision, start: token.start })).toString(
    'base64url',
  );
}

/** Throws ApiError 400 for what is no token. */
export function decodeContinue(text: string): ContinueToken {
  let data: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    data = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw invalid('illegal base64 data');
  }
  if (data.v !== version) throw invalid(`server does not recognize this encoded version ${String(data.v)}`);
  if (typeof data.rv !== 'number' || data.rv === 0) {
    throw invalid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof data.start !== 'string' || data.start === '') {
    throw invalid('encoded start key empty (version meta.k8s.io/v1)');
  }
  // A key may not climb out of its prefix.
  if (data.start.split('/').some((part) => part === '..' || part === '.')) throw invalid(data.start);
  return { revision: data.rv, start: data.start };
}

/** 410 whose Status carries a token to go on with, inconsistently. */
export class ExpiredContinueError extends ApiError {
  readonly continueToken: string;

  constructor(message: string, continueToken: string) {
    super(410, 'Expired', message);
    this.continueToken = continueToken;
  }
}

/** A page of a state that was compacted meanwhile. Models pkg/storage/etcd3/errors.go. */
export function expiredContinue(start: string): ExpiredContinueError {
  return new ExpiredContinueError(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
      'without the continue parameter, or use the continue token in this response to retrieve the remainder of ' +
      'the results. Continuing with the provided token results in an inconsistent list - objects that were ' +
      'created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    encodeContinue({ revision: -1, start }),
  );
}

/** 410 for a revision whose history is gone. */
export function tooOldResourceVersion(wanted: number, oldest: number): ApiError {
  return new ApiError(410, 'Expired', `too old resource version: ${wanted} (${oldest})`);
}

/** 504 for a revision from the future. Models storage.NewTooLargeResourceVersionError. */
export function tooLargeResourceVersion(wanted: number, current: number): ApiError {
  return new ApiError(504, 'Timeout', `Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
