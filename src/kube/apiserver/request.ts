/** What the parts of the API server know of a request: the words they share. */
import type { ManagedFieldsEntry } from '../api/types/meta-v1.ts';

/** Who asks. Models staging/src/k8s.io/apiserver/pkg/authentication/user. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What is asked. Models staging/src/k8s.io/apiserver/pkg/authorization/authorizer Attributes. */
export interface RequestAttributes {
  readonly user: UserInfo;
  /** get, list, watch, create, update, patch, delete, deletecollection, impersonate, or the HTTP method in lower case. */
  readonly verb: string;
  readonly isResourceRequest: boolean;
  /** '' for the core group. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** The plural name, such as pods. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** Terms of the field selector that name one value, of list, watch and deletecollection: `spec.nodeName` → worker-0. */
  readonly fields?: Readonly<Record<string, string>>;
}

export type Decision = 'allow' | 'deny' | 'no-opinion';

export interface Authorization {
  readonly decision: Decision;
  readonly reason: string;
}

export interface Authorizer {
  authorize(attributes: RequestAttributes): Promise<Authorization>;
}

/** The peer of a connection as TLS verified it, and the Authorization header. */
export interface Credentials {
  /** Subject of a client certificate that chains to --client-ca-file. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[] };
  /** A client certificate was shown that does not chain to it, or is not valid today. */
  readonly refusedCertificate?: true;
  readonly bearerToken?: string;
}

export interface Authenticator {
  /** Undefined: these credentials are not mine (anonymous when nobody knows them). Throws ApiError 401 when they are invalid. */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined>;
}

/** Any Kubernetes object as JSON. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMetadata;
  [field: string]: unknown;
}

export interface ObjectMetadata {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
  [field: string]: unknown;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Read access to stored objects for the parts that decide (authorizers, admission): from the watch cache, never from etcd. */
export interface ObjectReader {
  get(group: string, resource: string, namespace: string, name: string): Promise<KubeObject | undefined>;
  list(group: string, resource: string, namespace?: string): Promise<readonly KubeObject[]>;
}

/** Write access for admission and bootstrap, past authorization, as the loopback client upstream. */
export interface ObjectWriter {
  create(group: string, resource: string, namespace: string, object: KubeObject): Promise<KubeObject>;
  update(group: string, resource: string, namespace: string, object: KubeObject): Promise<KubeObject>;
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface AdmissionAttributes extends RequestAttributes {
  readonly operation: Operation;
  /** The object as it will be stored; mutate may change it in place. Undefined for DELETE. */
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly dryRun: boolean;
}

/** One file a plugin in admission/. A refusal is a thrown ApiError (403 in the most cases). */
export interface AdmissionPlugin {
  /** As --enable-admission-plugins spells it. */
  readonly name: string;
  mutate?(attributes: AdmissionAttributes): Promise<void>;
  validate?(attributes: AdmissionAttributes): Promise<void>;
}
