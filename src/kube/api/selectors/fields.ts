/**
 * Field selectors: `metadata.name=web,status.phase!=Running`. Which fields a kind knows is data here.
 * Models staging/src/k8s.io/apimachinery/pkg/fields and the field label conversions of pkg/apis/<group>/v1/conversion.go.
 */
import type { ResourceInfo } from '../resource-table.ts';
import { SelectorError } from './labels.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export type ParsedFieldSelector = readonly FieldRequirement[];

const everywhere = ['metadata.name', 'metadata.namespace'];

const byKind: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  Node: ['spec.unschedulable'],
  Namespace: ['status.phase'],
  Secret: ['type'],
  Service: ['spec.clusterIP', 'spec.type'],
  ReplicationController: ['status.replicas'],
  ReplicaSet: ['status.replicas'],
  Job: ['status.successful'],
  CertificateSigningRequest: ['spec.signerName'],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

/** The selector of a `fieldSelector` query parameter. Throws SelectorError with upstream's text. */
export function parseFieldSelector(text: string): ParsedFieldSelector {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^((?:[^\\=!]|\\.)+?)(==|!=|=)(.*)$/s.exec(term);
      if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      return {
        field: match[1]!,
        operator: match[2] === '!=' ? '!=' : '=',
        value: unescapeValue(match[3]!, term),
      };
    });
}

/** Commas separate, unless a backslash stands before them. */
function splitTerms(text: string): string[] {
  return text.match(/(?:[^\\,]|\\.)+/gs) ?? [];
}

function unescapeValue(value: string, term: string): string {
  if (/(^|[^\\])(\\\\)*[,=]/.test(value))
    throw new SelectorError(`invalid field selector: unescaped character in '${term}'`);
  return value.replace(/\\([\\,=])/g, '$1');
}

/** Throws SelectorError for a field that the kind cannot be selected by. */
export function checkFieldSelector(
  resource: Pick<ResourceInfo, 'kind' | 'group' | 'namespaced'>,
  selector: ParsedFieldSelector,
): void {
  for (const { field } of selector) {
    if (everywhere.includes(field) || byKind[resource.kind]?.includes(field)) continue;
    throw new SelectorError(
      resource.kind in byKind
        ? `field label not supported: ${field}`
        : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
}

export function matchesFields(selector: ParsedFieldSelector, object: unknown): boolean {
  return selector.every(
    ({ field, operator, value }) => (fieldValue(object, field) === value) === (operator === '='),
  );
}

/** The value of one field as a text, '' when it is not there. */
function fieldValue(object: unknown, field: string): string {
  if (field === 'source')
    return fieldValue(object, 'source.component') || fieldValue(object, 'reportingComponent');
  if (field === 'status.successful') return fieldValue(object, 'status.succeeded') || '0';
  if (field === 'spec.unschedulable' || field === 'spec.hostNetwork')
    return read(object, field) === true ? 'true' : 'false';
  if (field === 'status.replicas') return String(read(object, field) ?? 0);
  if (field === 'reportingComponent')
    return String(read(object, field) ?? read(object, 'source.component') ?? '');
  if (field.startsWith('involvedObject.')) {
    return String(read(object, field) ?? read(object, field.replace('involvedObject', 'regarding')) ?? '');
  }
  const value = read(object, field);
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

function read(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
