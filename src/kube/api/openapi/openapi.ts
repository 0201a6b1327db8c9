/**
 * The OpenAPI documents of what is served: v3, one a group version, and v2 as a whole, as JSON or in gnostic's protobuf.
 * Each is built when it is first asked for and kept as text; the tree it is made from is let go.
 * Models k8s.io/kube-openapi pkg/handler and pkg/handler3.
 */
import { createHash } from 'node:crypto';
import type { ResourceInfo } from '../resource-table.ts';
import { schemaIdOf } from '../schemas.ts';
import { components } from './components.ts';
import { encodeSwagger, type Swagger } from './gnostic.ts';
import { pathsOf } from './paths.ts';

/** What clients ask for. */
export const OPENAPI_V2_PROTOBUF_ACCEPT = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** What the answer is called: Go's mime package refuses the `@` in a Content-Type. */
export const OPENAPI_V2_PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

export interface OpenApi {
  /** JSON of /openapi/v2. */
  v2(): string;
  /** /openapi/v2 as application/com.github.proto-openapi.spec.v2@v1.0+protobuf. */
  v2Protobuf(): Buffer;
  /** Paths below /openapi/v3 (`api/v1`, `apis/apps/v1`) and their hashes. */
  v3Index(): Readonly<Record<string, string>>;
  /** JSON of /openapi/v3/PATH; undefined when nothing is served there. */
  v3(path: string): string | undefined;
}

/** `version` is what /version says, such as v1.34.2+k8s-lab. */
export function createOpenApi(served: readonly ResourceInfo[], version: string): OpenApi {
  const info = { title: 'Kubernetes', version };
  const groups = new Map<string, ResourceInfo[]>();
  for (const resource of served) {
    const path =
      resource.group === '' ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`;
    groups.set(path, [...(groups.get(path) ?? []), resource]);
  }
  const hash = createHash('sha256')
    .update(version)
    .update(JSON.stringify(served))
    .digest('hex')
    .toUpperCase();
  const documents = new Map<string, string>();
  let swagger: string | undefined;
  let protobuf: Buffer | undefined;

  const buildSwagger = (): Swagger => ({
    swagger: '2.0',
    info,
    paths: pathsOf(served, 'v2'),
    definitions: components(schemasOf(served), 'v2'),
  });

  return {
    v2: () => {
      swagger ??= JSON.stringify(buildSwagger());
      return swagger;
    },
    v2Protobuf: () => {
      protobuf ??= encodeSwagger(buildSwagger());
      return protobuf;
    },
    v3Index: () => Object.fromEntries([...groups.keys()].sort().map((path) => [path, hash])),
    v3: (path) => {
      const resources = groups.get(path);
      if (resources === undefined) return undefined;
      const known = documents.get(path);
      if (known !== undefined) return known;
      const text = JSON.stringify({
        openapi: '3.0.0',
        info,
        paths: pathsOf(resources, 'v3'),
        components: { schemas: components(schemasOf(resources), 'v3') },
      });
      documents.set(path, text);
      return text;
    },
  };
}

/** The body of GET /openapi/v3: where each document is, with its hash for caches. */
export function openApiIndex(openapi: OpenApi): { paths: Record<string, { serverRelativeURL: string }> } {
  const entries = Object.entries(openapi.v3Index()).map(
    ([path, hash]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const,
  );
  return { paths: Object.fromEntries(entries) };
}

function schemasOf(served: readonly ResourceInfo[]): string[] {
  const ids = served.flatMap((r) => [
    r.schema,
    `${r.schema}List`,
    ...r.subresources.flatMap((s) => {
      const id = schemaIdOf({ group: s.group ?? r.group, version: s.version ?? r.version, kind: s.kind });
      return id === undefined ? [] : [id];
    }),
  ]);
  return [...ids, 'meta-v1.Status', 'meta-v1.DeleteOptions'];
}
