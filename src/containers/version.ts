/** What this runtime answers for: containerd's CRI of this version. */
export const containerdVersion = 'v2.1.0+k8s-lab';
