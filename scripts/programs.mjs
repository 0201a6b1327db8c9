import { join } from 'node:path';

// The programs of the lab: name on the learner's disk → entry file.
// Each is bundled alone, so that a process loads only its own code and starts fast.
export const programs = {
  // the lab itself
  'k8s-lab': 'src/tui/entry.ts',
  'k8s-lab-cli': 'src/cli/main.ts',
  'k8s-lab-tui': 'src/tui/main.tsx',
  labd: 'src/machines/labd/main.ts',
  'machine-shell': 'src/machines/shell/main.ts',
  // etcd
  etcd: 'src/etcd/server/main.ts',
  etcdctl: 'src/etcd/ctl/main.ts',
  // control plane
  'kube-apiserver': 'src/kube/apiserver/main.ts',
  'kube-controller-manager': 'src/kube/controller-manager/main.ts',
  'kube-scheduler': 'src/kube/scheduler/main.ts',
  'kube-loadbalancer': 'src/loadbalancer/main.ts',
  // workers
  kubelet: 'src/kube/kubelet/main.ts',
  'kube-proxy': 'src/kube/kube-proxy/main.ts',
  containerd: 'src/containers/main.ts',
  'cni-bridge': 'src/containers/cni/bridge-main.ts',
  'cni-host-local': 'src/containers/cni/host-local-main.ts',
  'cni-loopback': 'src/containers/cni/loopback-main.ts',
  // built-in images: the process inside a container
  'image-toolbox': 'src/containers/images/toolbox/main.ts',
  'image-shell': 'src/containers/images/shell/main.ts',
  'image-web': 'src/containers/images/web/main.ts',
  'image-pause': 'src/containers/images/pause/main.ts',
  coredns: 'src/dns/main.ts',
  // client tools
  kubectl: 'src/kube/kubectl/main.ts',
  cfssl: 'src/pki/cfssl/main.ts',
  cfssljson: 'src/pki/cfssl/cfssljson-main.ts',
  curl: 'src/machines/tools/curl.ts',
};

/** Loaded with `node --import` into every process of the lab, before the program's own code. */
export const preload = 'src/machines/providers/portable/preload.ts';

// CommonJS packages inside an ES module still call require().
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** How every program is bundled: alone, for Node 20, with nothing left to install. */
export const bundleOptions = (root) => ({
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { 'react-devtools-core': join(root, 'scripts/empty-module.cjs') },
  loader: { '.proto': 'text' },
  banner: { js: banner },
  // Optional native helpers of just-bash (compressed archives), which it does without.
  external: ['@mongodb-js/zstd', 'node-liblzma'],
  logLevel: 'warning',
});
