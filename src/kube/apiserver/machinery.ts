import type { ResourceInfo } from '../api/resources.ts';
import type { KubeObject } from './request.ts';
import type { FieldProblem } from './status-errors.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/**
 * What the server asks of the API data (src/kube/api), in one place: machinery-api.ts answers it with the real tables,
 * tests may answer it with less.
 */
export interface Machinery {
  /** Every resource that is served. */
  readonly resources: readonly ResourceInfo[];
  /** A protobuf envelope (`k8s\0` + runtime.Unknown) as JSON with apiVersion and kind. Throws on malformed bytes. */
  decodeProtobuf(body: Buffer): KubeObject;
  /** Fills in what the client left out, in place. */
  applyDefaults(object: KubeObject): void;
  /** The first value of a wrong type, as Go's decoder words it. */
  typeError(object: KubeObject): string | undefined;
  /** Writes quantities in their canonical form, in place. */
  canonicalize(object: KubeObject): void;
  /** Fields that the kind does not have, as texts: `unknown field "spec.foo"`. */
  unknownFields(object: KubeObject): readonly string[];
  /** Removes unknown fields, in place. */
  prune(object: KubeObject): void;
  validateCreate(resource: ResourceInfo, object: KubeObject): readonly FieldProblem[];
  validateUpdate(
    resource: ResourceInfo,
    object: KubeObject,
    old: KubeObject,
    subresource: string,
  ): readonly FieldProblem[];
  /** Table of meta.k8s.io/v1; rows in the order of the objects. */
  toTable(
    resource: ResourceInfo,
    objects: readonly KubeObject[],
    options: TableOptions,
  ): Record<string, unknown>;
  /** Label selector; throws ApiError 400. */
  parseLabelSelector(text: string): (labels: Readonly<Record<string, string>>) => boolean;
  /** Field selector for this resource; throws ApiError 400 for a field that it has not. */
  parseFieldSelector(resource: ResourceInfo, text: string): (object: KubeObject) => boolean;
  /** The same object in another version of its group (or its sibling group, for events). */
  convert(object: KubeObject, apiVersion: string): KubeObject;
  /** Made when somebody first asks: the descriptions are large, and most processes never need them. */
  openapi(): Promise<OpenApiDocuments>;
}

export interface OpenApiDocuments {
  /** JSON of /openapi/v2. */
  v2(): string;
  /** The same as protobuf, which kubectl up to 1.27 asks for. */
  v2Protobuf(): Buffer;
  /** Paths of /openapi/v3 (`api/v1`, `apis/apps/v1`) to their hash. */
  v3Index(): Readonly<Record<string, string>>;
  v3(path: string): string | undefined;
}

export interface TableOptions {
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  readonly nowMs: number;
  /** Without column definitions: upstream leaves them out of all watch events but the first. */
  readonly noHeaders: boolean;
}
