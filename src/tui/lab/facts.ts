import type { MachineStatus } from '../../machines/client.ts';

export interface EtcdFacts {
  readonly machine: string;
  readonly endpoint: string;
  readonly leader: boolean;
  readonly term: string;
  /** Of the last entry in its log: members that keep up have nearly the same. */
  readonly index: string;
  readonly memberId: string;
  readonly version: string;
  /** Why it does not answer. */
  readonly error: string | undefined;
}

export interface NodeFacts {
  readonly name: string;
  readonly ready: boolean;
  /** No pod is placed there any more. */
  readonly cordoned: boolean;
  readonly version: string;
  readonly address: string;
}

export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly ready: string;
  readonly status: string;
  readonly restarts: number;
  readonly address: string;
  readonly node: string;
}

/** What the Cluster screen shows. Parts that do not exist yet are undefined: etcd before chapter 7, nodes before 8. */
export interface ClusterFacts {
  /** Undefined while the lab does not run. */
  readonly machines: readonly MachineStatus[] | undefined;
  readonly etcd: readonly EtcdFacts[] | undefined;
  readonly nodes: readonly NodeFacts[] | undefined;
  readonly pods: readonly PodFacts[] | undefined;
  /** Why the API server could not be asked. */
  readonly apiError: string | undefined;
}
