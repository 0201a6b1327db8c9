/**
 * Memory flags of Node for each program. Thirty processes share a laptop: a small young generation is what counts,
 * since V8 lets it grow to 3 × 16 MB otherwise; programs that hold little get a small old generation too, so that
 * garbage is collected before it piles up.
 */
const common = ['--max-semi-space-size=1', '--no-warnings'];

const oldSpaceMb: Readonly<Record<string, number>> = {
  etcd: 512,
  'kube-apiserver': 512,
  'kube-controller-manager': 256,
  'kube-scheduler': 256,
  'kube-loadbalancer': 96,
  kubelet: 192,
  'kube-proxy': 128,
  containerd: 192,
  'machine-shell': 256,
};

/** Programs that move many short-lived objects: a wider young generation saves them more CPU than it costs memory. */
const semiSpaceMb: Readonly<Record<string, number>> = { etcd: 4, 'kube-apiserver': 4 };

export function nodeFlags(program: string): string[] {
  const young = semiSpaceMb[program];
  const old = oldSpaceMb[program];
  return [
    ...(young === undefined ? common : [`--max-semi-space-size=${young}`, '--no-warnings']),
    ...(old === undefined ? [] : [`--max-old-space-size=${old}`]),
  ];
}
