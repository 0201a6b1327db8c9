import { chmod, lstat, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type {
  Container,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Volume,
} from '../../api/types/core-v1.ts';
import { ResourceClient, type RestClient } from '../../client/index.ts';
import { expand } from '../env/expansion.ts';
import { namespaceOf, uidOf } from '../pods/pod.ts';
import type { ContainerMount } from '../runtime/container-config.ts';
import { writeAtomically } from './atomic-writer.ts';
import { prepareHostPath } from './host-path.ts';
import { type PayloadInputs, volumePayload } from './payload.ts';

export interface VolumeManagerOptions {
  /** `/var/lib/kubelet` */
  readonly rootDir: string;
  readonly rest: RestClient;
  readonly clock: Clock;
}

export interface MountedVolume {
  /** On the node. */
  readonly path: string;
  /** Whatever the containers ask for. */
  readonly readOnly: boolean;
}

/** By the names of the volumes. */
export type MountedVolumes = ReadonlyMap<string, MountedVolume>;

/** A volume could not be made; the text is that of the event FailedMount. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

const plugins: Readonly<Record<string, string>> = {
  emptyDir: 'kubernetes.io~empty-dir',
  configMap: 'kubernetes.io~configmap',
  secret: 'kubernetes.io~secret',
  downwardAPI: 'kubernetes.io~downward-api',
  projected: 'kubernetes.io~projected',
};

/** What the kubelet writes and refreshes: a container that wrote there would lose it. */
const fromTheApi: ReadonlySet<string> = new Set(['configMap', 'secret', 'downwardAPI', 'projected']);

/** Makes a folder of a volume where it is missing. A link that a container left there must not lead out of it. */
async function subPathWithin(volume: string, subPath: string): Promise<string> {
  const path = join(volume, subPath);
  let existing = path;
  while ((await lstat(existing).catch(() => undefined)) === undefined) existing = dirname(existing);
  const [root, real] = await Promise.all([realpath(volume), realpath(existing).catch(() => undefined)]);
  if (real === undefined || (real !== root && !real.startsWith(`${root}/`)))
    throw new MountError(`subPath ${JSON.stringify(subPath)} must not leave the volume`);
  if (existing !== path) await mkdir(path, { recursive: true, mode: 0o777 });
  return path;
}

const typeOf = (volume: Volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';

/** Makes the volumes of pods below `pods/UID/volumes`, and keeps their content fresh. */
export class VolumeManager {
  readonly #options: VolumeManagerOptions;
  readonly #claims: ResourceClient<PersistentVolumeClaim>;
  readonly #persistentVolumes: ResourceClient<PersistentVolume>;

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
    const core = { group: '', version: 'v1' } as const;
    this.#claims = new ResourceClient(options.rest, { ...core, resource: 'persistentvolumeclaims' });
    this.#persistentVolumes = new ResourceClient(options.rest, { ...core, resource: 'persistentvolumes' });
  }

  podFolder(uid: string): string {
    return join(this.#options.rootDir, 'pods', uid);
  }

  /** Throws MountError for the first that fails. */
  async mount(pod: Pod, inputs: PayloadInputs): Promise<MountedVolumes> {
    const mounted = new Map<string, MountedVolume>();
    for (const volume of pod.spec?.volumes ?? []) {
      try {
        const path = await this.#mountOne(pod, volume, inputs);
        mounted.set(volume.name, { path, readOnly: fromTheApi.has(typeOf(volume)) });
      } catch (error) {
        throw new MountError(
          `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${errorMessage(error)}`,
        );
      }
    }
    return mounted;
  }

  async #mountOne(pod: Pod, volume: Volume, inputs: PayloadInputs): Promise<string> {
    const type = typeOf(volume);
    if (volume.hostPath !== undefined) {
      await prepareHostPath(volume.hostPath);
      return volume.hostPath.path;
    }
    if (volume.persistentVolumeClaim !== undefined)
      return this.#claimed(namespaceOf(pod), volume.persistentVolumeClaim.claimName);
    const plugin = plugins[type];
    if (plugin === undefined) {
      throw new Error(
        `volume type ${type} is not supported by this kubelet (it knows ${Object.keys(plugins).join(', ')}, hostPath)`,
      );
    }
    const folder = join(this.podFolder(uidOf(pod)), 'volumes', plugin, volume.name);
    const payload = await volumePayload(pod, volume, inputs);
    if (payload === undefined) {
      await mkdir(folder, { recursive: true });
      // Any user of any container may write into an emptyDir.
      await chmod(folder, 0o777);
    } else await writeAtomically(folder, payload, new Date(this.#options.clock.now()));
    return folder;
  }

  /** The folder behind a claim: hostPath and local volumes only. */
  async #claimed(namespace: string, name: string): Promise<string> {
    const claim = await this.#claims.in(namespace).get(name);
    const volumeName = claim.spec?.volumeName ?? '';
    if (volumeName === '' || claim.status?.phase !== 'Bound')
      throw new Error(`PVC ${namespace}/${name} is not bound`);
    const { spec } = await this.#persistentVolumes.get(volumeName);
    if (spec?.hostPath !== undefined) {
      await prepareHostPath({ ...spec.hostPath, type: spec.hostPath.type || 'DirectoryOrCreate' });
      return spec.hostPath.path;
    }
    if (spec?.local !== undefined) return spec.local.path;
    const type = ['csi', 'nfs', 'iscsi', 'fc', 'rbd'].find((key) => spec !== undefined && key in spec);
    throw new Error(`persistent volume type ${type ?? 'of this kind'} is not supported by this kubelet`);
  }

  /** Mounts of a container, sub-paths made where they are missing. */
  async containerMounts(
    container: Container,
    volumes: MountedVolumes,
    env: Readonly<Record<string, string>>,
  ): Promise<ContainerMount[]> {
    const mounts: ContainerMount[] = [];
    for (const mount of container.volumeMounts ?? []) {
      const volume = volumes.get(mount.name);
      if (volume === undefined) throw new MountError(`volume ${JSON.stringify(mount.name)} is not mounted`);
      const subPath = mount.subPath || expand(mount.subPathExpr ?? '', (name) => env[name]);
      if (subPath.startsWith('/') || subPath.split('/').includes('..'))
        throw new MountError(`subPath ${JSON.stringify(subPath)} must not leave the volume`);
      const hostPath = subPath === '' ? volume.path : await subPathWithin(volume.path, subPath);
      const readOnly = mount.readOnly === true || volume.readOnly;
      mounts.push({ containerPath: mount.mountPath, hostPath, readOnly });
    }
    return mounts;
  }

  /** Makes a file below the pod's folder that containers share, such as its hosts file. Returns its path. */
  async podFile(uid: string, name: string, content: string, mode = 0o644): Promise<string> {
    const folder = this.podFolder(uid);
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content, { mode });
    await chmod(path, mode);
    return path;
  }

  async removePod(uid: string): Promise<void> {
    await rm(this.podFolder(uid), { recursive: true, force: true });
  }
}
