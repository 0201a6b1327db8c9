/** The shape of the resource table's rows, and the verbs they share. */

export interface SubresourceInfo {
  readonly name: string;
  /** The kind that goes over the wire, such as Scale for deployments/scale. */
  readonly kind: string;
  /** The kind's group and version where they are not the resource's own. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  /** For scale: where the replicas and the selector stand. */
  readonly scale?: {
    readonly specReplicas: string;
    readonly statusReplicas: string;
    readonly selector: string;
  };
}

/** A row of the resource table: what differs from the most common resource. */
export interface Row {
  readonly kind: string;
  readonly plural: string;
  /** Separated by commas where there are several. */
  readonly short?: string;
  readonly all?: boolean;
  readonly category?: string;
  readonly cluster?: boolean;
  readonly verbs?: readonly string[];
  readonly sub?: readonly (string | SubresourceInfo)[];
  readonly prefix?: string;
  readonly storage?: string;
  readonly generation?: boolean;
  readonly grace?: number;
  readonly createOnUpdate?: boolean;
  readonly conditionalOnly?: boolean;
}

export interface Group {
  readonly group: string;
  readonly version: string;
  /** The name of the group's schema tables. */
  readonly file: string;
  readonly rows: readonly Row[];
}

export const EVERY = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
export const EDIT = ['get', 'patch', 'update'];
export const CREATE = ['create'];
export const PROXY = ['create', 'delete', 'get', 'patch', 'update'];
export const STREAM = ['create', 'get'];

/** A scale subresource over spec.replicas. */
function scale(selector: string): SubresourceInfo {
  return {
    name: 'scale',
    kind: 'Scale',
    group: 'autoscaling',
    version: 'v1',
    verbs: EDIT,
    scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector },
  };
}

export const scaleBySelector = scale('.spec.selector');
