/** The Kubernetes that this server speaks, marked as ours. */
export const gitVersion = 'v1.34.2+k8s-lab';

/** The body of /version. Models k8s.io/apimachinery/pkg/version.Info. */
export const versionInfo = () => ({
  major: '1',
  minor: '34',
  gitVersion,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  // Clients read a Go version here; this server has none to name.
  goVersion: `node${process.versions.node}`,
  compiler: 'esbuild',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
});
