/**
 * containerd: what runs the containers of a node.
 *
 *   kubelet ──CRI over /run/containerd/containerd.sock──▶ cri/server.ts ──▶ cri/runtime-service.ts
 *                                                                             │            │
 *        RunPodSandbox ───────▶ runtime/sandboxes.ts ──▶ cni/ ──▶ usernet     │            └─ cri/image-service.ts
 *        (a namespace with an address: /etc/cni/net.d says how)               │               images/ (built in)
 *        CreateContainer, Start, Stop ──▶ runtime/containers.ts ◀─────────────┘
 *            │  unpacks the image's files, works out mounts and environment (container-spec.ts),
 *            │  finds the program that the command line names (executable.ts)
 *            ▼
 *        runtime/shim.ts: a small shell that stays when containerd goes, and its child, one Node process
 *            │           with the identity {namespace of the pod, its own root folder}
 *            │ stdout, stderr through named pipes
 *            ▼
 *        runtime/log-file.ts: `TIME stdout F line` in the pod's log folder, where kubelet reads `kubectl logs`
 *
 *   kubectl exec ──▶ kube-apiserver ──▶ kubelet ──▶ the URL that Exec answered: streaming/server.ts
 *
 * State lies in /var/lib/containerd (records of sandboxes and containers, names of images) and /run/containerd (the
 * containers' files, pipes and pids). A record is on disk before its call is answered, and containers run on when their
 * runtime ends, so a kill -9 loses nothing: the next containerd opens the pipes again, notes who ended meanwhile and
 * how, ends the commands that were run in containers, and takes unfinished sandboxes back.
 *
 * Simpler than on Linux, and said so where it matters: a sandbox needs no pause process, limits of memory and CPU are
 * recorded and not enforced, and all processes run as the learner.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { whenAborted } from '../lib/abort.ts';

import { LabError } from '../lib/errors.ts';
import { parseFlags } from '../lib/flags.ts';
import { createLogger, type LogLevel } from '../lib/log.ts';
import { notifyReady } from '../lib/notify.ts';
import { runProgram } from '../lib/program.ts';
import { currentIdentity } from '../usernet/identity.ts';
import { claimOwner } from '../usernet/intercept/ports.ts';
import { readConfiguration } from './configuration.ts';
import { criHandlers } from './cri/runtime-service.ts';
import { serveCri } from './cri/server.ts';
import { openRuntime } from './runtime/runtime.ts';
import { startStreaming } from './streaming/server.ts';
import { containerdVersion } from './version.ts';

const flagSpecs = {
  config: {
    type: 'string',
    default: '/etc/containerd/config.toml',
    short: 'c',
    help: 'Path to the configuration file.',
  },
  address: { type: 'string', short: 'a', help: "Address for containerd's GRPC server." },
  'log-level': {
    type: 'string',
    default: 'info',
    short: 'l',
    help: 'Logging level [trace, debug, info, warn, error].',
  },
  root: { type: 'string', help: 'containerd root directory.' },
  state: { type: 'string', help: 'containerd state directory.' },
  version: { type: 'boolean', default: false, short: 'v', help: 'Print the version.' },
} as const;

const levels: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
};

runProgram('containerd', async ({ args, signal }) => {
  const { flags } = parseFlags(args, flagSpecs, { program: 'containerd' });
  if (flags.version) {
    console.log(`containerd github.com/containerd/containerd/v2 ${containerdVersion}`);
    return 0;
  }
  const level = levels[flags['log-level']];
  if (level === undefined) {
    throw new LabError(`containerd: not a valid logrus Level: ${JSON.stringify(flags['log-level'])}`);
  }
  const log = createLogger({ format: 'zap', caller: 'containerd', level });
  log.info('starting containerd', { version: containerdVersion });
  const configuration = readConfiguration(flags.config, (key) =>
    log.warning('Ignoring unknown key in TOML', { column: 1, key, file: flags.config }),
  );
  const identity = currentIdentity();
  if (identity === undefined) {
    throw new LabError('containerd of the lab runs containers on a machine of the lab only', {
      remedy: 'start it by its unit on a worker',
    });
  }
  const state = flags.state ?? configuration.state;
  mkdirSync(state, { recursive: true });
  // Two runtimes on one state would each take the other's containers for leftovers.
  if (!claimOwner(join(state, 'containerd.pid'))) {
    throw new LabError('containerd: another containerd runs with the same state directory', {
      where: state,
      remedy: 'stop it first: systemctl stop containerd',
    });
  }
  const runtime = openRuntime({
    identity,
    root: flags.root ?? configuration.root,
    state,
    cni: configuration.cni,
    handlers: configuration.runtimes,
    log,
  });
  const streaming = await startStreaming(runtime, configuration.streaming);
  const address = (flags.address ?? configuration.address).replace(/^unix:\/\//, '');
  const server = await serveCri(address, {
    handlers: criHandlers(runtime, streaming.urls),
    subscribe: (listener) => runtime.context.events.subscribe(listener),
    log,
  });
  log.info('serving...', { address });
  const problem = runtime.context.cni.problem();
  if (problem !== undefined) {
    log.error(
      'failed to load cni during init, please check CRI plugin status before setting up network for pods',
      {
        error: `cni config load failed: no network config found in ${configuration.cni.confDir}: ${problem}`,
      },
    );
  }
  log.info('containerd successfully booted');
  notifyReady();
  await whenAborted(signal);
  log.info('Stop CRI service');
  await server.close();
  streaming.close();
  return 0;
});
