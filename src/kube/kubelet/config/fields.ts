/** How a field of KubeletConfiguration is read. A nested object stands for an object with exactly these fields. */
export type FieldKind = 'string' | 'boolean' | 'int' | 'duration' | 'strings' | 'map' | 'taints';
export interface FieldTable {
  readonly [name: string]: FieldKind | FieldTable;
}

/** The fields that this kubelet honours. */
export const honoured: FieldTable = {
  address: 'string',
  port: 'int',
  healthzPort: 'int',
  healthzBindAddress: 'string',
  authentication: {
    anonymous: { enabled: 'boolean' },
    webhook: { enabled: 'boolean', cacheTTL: 'duration' },
    x509: { clientCAFile: 'string' },
  },
  authorization: {
    mode: 'string',
    webhook: { cacheAuthorizedTTL: 'duration', cacheUnauthorizedTTL: 'duration' },
  },
  clusterDomain: 'string',
  clusterDNS: 'strings',
  containerRuntimeEndpoint: 'string',
  /** Read and checked; containers of the lab run without cgroups, whoever manages them. */
  cgroupDriver: 'string',
  podCIDR: 'string',
  resolvConf: 'string',
  runtimeRequestTimeout: 'duration',
  tlsCertFile: 'string',
  tlsPrivateKeyFile: 'string',
  registerNode: 'boolean',
  registerWithTaints: 'taints',
  maxPods: 'int',
  nodeStatusUpdateFrequency: 'duration',
  nodeStatusReportFrequency: 'duration',
  nodeLeaseDurationSeconds: 'int',
  syncFrequency: 'duration',
  failSwapOn: 'boolean',
  containerLogMaxSize: 'string',
  containerLogMaxFiles: 'int',
};

/** Fields of upstream that have no counterpart here: refused by name, so that nobody believes they work. */
export const unsupported: readonly string[] = [
  'staticPodPath',
  'staticPodURL',
  'imageServiceEndpoint',
  'cgroupRoot',
  'cgroupsPerQOS',
  'logging',
  'enableServer',
  'enableDebuggingHandlers',
  'rotateCertificates',
  'serverTLSBootstrap',
  'featureGates',
  'evictionHard',
  'evictionSoft',
  'kubeReserved',
  'systemReserved',
  'readOnlyPort',
  'memorySwap',
  'cpuManagerPolicy',
  'topologyManagerPolicy',
  'shutdownGracePeriod',
  'protectKernelDefaults',
  'serializeImagePulls',
  'tlsCipherSuites',
  'tlsMinVersion',
  'volumePluginDir',
  'imageGCHighThresholdPercent',
  'imageGCLowThresholdPercent',
  'hairpinMode',
  'streamingConnectionIdleTimeout',
  'eventRecordQPS',
];
