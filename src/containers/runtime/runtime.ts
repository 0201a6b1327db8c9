import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../lib/log.ts';
import type { Identity } from '../../usernet/identity.ts';
import { openNetwork } from '../../usernet/network.ts';
import { Cni } from '../cni/cni.ts';
import { NodeImages } from '../images/node-images.ts';
import { Containers } from './containers.ts';
import type { RuntimeContext } from './context.ts';
import { EventHub } from './events.ts';
import { ProcessTable } from './processes.ts';
import { parseContainer, parseSandbox, serializeContainer, serializeSandbox } from './records.ts';
import { Sandboxes } from './sandboxes.ts';
import { RecordStore } from './store.ts';
import { nowNanoseconds } from './time.ts';

export interface RuntimeOptions {
  readonly identity: Identity;
  /** containerd's `root` and `state`: /var/lib/containerd and /run/containerd. */
  readonly root: string;
  readonly state: string;
  readonly cni: { readonly binDir: string; readonly confDir: string };
  readonly handlers: readonly string[];
  readonly log: Logger;
}

export interface Runtime {
  readonly context: RuntimeContext;
  readonly sandboxes: Sandboxes;
  readonly containers: Containers;
}

/** Opens the runtime's state, and takes over what an earlier runtime left behind. */
export function openRuntime(options: RuntimeOptions): Runtime {
  const { identity, log } = options;
  const machine = identity.machine;
  const stateDir = join(options.root, 'io.containerd.grpc.v1.cri');
  mkdirSync(stateDir, { recursive: true });
  const network = openNetwork(identity.runtimeDir);
  const context: RuntimeContext = {
    machine,
    identity,
    runDir: options.state,
    stateDir,
    network,
    cni: new Cni({ ...options.cni, network, machine, warn: log.warning }),
    images: new NodeImages(stateDir),
    processes: new ProcessTable(options.state),
    sandboxes: new RecordStore(join(stateDir, 'sandboxes'), serializeSandbox, parseSandbox),
    containers: new RecordStore(join(stateDir, 'containers'), serializeContainer, parseContainer),
    events: new EventHub(),
    handlers: options.handlers,
    log,
    now: nowNanoseconds,
    stopContainersOf: async (sandboxId) => {
      await Promise.all(containers.of(sandboxId).map(({ id }) => containers.stop(id, 0)));
    },
    removeContainersOf: async (sandboxId) => {
      await Promise.all(containers.of(sandboxId).map(({ id }) => containers.remove(id)));
    },
  };
  const sandboxes = new Sandboxes(context);
  const containers = new Containers(context);
  const killed = context.processes.killLeftovers();
  if (killed > 0)
    log.warning('ended commands that an earlier containerd ran in containers', { count: killed });
  containers.recover();
  sandboxes.recover();
  return { context, sandboxes, containers };
}
