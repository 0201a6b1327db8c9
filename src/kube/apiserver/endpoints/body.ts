import { parse } from 'yaml';
import { errorMessage } from '../../../lib/errors.ts';
import { isRecord } from '../../../lib/is-record.ts';
import type { ResourceInfo } from '../../api/resources.ts';
import { duplicateFields } from '../../api/validation/duplicates.ts';
import { ApiError } from '../api-error.ts';
import type { Machinery } from '../machinery.ts';
import type { KubeObject } from '../request.ts';
import type { ApiRequest } from '../server/exchange.ts';
import { contentType, mediaTypes } from '../server/negotiation.ts';
import { badRequest, unsupportedMediaType } from '../status-errors.ts';
import { fieldValidation } from './request-options.ts';

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
  if (object.kind !== expected.kind) {
    throw cannotHandle(
      object,
      expected.kind,
      `converting (${object.kind}) to (${expected.kind}): unknown conversion`,
    );
  }
  if (object.apiVersion !== expected.apiVersion) {
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  }
  checkTypes(machinery, object);
  return object;
}

/** Values of a wrong type are refused, in the words of Go's decoder. */
export function checkTypes(machinery: Machinery, object: KubeObject): void {
  const wrongType = machinery.typeError(object);
  if (wrongType !== undefined) throw cannotHandle(object, object.kind, wrongType);
}

const cannotHandle = ({ apiVersion, kind }: KubeObject, wanted: string, why: string) =>
  badRequest(
    `${kind} in version ${JSON.stringify(apiVersion.split('/').at(-1))} cannot be handled as a ${wanted}: ${why}`,
  );

/** The body whatever its version: clients send DeleteOptions as v1 or in the version of the resource's group. */
export async function readBodyOfKind(
  request: ApiRequest,
  machinery: Machinery,
  kind: string,
): Promise<KubeObject> {
  const type = contentType(header(request, 'content-type'));
  const body = await request.body();
  const unrecognized = (why: string) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${why} (${summary(body)})`,
    );
  let value: unknown;
  try {
    value = decode(type, body, machinery);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    // The parser's first line: what follows is a drawing of the place.
    throw unrecognized(`${parserOf(type)} parse error: ${errorMessage(error).split('\n')[0]}`);
  }
  if (!isRecord(value)) throw unrecognized(`${parserOf(type)} parse error: an object is required`);
  const object = value as KubeObject;
  object.kind ||= kind;
  object.metadata ??= {};
  return object;
}

const parserOf = (type: string) => (type === mediaTypes.yaml ? 'yaml' : 'json');

/** The first thirty characters, or bytes in hexadecimal when it does not even begin as JSON. */
function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const head = body.subarray(0, 30);
  return head.toString(head[0] === 0x7b ? 'utf8' : 'hex') + (body.length > head.length ? ' ...' : '');
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

/** The fields that stand twice in a body of JSON, as texts; none when the client does not want to know. */
export async function repeatedFields(request: ApiRequest): Promise<readonly string[]> {
  const type = contentType(header(request, 'content-type'));
  if (type === mediaTypes.yaml || type === mediaTypes.protobuf) return [];
  if (fieldValidation(request.query) === 'Ignore') return [];
  return duplicateFields((await request.body()).toString('utf8'));
}

/**
 * Unknown and repeated fields are refused, warned about, or dropped in silence, as the client asked; they are never
 * stored. The types must have been checked.
 */
export function checkFields(
  request: ApiRequest,
  machinery: Machinery,
  resource: ResourceInfo,
  object: KubeObject,
  repeated: readonly string[],
): void {
  machinery.canonicalize(object);
  const unknown = machinery.unknownFields(object);
  const strict = [...repeated, ...unknown];
  if (strict.length === 0) return;
  const level = fieldValidation(request.query);
  if (level === 'Strict')
    throw cannotHandle(object, resource.kind, `strict decoding error: ${strict.join(', ')}`);
  if (level === 'Warn') request.warnings.push(...strict);
  if (unknown.length > 0) machinery.prune(object);
}

/** A body of YAML (or JSON, which is YAML too), whatever its Content-Type says. Throws 400. */
export async function readYaml(request: ApiRequest): Promise<unknown> {
  const text = (await request.body()).toString('utf8');
  try {
    return text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${errorMessage(error).split('\n')[0]}`);
  }
}
