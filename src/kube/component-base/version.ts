/** The version that every Kubernetes component here reports: the API it speaks, and that it is not the original. */
export const kubernetesVersion = 'v1.34.2+k8s-lab';

export const versionInfo = {
  major: '1',
  minor: '34',
  gitVersion: kubernetesVersion,
  gitCommit: 'k8s-lab',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: `node${process.versions.node}`,
  compiler: 'v8',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
} as const;
