import type { KubeObject } from '../../cluster/cluster.ts';
import type { Page } from './page.ts';

/** Told in the head already, or of no interest to a person. */
const hidden = new Set(['managedFields', 'name', 'namespace', 'labels', 'annotations', 'selfLink']);

/** `clusterIP` → `Cluster IP`. Models kubectl/pkg/describe smartLabelFor. */
function titleOf(field: string): string {
  const words = field
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ');
  return words
    .map((word) =>
      /^(api|url|uid|osb|guid|ip|id|tls)$/i.test(word)
        ? word.toUpperCase()
        : word[0]!.toUpperCase() + word.slice(1),
    )
    .join(' ');
}

/** Any object whose kind has no description of its own: its fields, sorted. Models GenericDescriberFor. */
export function describeGeneric(page: Page, object: KubeObject): void {
  const { apiVersion, kind, metadata, ...fields } = object;
  page.line(0, 'Name:', metadata.name);
  page.line(0, 'Namespace:', metadata.namespace);
  page.map(0, 'Labels:', metadata.labels);
  page.annotations(0, 'Annotations:', metadata.annotations);
  page.line(0, 'API Version:', apiVersion);
  page.line(0, 'Kind:', kind);
  const rest = Object.fromEntries(Object.entries(metadata).filter(([field]) => !hidden.has(field)));
  describeMap(page, 0, { metadata: rest, ...fields });
}

function describeMap(page: Page, level: number, map: Readonly<Record<string, unknown>>): void {
  for (const field of Object.keys(map).sort()) describeValue(page, level, `${titleOf(field)}:`, map[field]);
}

function describeValue(page: Page, level: number, title: string, value: unknown): void {
  if (Array.isArray(value)) {
    page.line(level, title);
    for (const item of value) {
      if (typeof item === 'object' && item !== null)
        describeMap(page, level + 1, item as Record<string, unknown>);
      else page.line(level + 1, String(item));
    }
  } else if (typeof value === 'object' && value !== null) {
    page.line(level, title);
    describeMap(page, level + 1, value as Record<string, unknown>);
  } else page.line(level, title, String(value));
}
