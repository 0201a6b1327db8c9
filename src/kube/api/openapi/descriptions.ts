/** What OpenAPI and explain say of every field: large, so import this file (through openapi.ts) only where it is served. */
import admissionregistration from '../generated/descriptions/admissionregistration-v1.json';
import apiextensions from '../generated/descriptions/apiextensions-v1.json';
import apiregistration from '../generated/descriptions/apiregistration-v1.json';
import apps from '../generated/descriptions/apps-v1.json';
import authentication from '../generated/descriptions/authentication-v1.json';
import authorization from '../generated/descriptions/authorization-v1.json';
import autoscalingV1 from '../generated/descriptions/autoscaling-v1.json';
import autoscalingV2 from '../generated/descriptions/autoscaling-v2.json';
import batch from '../generated/descriptions/batch-v1.json';
import certificates from '../generated/descriptions/certificates-v1.json';
import coordination from '../generated/descriptions/coordination-v1.json';
import core from '../generated/descriptions/core-v1.json';
import discovery from '../generated/descriptions/discovery-v1.json';
import events from '../generated/descriptions/events-v1.json';
import flowcontrol from '../generated/descriptions/flowcontrol-v1.json';
import meta from '../generated/descriptions/meta-v1.json';
import networking from '../generated/descriptions/networking-v1.json';
import node from '../generated/descriptions/node-v1.json';
import policy from '../generated/descriptions/policy-v1.json';
import rbac from '../generated/descriptions/rbac-v1.json';
import resource from '../generated/descriptions/resource-v1.json';
import scheduling from '../generated/descriptions/scheduling-v1.json';
import storage from '../generated/descriptions/storage-v1.json';

const tables = {
  'admissionregistration-v1': admissionregistration,
  'apiextensions-v1': apiextensions,
  'apiregistration-v1': apiregistration,
  'apps-v1': apps,
  'authentication-v1': authentication,
  'authorization-v1': authorization,
  'autoscaling-v1': autoscalingV1,
  'autoscaling-v2': autoscalingV2,
  'batch-v1': batch,
  'certificates-v1': certificates,
  'coordination-v1': coordination,
  'core-v1': core,
  'discovery-v1': discovery,
  'events-v1': events,
  'flowcontrol-v1': flowcontrol,
  'meta-v1': meta,
  'networking-v1': networking,
  'node-v1': node,
  'policy-v1': policy,
  'rbac-v1': rbac,
  'resource-v1': resource,
  'scheduling-v1': scheduling,
  'storage-v1': storage,
} as unknown as Readonly<Record<string, Readonly<Record<string, Descriptions | undefined>> | undefined>>;

/** Field → text; '' is the message itself. */
export type Descriptions = Readonly<Record<string, string | undefined>>;

const none: Descriptions = {};

/** The descriptions of the schema `GROUP-VERSION.Name`. */
export function descriptionsOf(id: string): Descriptions {
  const dot = id.indexOf('.');
  return tables[id.slice(0, dot)]?.[id.slice(dot + 1)] ?? none;
}
