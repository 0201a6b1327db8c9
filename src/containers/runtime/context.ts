import type { Logger } from '../../lib/log.ts';
import type { Identity } from '../../usernet/identity.ts';
import type { Network } from '../../usernet/network.ts';
import type { Cni } from '../cni/cni.ts';
import type { NodeImages } from '../images/node-images.ts';
import type { EventHub } from './events.ts';
import type { ProcessTable } from './processes.ts';
import type { ContainerRecord, SandboxRecord } from './records.ts';
import type { RecordStore } from './store.ts';

/** What the parts of the runtime share: its state, and the world they act on. */
export interface RuntimeContext {
  readonly machine: string;
  /** The identity of containerd itself: how paths of the machine become paths of the host. */
  readonly identity: Identity;
  /** `/run/containerd`: what does not outlive a boot. */
  readonly runDir: string;
  /** `/var/lib/containerd/io.containerd.grpc.v1.cri` */
  readonly stateDir: string;
  readonly network: Network;
  readonly cni: Cni;
  readonly images: NodeImages;
  readonly processes: ProcessTable;
  readonly sandboxes: RecordStore<SandboxRecord>;
  readonly containers: RecordStore<ContainerRecord>;
  readonly events: EventHub;
  /** Names of the configured runtimes, such as `runc`. */
  readonly handlers: readonly string[];
  readonly log: Logger;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  readonly stopContainersOf: (sandboxId: string) => Promise<void>;
  readonly removeContainersOf: (sandboxId: string) => Promise<void>;
}
