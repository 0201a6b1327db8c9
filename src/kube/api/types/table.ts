import type { ListMeta, ObjectMeta } from './meta-v1.ts';

/** What kubectl get prints. Models staging/src/k8s.io/apimachinery/pkg/apis/meta/v1 Table (which has no protobuf form). */
export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: ListMeta;
  columnDefinitions: TableColumnDefinition[];
  rows: TableRow[];
}

export interface TableColumnDefinition {
  name: string;
  /** string, integer, number, boolean or date. */
  type: string;
  /** `name` marks the column that kubectl prefixes with the resource. */
  format: string;
  description: string;
  /** 0: always shown; 1 and more: only with -o wide. */
  priority: number;
}

export interface TableRow {
  cells: unknown[];
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  /** PartialObjectMetadata, the whole object, or nothing, as includeObject asks. */
  object?: unknown;
}

export interface PartialObjectMetadata {
  kind: 'PartialObjectMetadata';
  apiVersion: 'meta.k8s.io/v1';
  metadata: ObjectMeta;
}
