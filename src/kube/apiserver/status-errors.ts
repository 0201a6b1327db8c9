import { ApiError } from './api-error.ts';
import type { RequestAttributes } from './request.ts';
import { ExpiredContinueError } from './watch/continue-token.ts';

/**
 * The refusals of the API server with upstream's texts: clients match on them.
 * Models staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go.
 */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** `deployments.apps`, or `pods` for the core group. */
const qualified = ({ group, resource }: GroupResource) => (group === '' ? resource : `${resource}.${group}`);

const details = ({ group, resource }: GroupResource, name: string) => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: resource,
});

export const notFound = (of: GroupResource, name: string) =>
  new ApiError(404, 'NotFound', `${qualified(of)} "${name}" not found`, details(of, name));

export const alreadyExists = (of: GroupResource, name: string) =>
  new ApiError(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, details(of, name));

export const conflict = (of: GroupResource, name: string, why: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`,
    details(of, name),
  );

export const modified = (of: GroupResource, name: string) =>
  conflict(
    of,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

export const forbidden = (of: GroupResource, name: string, why: string) =>
  new ApiError(
    403,
    'Forbidden',
    name === '' ? `${qualified(of)} is forbidden: ${why}` : `${qualified(of)} "${name}" is forbidden: ${why}`,
    details(of, name),
  );

export interface FieldProblem {
  /** FieldValueRequired, FieldValueInvalid, FieldValueForbidden … */
  readonly reason: string;
  readonly field: string;
  /** Such as `Required value: name or generateName is required`. */
  readonly message: string;
}

/** 422: `Pod "x" is invalid: spec.containers: Required value`. Several problems stand in brackets. */
export function invalid(
  group: string,
  kind: string,
  name: string,
  problems: readonly FieldProblem[],
): ApiError {
  const texts = problems.map(({ field, message }) => `${field}: ${message}`);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new ApiError(
    422,
    'Invalid',
    `${kind}${group === '' ? '' : `.${group}`} "${name}" is invalid: ${text}`,
    {
      name,
      ...(group === '' ? {} : { group }),
      kind,
      causes: problems.map(({ reason, message, field }) => ({ reason, message, field })),
    },
  );
}

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

export const internalError = (message: string) =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });

export const unknownPath = () =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = () =>
  new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

export const notAcceptable = (accepted: readonly string[]) =>
  new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

export const unsupportedMediaType = (accepted: readonly string[]) =>
  new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const tooLarge = (limit: number) =>
  new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);

export const tooManyRequests = (message: string, retryAfterSeconds: number) =>
  new ApiError(429, 'TooManyRequests', message, { retryAfterSeconds });

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

export const serviceUnavailable = (message: string) => new ApiError(503, 'ServiceUnavailable', message);

/** Models pkg/endpoints/handlers/responsewriters/errors.go. */
export function forbiddenByAuthorizer(attributes: RequestAttributes, reason: string): ApiError {
  const { user, verb, path, apiGroup, resource, subresource, namespace, name } = attributes;
  const because = reason === '' ? '' : `: ${reason}`;
  const safe = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  if (!attributes.isResourceRequest) {
    const text = `User ${JSON.stringify(user.username)} cannot ${verb} path ${JSON.stringify(path)}`;
    return new ApiError(403, 'Forbidden', `forbidden: ${safe(text)}${because}`, {});
  }
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const text =
    `User ${JSON.stringify(user.username)} cannot ${verb} resource ${JSON.stringify(full)} ` +
    `in API group ${JSON.stringify(apiGroup)} ${scope}`;
  return forbidden({ group: apiGroup, resource }, name, safe(text) + because);
}

/** The body of an error answer. */
export function statusOf(error: ApiError): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: error instanceof ExpiredContinueError ? { continue: error.continueToken } : {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(error.details === undefined ? {} : { details: error.details }),
    code: error.code,
  };
}
