import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Container, Volume } from '../../../../src/kube/api/types/core-v1.ts';
import {
  type MountError,
  type MountedVolume,
  type MountedVolumes,
  VolumeManager,
} from '../../../../src/kube/kubelet/volumes/volume-manager.ts';
import { FakeClock } from '../../../../src/lib/clock.ts';
import { FakeRest } from '../support/fake-rest.ts';
import { container, makePod } from '../support/objects.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

let folder: string;
let clock: FakeClock;
let manager: VolumeManager;
let data: Record<string, string>;
let token: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'volumes-')));
  clock = new FakeClock();
  manager = new VolumeManager({ rootDir: folder, rest: new FakeRest().client, clock });
  data = { 'app.conf': 'a=1\n', 'other.conf': 'b=2\n' };
  token = 'first';
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Mounts one volume; its path on the node. */
const mount = async (volume: Omit<Volume, 'name'>) => (await mounted(volume)).path;
const writable = (path: string): MountedVolumes => new Map([['v', { path, readOnly: false }]]);

async function mounted(volume: Omit<Volume, 'name'>): Promise<MountedVolume> {
  const pod = makePod({ volumes: [{ name: 'v', ...volume }] }, { labels: { app: 'shop' } });
  const paths = await manager.mount(pod, {
    objects: {
      configMap: async (_namespace, name) =>
        name === 'conf' ? { metadata: {}, data, binaryData: { 'logo.bin': base64('\x00\x01') } } : undefined,
      secret: async (_namespace, name) =>
        name === 'login' ? { metadata: {}, data: { user: base64('amy') } } : undefined,
    },
    addresses: { podIPs: ['10.200.0.2'], hostIP: '10.240.0.20' },
    allocatable: {},
    token: async (_pod, audience, seconds) => `${token} ${audience ?? ''} ${seconds}`,
  });
  return paths.get('v')!;
}
const read = (path: string, name: string) => readFileSync(join(path, name), 'utf8');
const modeOf = (path: string, name: string) => (statSync(join(path, name)).mode & 0o777).toString(8);
const visible = (path: string) =>
  readdirSync(path)
    .filter((name) => !name.startsWith('..'))
    .sort();

describe('a configMap volume', () => {
  it('shows every key as a file, with the mode of the volume', async () => {
    const path = await mount({ configMap: { name: 'conf', defaultMode: 0o400 } });
    expect(visible(path)).toEqual(['app.conf', 'logo.bin', 'other.conf']);
    expect([read(path, 'app.conf'), read(path, 'logo.bin')]).toEqual(['a=1\n', '\x00\x01']);
    expect(modeOf(path, 'app.conf')).toBe('400');
  });

  it('shows the chosen keys where they are wanted, each with its mode', async () => {
    const items = [
      { key: 'app.conf', path: 'etc/main.conf', mode: 0o600 },
      { key: 'other.conf', path: 'other' },
    ];
    const path = await mount({ configMap: { name: 'conf', items } });
    expect(visible(path)).toEqual(['etc', 'other']);
    expect([modeOf(path, 'etc/main.conf'), modeOf(path, 'other')]).toEqual(['600', '644']);
  });

  it.each([
    [{ name: 'absent' }, 'configmap "absent" not found'],
    [{ name: 'conf', items: [{ key: 'x', path: 'x' }] }, 'configmap references non-existent config key: x'],
  ])('that is not there keeps the pod waiting: %j', async (configMap, message) => {
    await expect(mount({ configMap })).rejects.toThrow(
      `MountVolume.SetUp failed for volume "v" : ${message}`,
    );
    expect(visible(await mount({ configMap: { ...configMap, optional: true } }))).toEqual([]);
  });

  it('changes at once and wholly, and not at all when nothing did', async () => {
    const path = await mount({ configMap: { name: 'conf' } });
    const before = readlinkSync(join(path, '..data'));
    await mount({ configMap: { name: 'conf' } });
    expect(readlinkSync(join(path, '..data'))).toBe(before);
    data = { 'app.conf': 'a=2\n', 'new.conf': 'c=3\n' };
    await clock.advance(1000);
    await mount({ configMap: { name: 'conf' } });
    expect(visible(path)).toEqual(['app.conf', 'logo.bin', 'new.conf']);
    expect(read(path, 'app.conf')).toBe('a=2\n');
    // What was before is gone, and each file is a link through ..data.
    expect(existsSync(join(path, before))).toBe(false);
    expect(readlinkSync(join(path, 'app.conf'))).toBe('..data/app.conf');
  });
});

describe('other volumes with content', () => {
  it('a secret is decoded', async () => {
    const path = await mount({ secret: { secretName: 'login', defaultMode: 0o440 } });
    expect([read(path, 'user'), modeOf(path, 'user')]).toEqual(['amy', '440']);
  });

  it('downwardAPI tells the pod about itself', async () => {
    const path = await mount({
      downwardAPI: {
        items: [
          { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
          { path: 'name', fieldRef: { fieldPath: 'metadata.name' }, mode: 0o600 },
        ],
      },
    });
    expect([read(path, 'labels'), read(path, 'name'), modeOf(path, 'name')]).toEqual([
      'app="shop"',
      'web',
      '600',
    ]);
  });

  it('projected puts several into one folder: token, CA and namespace', async () => {
    const sources = [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'conf', items: [{ key: 'app.conf', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ];
    const path = await mount({ projected: { sources } });
    expect(visible(path)).toEqual(['ca.crt', 'namespace', 'token']);
    expect([read(path, 'token'), read(path, 'namespace')]).toEqual(['first  3607', 'default']);
    token = 'second';
    await mount({ projected: { sources } });
    expect(read(path, 'token')).toBe('second  3607');
  });
});

describe('a folder of the node', () => {
  const at = (name: string) => join(folder, 'host', name);

  it('emptyDir is empty, for everybody, and goes with the pod', async () => {
    const path = await mount({ emptyDir: {} });
    expect([visible(path), modeOf(path, '')]).toEqual([[], '777']);
    await manager.removePod('uid-1');
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['Directory', 'a directory'],
    ['File', 'a file'],
    ['Socket', 'a socket file'],
    ['CharDevice', 'a character device'],
    ['BlockDevice', 'a block device'],
  ])('hostPath of type %s must be %s already', async (type, what) => {
    const path = at('x');
    await expect(mount({ hostPath: { path, type } })).rejects.toThrow(
      `hostPath type check failed: ${path} is not ${what}`,
    );
  });

  it('hostPath takes what is there, and makes what it may', async () => {
    mkdirSync(at('there'), { recursive: true });
    writeFileSync(at('file'), '');
    expect(await mount({ hostPath: { path: at('there'), type: 'Directory' } })).toBe(at('there'));
    expect(await mount({ hostPath: { path: at('file'), type: 'File' } })).toBe(at('file'));
    await mount({ hostPath: { path: at('made/deep'), type: 'DirectoryOrCreate' } });
    await mount({ hostPath: { path: at('made/file'), type: 'FileOrCreate' } });
    expect([modeOf(at('made'), 'deep'), modeOf(at('made'), 'file')]).toEqual(['755', '644']);
    await expect(mount({ hostPath: { path: at('file'), type: 'DirectoryOrCreate' } })).rejects.toThrow(
      'is not a directory',
    );
    await expect(mount({ hostPath: { path: at('no/where'), type: 'FileOrCreate' } })).rejects.toThrow(
      'ENOENT',
    );
    await expect(mount({ hostPath: { path: at('x'), type: 'Sock' } })).rejects.toThrow(
      'hostPath type "Sock" is not known',
    );
  });

  it('a type that this kubelet lacks is refused by name', async () => {
    await expect(mount({ nfs: { server: 'a', path: '/' } })).rejects.toThrow(
      'volume type nfs is not supported by this kubelet',
    );
  });
});

describe('mounts of a container', () => {
  const mounts = async (
    volumeMounts: NonNullable<Container['volumeMounts']>,
    env: Record<string, string> = {},
  ) => {
    const path = await mount({ emptyDir: {} });
    return {
      path,
      mounts: await manager.containerMounts(container('main', { volumeMounts }), writable(path), env),
    };
  };

  it('lead to the volume, or to a folder in it that is made', async () => {
    const { path, mounts: found } = await mounts(
      [
        { name: 'v', mountPath: '/a', readOnly: true },
        { name: 'v', mountPath: '/b', subPath: 'x/y' },
        { name: 'v', mountPath: '/c', subPathExpr: 'logs/$(POD)' },
      ],
      { POD: 'web' },
    );
    expect(found).toEqual([
      { containerPath: '/a', hostPath: path, readOnly: true },
      { containerPath: '/b', hostPath: join(path, 'x/y'), readOnly: false },
      { containerPath: '/c', hostPath: join(path, 'logs/web'), readOnly: false },
    ]);
    expect(statSync(join(path, 'x/y')).isDirectory()).toBe(true);
  });

  it('lead to one file of a ConfigMap', async () => {
    const path = await mount({ configMap: { name: 'conf' } });
    const volumeMounts = [{ name: 'v', mountPath: '/etc/app.conf', subPath: 'app.conf' }];
    const [found] = await manager.containerMounts(container('main', { volumeMounts }), writable(path), {});
    expect(readFileSync(found!.hostPath, 'utf8')).toBe('a=1\n');
  });

  it.each(['../x', '/etc', 'a/../../x'])('never out of the volume: %s', async (subPath) => {
    await expect(mounts([{ name: 'v', mountPath: '/a', subPath }])).rejects.toThrow(
      `subPath ${JSON.stringify(subPath)} must not leave the volume`,
    );
  });

  it('nor by a link that a container left in it', async () => {
    const path = await mount({ emptyDir: {} });
    mkdirSync(join(folder, 'node-secret'));
    symlinkSync(join(folder, 'node-secret'), join(path, 'link'));
    const volumeMounts = [{ name: 'v', mountPath: '/a', subPath: 'link' }];
    const made = manager.containerMounts(container('main', { volumeMounts }), writable(path), {});
    await expect(made).rejects.toThrow('subPath "link" must not leave the volume');
    const below = [{ name: 'v', mountPath: '/a', subPath: 'link/new' }];
    await expect(
      manager.containerMounts(container('main', { volumeMounts: below }), writable(path), {}),
    ).rejects.toThrow('must not leave the volume');
    expect(readdirSync(join(folder, 'node-secret'))).toEqual([]);
  });

  it.each([
    [{ configMap: { name: 'conf' } }, true],
    [{ secret: { secretName: 'login' } }, true],
    [{ downwardAPI: { items: [] } }, true],
    [{ projected: { sources: [] } }, true],
    [{ emptyDir: {} }, false],
  ])('of %j are read-only: %s', async (volume, readOnly) => {
    const volumes = new Map([['v', await mounted(volume)]]);
    const volumeMounts = [{ name: 'v', mountPath: '/a', readOnly: false }];
    const [found] = await manager.containerMounts(container('main', { volumeMounts }), volumes, {});
    expect(found).toMatchObject({ readOnly });
  });

  it('of a volume that the pod has not', async () => {
    const volumeMounts = [{ name: 'w', mountPath: '/a' }];
    await expect(manager.containerMounts(container('main', { volumeMounts }), new Map(), {})).rejects.toThrow(
      expect.objectContaining({ name: 'MountError' } satisfies Partial<MountError>),
    );
  });
});
