import type { KubeObject } from '../request.ts';

const head = /^\{"apiVersion":"[^"\\]*","kind":"[^"\\]*","metadata":\{/;

/**
 * An object as etcd holds it. The text with its resourceVersion is what clients get, so that a list is a join of
 * strings and nothing is parsed; the parsed form is made only when a selector or a rule looks inside.
 */
export class StoredObject {
  readonly key: string;
  /** etcd's mod_revision: the resourceVersion. */
  readonly revision: number;
  /** JSON that carries metadata.resourceVersion. */
  readonly text: string;
  #parsed: KubeObject | undefined;

  constructor(key: string, value: string, revision: number) {
    this.key = key;
    this.revision = revision;
    // Revision 0 is the answer to a dry run: it has no version.
    this.text = revision === 0 ? value : withResourceVersion(value, revision);
  }

  /** Shared by all readers: never change it. */
  get object(): KubeObject {
    this.#parsed ??= JSON.parse(this.text) as KubeObject;
    return this.#parsed;
  }

  /** A copy of the caller's own. */
  copy(): KubeObject {
    return JSON.parse(this.text) as KubeObject;
  }

  /** The same content at a later revision: what a DELETED event shows. */
  atRevision(revision: number): StoredObject {
    return new StoredObject(this.key, encodeObject(this.copy()), revision);
  }
}

function withResourceVersion(value: string, revision: number): string {
  const match = head.exec(value);
  if (match !== null && !value.startsWith('}', match[0].length)) {
    return `${match[0]}"resourceVersion":"${revision}",${value.slice(match[0].length)}`;
  }
  // Written by somebody else, in another order of fields.
  const object = JSON.parse(value) as KubeObject;
  object.metadata = { ...object.metadata, resourceVersion: String(revision) };
  return orderedJson(object);
}

function orderedJson(object: KubeObject): string {
  const { apiVersion, kind, metadata, ...rest } = object;
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}

/**
 * The value to put into etcd: JSON (upstream stores protobuf by default; `--storage-media-type=application/json`
 * makes it store the same), without the resourceVersion, which is etcd's own mod_revision.
 */
export function encodeObject(object: KubeObject): string {
  const { resourceVersion: _revision, selfLink: _selfLink, ...metadata } = object.metadata;
  return orderedJson({ ...object, metadata });
}
