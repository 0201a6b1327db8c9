import { describe, expect, it } from 'vitest';
import { Root, TooManyLinks } from '../../../src/machines/providers/portable/root-paths.ts';

/** A root at /m/root with links: host path → target. Everything else exists and is no link. */
function rootWith(links: Record<string, string>) {
  return new Root({
    mounts: [
      { at: '/', from: '/m/root' },
      { at: '/data', from: '/vol/data' },
      { at: '/config', from: '/vol/config', readOnly: true },
    ],
    untouched: ['/proc', '/dev/null', '/run/lab'],
    links: { isLink: (host) => host in links, readLink: (host) => links[host]! },
  });
}

describe('paths of a process with its own root', () => {
  const cases: [name: string, path: string, links: Record<string, string>, host: string, inside: string][] = [
    ['the root mount', '/etc/hosts', {}, '/m/root/etc/hosts', '/etc/hosts'],
    ['the root itself', '/', {}, '/m/root', '/'],
    ['the longest mount', '/data/x', {}, '/vol/data/x', '/data/x'],
    ['a mount point', '/data', {}, '/vol/data', '/data'],
    ['a name that only starts alike', '/database', {}, '/m/root/database', '/database'],
    ['dots, normalised first', '/etc/../../../x', {}, '/m/root/x', '/x'],
    ['a path of the host that lies in a mount', '/m/root/etc/x', {}, '/m/root/etc/x', '/m/root/etc/x'],
    ['devices and /proc', '/proc/self/stat', {}, '/proc/self/stat', '/proc/self/stat'],
    ['an absolute link stays inside', '/a/b', { '/m/root/a': '/etc' }, '/m/root/etc/b', '/etc/b'],
    ['a link into another mount', '/a/b', { '/m/root/a': '/data' }, '/vol/data/b', '/data/b'],
    ['a relative link', '/x/a/b', { '/m/root/x/a': 'c' }, '/m/root/x/c/b', '/x/c/b'],
    ['a relative link cannot climb out', '/a/b', { '/m/root/a': '../../../..' }, '/m/root/b', '/b'],
    ['a link to a link', '/a', { '/m/root/a': 'b', '/m/root/b': '/c' }, '/m/root/c', '/c'],
    [
      "a link to one of the lab's sockets",
      '/a',
      { '/m/root/a': '/run/lab/x/1' },
      '/run/lab/x/1',
      '/run/lab/x/1',
    ],
  ];
  it.each(cases)('%s', (_name, path, links, host, inside) => {
    expect(rootWith(links).locate(path, true)).toMatchObject({ host, inside });
  });

  it('leaves the last link alone when it is not to be followed', () => {
    const root = rootWith({ '/m/root/a': '/etc', '/m/root/etc/l': '/x' });
    expect(root.locate('/a/l', false).host).toBe('/m/root/etc/l');
  });

  it('knows read-only mounts, also by their host path', () => {
    expect(rootWith({}).locate('/config/x', true).readOnly).toBe(true);
    expect(rootWith({}).locate('/vol/config/x', true).readOnly).toBe(true);
    expect(rootWith({}).locate('/x', true).readOnly).toBe(false);
  });

  it('gives up on a circle of links', () => {
    const root = rootWith({ '/m/root/a': '/b', '/m/root/b': '/a' });
    expect(() => root.locate('/a', true)).toThrow(TooManyLinks);
  });
});
