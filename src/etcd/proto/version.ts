/** The release of etcd whose behaviour this is; clients decide by it what they may ask for. */
export const etcdVersion = '3.5.21';
/** Told as `etcdcluster`: the version that all members agree to speak. */
export const clusterVersion = '3.5.0';
