import type { ConfigMap, Namespace, Secret, ServiceAccount } from '../../../api/types/core-v1.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import type { Page } from './page.ts';

const bytes = (base64: string) => Buffer.from(base64, 'base64').length;
const sorted = (map: Readonly<Record<string, string>> | undefined) =>
  Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

function head(page: Page, { metadata }: KubeObject): void {
  page.line(0, 'Name:', metadata.name);
  if (metadata.namespace !== undefined) page.line(0, 'Namespace:', metadata.namespace);
  page.map(0, 'Labels:', metadata.labels);
  page.annotations(0, 'Annotations:', metadata.annotations);
}

/** A heading of its own, underlined. */
function section(page: Page, title: string): void {
  page.line(0);
  page.line(0, title);
  page.line(0, '='.repeat(4));
}

export function describeConfigMap(page: Page, object: KubeObject): void {
  const { data, binaryData } = object as unknown as ConfigMap;
  head(page, object);
  section(page, 'Data');
  for (const [key, value] of sorted(data)) {
    page.line(0, `${key}:`);
    page.line(0, '----');
    page.text(value);
    page.line(0);
  }
  section(page, 'BinaryData');
  for (const [key, value] of sorted(binaryData)) page.line(0, `${key}: ${bytes(value)} bytes`);
  page.line(0);
}

/** What is in it stays in it: only the sizes are told. */
export function describeSecret(page: Page, object: KubeObject): void {
  const { type, data } = object as unknown as Secret;
  head(page, object);
  page.line(0);
  page.line(0, 'Type:', type);
  section(page, 'Data');
  for (const [key, value] of sorted(data)) page.line(0, `${key}:`, `${bytes(value)} bytes`);
}

export function describeServiceAccount(page: Page, object: KubeObject): void {
  const { imagePullSecrets, secrets } = object as unknown as ServiceAccount;
  const names = (list: readonly { name?: string }[] | undefined) => (list ?? []).map(({ name = '' }) => name);
  head(page, object);
  page.list(0, 'Image pull secrets:', names(imagePullSecrets));
  page.list(0, 'Mountable secrets:', names(secrets));
  page.list(0, 'Tokens:', []);
}

export function describeNamespace(page: Page, object: KubeObject): void {
  head(page, object);
  page.line(0, 'Status:', (object as unknown as Namespace).status?.phase);
  page.line(0);
  page.line(0, 'No resource quota.');
  page.line(0);
  page.line(0, 'No LimitRange resource.');
}
