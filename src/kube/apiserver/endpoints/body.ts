import { parse } from 'yaml';
import { errorMessage } from '../../../lib/errors.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { ApiError } from '../api-error.ts';
import type { FieldValidation, Machinery } from '../machinery.ts';
import type { KubeObject } from '../request.ts';
import type { ApiRequest } from '../server/exchange.ts';
import { contentType, mediaTypes } from '../server/negotiation.ts';
import { badRequest, unsupportedMediaType } from '../status-errors.ts';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const header = (request: ApiRequest, name: string): string => {
  const value = request.headers[name];
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
};

/** The body as an object of exactly this kind: JSON, YAML or protobuf. Throws 400 and 415. */
export async function readObject(
  request: ApiRequest,
  machinery: Machinery,
  expected: { readonly apiVersion: string; readonly kind: string },
): Promise<KubeObject> {
  const object = await readBodyOfKind(request, machinery, expected.kind);
  object.apiVersion ||= expected.apiVersion;
  if (object.kind !== expected.kind || object.apiVersion !== expected.apiVersion) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): ` +
        `expected ${expected.apiVersion}, Kind=${expected.kind}, got ${object.apiVersion}, Kind=${object.kind}`,
    );
  }
  return object;
}

/** The body whatever its version: clients send DeleteOptions as v1 or in the version of the resource's group. */
export async function readBodyOfKind(
  request: ApiRequest,
  machinery: Machinery,
  kind: string,
): Promise<KubeObject> {
  const type = contentType(header(request, 'content-type'));
  const body = await request.body();
  let value: unknown;
  try {
    value = decode(type, body, machinery);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw badRequest(`the body cannot be handled as a ${kind}: ${errorMessage(error)}`);
  }
  if (!isRecord(value)) throw badRequest(`the body cannot be handled as a ${kind}: it is no object`);
  const object = value as KubeObject;
  object.kind ||= kind;
  if (!isRecord(object.metadata)) object.metadata = {};
  return object;
}

function decode(type: string, body: Buffer, machinery: Machinery): unknown {
  switch (type) {
    case '':
    case '*/*':
    case mediaTypes.json:
      return JSON.parse(body.toString('utf8'));
    case mediaTypes.yaml:
      return parse(body.toString('utf8'));
    case mediaTypes.protobuf:
      return machinery.decodeProtobuf(body);
    default:
      throw unsupportedMediaType([mediaTypes.json, mediaTypes.yaml, mediaTypes.protobuf]);
  }
}

/** ?fieldValidation=; the server's default is Warn. */
export function fieldValidation(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '') return 'Warn';
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`,
  );
}

/**
 * Values of a wrong type are refused. Unknown fields are refused, warned about, or dropped in silence, as the client
 * asked; they are never stored.
 */
export function checkFields(
  request: ApiRequest,
  machinery: Machinery,
  resource: ResourceInfo,
  object: KubeObject,
): void {
  const wrongType = machinery.typeError(object);
  const cannot = (why: string) =>
    badRequest(
      `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: ${why}`,
    );
  if (wrongType !== undefined) throw cannot(wrongType);
  const unknown = machinery.unknownFields(object);
  if (unknown.length === 0) return;
  const level = fieldValidation(request.query);
  if (level === 'Strict') throw cannot(`strict decoding error: ${unknown.join(', ')}`);
  if (level === 'Warn') request.warnings.push(...unknown);
  machinery.prune(object);
}
