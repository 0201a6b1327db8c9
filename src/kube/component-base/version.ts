/** The version that every Kubernetes component here reports: the API it speaks, and that it is not the original. */
export const kubernetesVersion = 'v1.34.2+k8s-lab';

/** The body of /version, and what kubectl tells of itself. Models k8s.io/apimachinery/pkg/version.Info. */
export const versionInfo = {
  major: '1',
  minor: '34',
  gitVersion: kubernetesVersion,
  gitCommit: 'k8s-lab',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  // Clients read a Go version here; there is none to name.
  goVersion: `node${process.versions.node}`,
  compiler: 'esbuild',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
} as const;
