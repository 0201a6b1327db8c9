import { convertObject } from '../api/conversion.ts';
import { applyDefaults } from '../api/defaults/defaults.ts';
import { decodeProtobuf } from '../api/protobuf/decode.ts';
import { ProtobufError } from '../api/protobuf/wire.ts';
import { formatApiVersion, gvkOf, type ResourceInfo, resources } from '../api/resources.ts';
import { checkFieldSelector, matchesFields, parseFieldSelector } from '../api/selectors/fields.ts';
import { matchesLabels, parseLabelSelector, SelectorError } from '../api/selectors/labels.ts';
import { type PrintableObject, toTable } from '../api/tables/table.ts';
import { type FieldError, fieldErrorBody, fieldErrorReason } from '../api/validation/field-error.ts';
import {
  canonicalizeQuantities,
  pruneUnknownFields,
  typeError,
  unknownFields,
} from '../api/validation/schema.ts';
import { type ValidatableObject, validateCreate, validateUpdate } from '../api/validation/validate.ts';
import { kubernetesVersion } from '../component-base/version.ts';
import type { Machinery, OpenApiDocuments } from './machinery.ts';
import type { KubeObject } from './request.ts';
import { badRequest, type FieldProblem } from './status-errors.ts';

/** --runtime-config: `api/all`, `api/ga`, a version such as `apps/v1`, or a resource such as `apps/v1/deployments`. */
export function servedResources(config: Readonly<Record<string, string>>): readonly ResourceInfo[] {
  return resources.filter(({ group, version, plural }) => {
    const groupVersion = formatApiVersion(group, version);
    const word = config[`${groupVersion}/${plural}`] ?? config[groupVersion] ?? config['api/all'] ?? 'true';
    return word !== 'false';
  });
}

/** The machinery from the tables of src/kube/api. */
export function apiMachinery(served: readonly ResourceInfo[]): Machinery {
  let documents: Promise<OpenApiDocuments> | undefined;
  return {
    resources: served,
    decodeProtobuf(body) {
      try {
        return decodeProtobuf(body) as KubeObject;
      } catch (error) {
        if (error instanceof ProtobufError) throw badRequest(error.message);
        throw error;
      }
    },
    applyDefaults: (object) => applyDefaults(gvkOf(object), object),
    typeError: (object) => typeError(object),
    canonicalize: (object) => canonicalizeQuantities(object),
    unknownFields: (object) => unknownFields(object),
    prune: (object) => pruneUnknownFields(object),
    validateCreate: (resource, object) => validateCreate(resource, asValidatable(object)).map(problemOf),
    validateUpdate: (resource, object, old, subresource) =>
      validateUpdate(resource, asValidatable(object), asValidatable(old), subresource).map(problemOf),
    toTable: (resource, objects, { includeObject, nowMs, noHeaders }) =>
      toTable(resource, objects as unknown as readonly PrintableObject[], {
        includeObject,
        now: nowMs,
        noHeaders,
      }) as unknown as Record<string, unknown>,
    parseLabelSelector(text) {
      const selector = orBadRequest(() => parseLabelSelector(text));
      return (labels) => matchesLabels(selector, labels);
    },
    parseFieldSelector(resource, text) {
      const selector = orBadRequest(() => parseFieldSelector(text));
      orBadRequest(() => checkFieldSelector(resource, selector));
      return (object) => matchesFields(selector, object);
    },
    convert: (object, apiVersion) => convertObject(object, apiVersion),
    openapi() {
      documents ??= import('../api/openapi/openapi.ts').then(({ createOpenApi }) =>
        createOpenApi(served, kubernetesVersion),
      );
      return documents;
    },
  };
}

const asValidatable = (object: KubeObject) => object as unknown as ValidatableObject;

const problemOf = (error: FieldError): FieldProblem => ({
  reason: fieldErrorReason(error),
  field: error.field,
  message: fieldErrorBody(error),
});

function orBadRequest<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}
