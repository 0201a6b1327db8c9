import { expect, test } from 'vitest';
import { sources } from './sources.ts';

/** The rooms of the house, the most specific first. */
const rooms: readonly (readonly [string, string])[] = [
  ['src/etcd/server/', 'etcd-server'],
  ['src/etcd/ctl/', 'etcdctl'],
  ['src/etcd/client/', 'etcd-client'],
  ['src/etcd/proto/', 'etcd-client'],
  ['src/etcd/', 'etcd-server'],
  ['src/kube/api/', 'kube-api'],
  ['src/kube/client/', 'kube-client'],
  ['src/kube/component-base/', 'component-base'],
  ['src/kube/cri/', 'cri'],
  ['src/kube/apiserver/', 'kube-apiserver'],
  ['src/kube/controller-manager/', 'kube-controller-manager'],
  ['src/kube/scheduler/', 'kube-scheduler'],
  ['src/kube/kubelet/', 'kubelet'],
  ['src/kube/kube-proxy/', 'kube-proxy'],
  ['src/kube/kubectl/', 'kubectl'],
  ['src/containers/', 'containers'],
  ['src/dns/', 'dns'],
  ['src/loadbalancer/', 'loadbalancer'],
  ['src/machines/', 'machines'],
  ['src/checks/', 'checks'],
  ['src/course/', 'course'],
  ['src/cli/', 'cli'],
  ['src/tui/', 'tui'],
  ['src/pki/', 'pki'],
  ['src/usernet/', 'usernet'],
  ['src/lib/', 'lib'],
];

/** Whom each room may look into, besides itself and lib. A component reaches another only over the network. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  usernet: [],
  pki: [],
  'etcd-client': [],
  'etcd-server': ['etcd-client'],
  etcdctl: ['etcd-client'],
  'kube-api': [],
  'kube-client': ['kube-api'],
  'component-base': ['kube-client', 'kube-api'],
  cri: [],
  'kube-apiserver': ['kube-api', 'component-base', 'etcd-client'],
  'kube-controller-manager': ['kube-api', 'kube-client', 'component-base'],
  'kube-scheduler': ['kube-api', 'kube-client', 'component-base'],
  kubelet: ['kube-api', 'kube-client', 'component-base', 'cri'],
  // The two that program the network of their machine.
  'kube-proxy': ['kube-api', 'kube-client', 'component-base', 'usernet'],
  containers: ['cri', 'usernet'],
  kubectl: ['kube-api', 'kube-client', 'component-base'],
  dns: ['kube-api', 'kube-client'],
  loadbalancer: [],
  machines: ['usernet'],
  checks: ['machines', 'pki', 'etcd-client', 'kube-client', 'kube-api', 'usernet'],
  course: ['checks', 'machines', 'pki'],
  cli: ['course', 'checks', 'machines'],
  tui: ['course', 'checks', 'machines', 'etcd-client', 'kube-client', 'kube-api'],
};

/** Single arrows that stand against the rule, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {
  'src/kube/kubelet → src/usernet/identity':
    'a machine of the portable provider has no swap; the host’s is not its business',
  'src/tui → src/cli/doctor': 'the first run shows what the doctor found',
  'src/containers/images/toolbox → src/machines/shell': 'the toolbox image and the machines share one shell',
};

const roomOf = (path: string) => rooms.find(([prefix]) => path.startsWith(prefix))?.[1];
const folderOf = (path: string) => path.split('/').slice(0, -1).join('/');

test('arrows of import run downward only, and no component imports another', () => {
  const wrong = sources().flatMap(({ path, imports }) =>
    imports.flatMap((target) => {
      const [from, to] = [roomOf(path), roomOf(target.path)];
      if (from === undefined || to === undefined)
        return [`${path} → ${target.path}: in no room of the house`];
      if (from === to || to === 'lib' || allowed[from]!.includes(to)) return [];
      const known = Object.keys(exceptions).some((arrow) => {
        const [source, destination] = arrow.split(' → ');
        return folderOf(path).startsWith(source!) && target.path.startsWith(destination!);
      });
      return known ? [] : [`${path} → ${target.path}`];
    }),
  );
  expect(wrong).toEqual([]);
});

test('nothing imports in a circle, not even for types', () => {
  const files = new Map(sources().map((source) => [source.path, source.imports]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) {
      cycles.push([...trail.slice(at), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const target of files.get(path) ?? []) visit(target.path, [...trail, path]);
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});
