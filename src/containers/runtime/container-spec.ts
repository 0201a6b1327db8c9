import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ContainerConfig } from '../../kube/cri/index.ts';
import { errorCode } from '../../lib/errors.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { packageRoot } from '../../lib/package-root.ts';
import type { Identity, Mount } from '../../usernet/identity.ts';
import { translate } from '../../usernet/mounts.ts';
import type { RegistryImage } from '../images/registry.ts';
import type { RuntimeContext } from './context.ts';
import type { SandboxRecord } from './records.ts';
import { sandboxFiles } from './sandbox-files.ts';

/** What a container sees and starts with: the OCI spec, as far as the portable provider has one. */

/** The command line: the CRI's command replaces the entrypoint and drops the image's arguments (as OCI images say). */
export function commandLine(
  image: Pick<RegistryImage['definition'], 'entrypoint' | 'cmd'>,
  config: Pick<ContainerConfig, 'command' | 'args'>,
): string[] {
  const hasCommand = config.command.length > 0;
  const args = config.args.length > 0 || hasCommand ? config.args : image.cmd;
  return [...(hasCommand ? config.command : image.entrypoint), ...args];
}

/** HOSTNAME, then the image's variables, then the pod's. */
export function environment(
  image: Pick<RegistryImage, 'env'>,
  config: Pick<ContainerConfig, 'envs' | 'tty'>,
  hostname: string,
): Record<string, string> {
  return {
    HOSTNAME: hostname,
    HOME: '/root',
    ...(config.tty ? { TERM: 'xterm' } : {}),
    ...image.env,
    ...Object.fromEntries(config.envs.map(({ key, value }) => [key, value.toString('utf8')])),
  };
}

/** The mounts of a container in paths of the host. A host path that is missing becomes a folder, as in containerd. */
export function containerMounts(
  context: Pick<RuntimeContext, 'identity' | 'stateDir'>,
  sandbox: SandboxRecord,
  config: ContainerConfig,
  rootfs: string,
): Mount[] {
  const { identity, stateDir } = context;
  const onHost = (path: string) => translate(identity.mounts, path);
  const through = (path: string, readOnly: boolean): Mount => ({ at: path, from: path, readOnly });
  const readonlyRootfs = config.linux?.securityContext?.readonlyRootfs ?? false;
  const requested = config.mounts.map(
    ({ containerPath, hostPath, readonly }): Mount => ({
      at: resolve('/', containerPath),
      from: onHost(existingPath(hostPath)),
      ...(readonly ? { readOnly: true } : {}),
    }),
  );
  const given = new Set(requested.map(({ at }) => at));
  const own = Object.entries(sandboxFiles)
    .filter(([at]) => !given.has(at))
    .map(([at, name]): Mount => ({ at, from: onHost(join(stateDir, 'sandboxes', sandbox.id, name)) }));
  return [
    { at: '/', from: onHost(rootfs), ...(readonlyRootfs ? { readOnly: true } : {}) },
    through('/proc', true),
    // The lab's own code and sockets, without which no program of the lab starts.
    through(packageRoot(), true),
    through(identity.runtimeDir, false),
    ...own,
    ...requested,
  ];
}

function existingPath(hostPath: string): string {
  try {
    return realpathSync(hostPath);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') {
      throw new GrpcError(
        GrpcCode.Unknown,
        `failed to generate container spec: failed to resolve symlink ${JSON.stringify(hostPath)}: ${String(error)}`,
      );
    }
    mkdirSync(hostPath, { recursive: true });
    return realpathSync(hostPath);
  }
}

/** The identity of the container's processes. */
export function containerIdentity(
  context: Pick<RuntimeContext, 'identity' | 'machine'>,
  sandbox: SandboxRecord,
  mounts: readonly Mount[],
): Identity {
  return {
    runtimeDir: context.identity.runtimeDir,
    namespace: sandbox.namespace,
    machine: context.machine,
    mounts,
  };
}

/** Makes sure that every place where something is mounted shows up in a listing of the container's files. */
export function makeMountPoints(mounts: readonly Mount[]): void {
  const root = mounts[0]!.from;
  for (const { at, from } of mounts.slice(1)) {
    if (at === from) continue;
    const target = join(root, at);
    if (statSync(target, { throwIfNoEntry: false }) !== undefined) continue;
    const isFolder = statSync(from, { throwIfNoEntry: false })?.isDirectory() ?? true;
    mkdirSync(isFolder ? target : join(target, '..'), { recursive: true });
  }
}
