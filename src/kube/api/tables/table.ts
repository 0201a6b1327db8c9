/**
 * The answer to `Accept: application/json;as=Table;v=v1;g=meta.k8s.io`: one row an object, the columns of its kind.
 * Models staging/src/k8s.io/apiserver/pkg/endpoints/handlers/response.go and pkg/printers.
 */
import { fromEventsV1 } from '../conversion.ts';
import type { ListMeta, ObjectMeta } from '../types/meta-v1.ts';
import type { PartialObjectMetadata, Table, TableRow } from '../types/table.ts';
import * as core from './core.ts';
import * as network from './network.ts';
import { podPrinter } from './pods.ts';
import * as policy from './policy.ts';
import type { Printer } from './printer.ts';
import * as storage from './storage.ts';
import * as workloads from './workloads.ts';

/** Each printer is called with objects of its own kind only. */
const printers = {
  Pod: podPrinter,
  PodTemplate: workloads.podTemplatePrinter,
  Deployment: workloads.deploymentPrinter,
  ReplicaSet: workloads.replicaSetPrinter,
  ReplicationController: workloads.replicationControllerPrinter,
  DaemonSet: workloads.daemonSetPrinter,
  StatefulSet: workloads.statefulSetPrinter,
  ControllerRevision: workloads.controllerRevisionPrinter,
  Job: workloads.jobPrinter,
  CronJob: workloads.cronJobPrinter,
  HorizontalPodAutoscaler: workloads.autoscalerPrinter,
  Node: core.nodePrinter,
  Namespace: core.namespacePrinter,
  ConfigMap: core.configMapPrinter,
  Secret: core.secretPrinter,
  ServiceAccount: core.serviceAccountPrinter,
  Event: core.eventPrinter,
  ComponentStatus: core.componentStatusPrinter,
  ResourceQuota: core.quotaPrinter,
  LimitRange: core.createdAtPrinter,
  Role: core.createdAtPrinter,
  ClusterRole: core.createdAtPrinter,
  RoleBinding: policy.roleBindingPrinter,
  ClusterRoleBinding: policy.roleBindingPrinter,
  Service: network.servicePrinter,
  Endpoints: network.endpointsPrinter,
  EndpointSlice: network.endpointSlicePrinter,
  Ingress: network.ingressPrinter,
  IngressClass: network.ingressClassPrinter,
  NetworkPolicy: network.networkPolicyPrinter,
  IPAddress: network.ipAddressPrinter,
  ServiceCIDR: network.serviceCidrPrinter,
  PersistentVolume: storage.volumePrinter,
  PersistentVolumeClaim: storage.volumeClaimPrinter,
  StorageClass: storage.storageClassPrinter,
  CSIDriver: storage.csiDriverPrinter,
  CSINode: storage.csiNodePrinter,
  VolumeAttachment: storage.volumeAttachmentPrinter,
  PodDisruptionBudget: policy.budgetPrinter,
  Lease: policy.leasePrinter,
  PriorityClass: policy.priorityClassPrinter,
  CertificateSigningRequest: policy.signingRequestPrinter,
  RuntimeClass: policy.runtimeClassPrinter,
  MutatingWebhookConfiguration: policy.webhookPrinter,
  ValidatingWebhookConfiguration: policy.webhookPrinter,
  ValidatingAdmissionPolicy: policy.admissionPolicyPrinter,
  ValidatingAdmissionPolicyBinding: policy.admissionBindingPrinter,
  APIService: policy.apiServicePrinter,
} as unknown as Readonly<Record<string, Printer<PrintableObject> | undefined>>;

export interface PrintableObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface PrintableList {
  metadata?: ListMeta;
  items: readonly PrintableObject[];
}

export interface TableOptions {
  /** Milliseconds since the epoch: ages are reckoned from it. */
  readonly now: number;
  /** What each row carries; Metadata unless the client asks. */
  readonly includeObject?: 'None' | 'Metadata' | 'Object';
  /** Leave the column definitions out (all watch events but the first). */
  readonly noHeaders?: boolean;
}

/** `objects`: one object, several, or a list with its resourceVersion, continue and remainingItemCount. */
export function toTable(
  resource: { readonly kind: string; readonly group?: string },
  objects: PrintableObject | readonly PrintableObject[] | PrintableList,
  options: TableOptions,
): Table {
  const printer = printers[resource.kind] ?? (core.createdAtPrinter as Printer<PrintableObject>);
  const { items, metadata } = read(objects);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: options.noHeaders === true ? [] : [...printer.columns],
    rows: items.map((item) => row(printer, item, options)),
  };
}

function read(objects: PrintableObject | readonly PrintableObject[] | PrintableList): {
  items: readonly PrintableObject[];
  metadata: ListMeta;
} {
  if (isArray(objects)) return { items: objects, metadata: {} };
  if ('items' in objects && Array.isArray(objects.items))
    return { items: objects.items, metadata: objects.metadata ?? {} };
  const object = objects as PrintableObject;
  const { resourceVersion } = object.metadata;
  return { items: [object], metadata: resourceVersion === undefined ? {} : { resourceVersion } };
}

function isArray(value: unknown): value is readonly PrintableObject[] {
  return Array.isArray(value);
}

function row(printer: Printer<PrintableObject>, object: PrintableObject, options: TableOptions): TableRow {
  const printable =
    object.apiVersion === 'events.k8s.io/v1' ? (fromEventsV1(object) as unknown as PrintableObject) : object;
  const conditions = printer.conditions?.(printable) ?? [];
  return {
    cells: printer.row(printable, { now: options.now }),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...rowObject(object, options.includeObject ?? 'Metadata'),
  };
}

function rowObject(object: PrintableObject, include: 'None' | 'Metadata' | 'Object'): { object?: unknown } {
  if (include === 'None') return {};
  if (include === 'Object') return { object };
  const partial: PartialObjectMetadata = {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  };
  return { object: partial };
}
