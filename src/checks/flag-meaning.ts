/** What a flag is for, in a clause: why a unit that lacks it, or has it wrong, does not work. */
const meanings: Readonly<Record<string, string>> = {
  // etcd
  name: 'it is the name of this member in --initial-cluster; without it a member is named default',
  'initial-cluster': 'each member finds the others by this list, so it is the same on all',
  'initial-cluster-token': 'it keeps members of different clusters apart, so it is the same on all',
  'initial-cluster-state': 'new says that the members form a cluster together, rather than join one',
  'initial-advertise-peer-urls': 'the other members are told to reach this one there',
  'listen-peer-urls': 'the other members reach this one there',
  'listen-client-urls': 'API servers reach etcd at the address of the machine, etcdctl at 127.0.0.1',
  'advertise-client-urls': 'clients are told to reach this member there',
  'client-cert-auth': 'without it, whoever reaches the port reads all secrets',
  'peer-client-cert-auth': 'without it, whoever reaches the port could pose as a member',
  'cert-file': 'it is the certificate clients see',
  'key-file': 'it is the key of the certificate clients see',
  'peer-cert-file': 'it is the certificate that the other members see',
  'peer-key-file': 'it is the key of the certificate that the other members see',
  'trusted-ca-file': "clients' certificates are verified against it",
  'peer-trusted-ca-file': "members' certificates are verified against it",
  'data-dir': 'a member keeps its log and its data there',
  // kube-apiserver
  'service-cluster-ip-range':
    'Services get their addresses from it, the first one is the Service kubernetes, and the certificate of the API server names that address',
  'service-node-port-range': 'Services of type NodePort get their ports from it',
  'authorization-mode': 'Node keeps each kubelet to its own pods, RBAC rules the rest',
  'client-ca-file': 'it is the CA by which clients are believed; without it every certificate is anonymous',
  'etcd-servers':
    'the API server keeps everything in etcd, and asks any of these members at their port for clients',
  'etcd-cafile': "etcd's certificate is verified against it",
  'etcd-certfile': 'etcd lets in only clients with a certificate',
  'etcd-keyfile': 'it is the key of the certificate that etcd asks for',
  'encryption-provider-config': 'without it, secrets stand in etcd as plain text',
  'kubelet-certificate-authority': 'kubelets are verified against it, for logs and exec',
  'kubelet-client-certificate': 'the API server shows it to kubelets, for logs and exec',
  'kubelet-client-key': 'it is the key of the certificate shown to kubelets',
  'service-account-key-file': 'tokens of service accounts are verified with it',
  'service-account-signing-key-file': 'tokens of service accounts are signed with it',
  'service-account-issuer': 'it stands in every token, and is compared',
  'enable-admission-plugins':
    'among others, ServiceAccount gives pods their token, and NodeRestriction limits kubelets',
  'advertise-address': 'the Service kubernetes gets this address as an endpoint',
  'tls-cert-file': 'it is the certificate clients see',
  'tls-private-key-file': 'it is the key of the certificate clients see',
  'apiserver-count': 'so many endpoints the Service kubernetes has',
  // kube-controller-manager
  'cluster-cidr': 'pods have their addresses in it',
  'cluster-name': 'it is the name of the cluster',
  'cluster-signing-cert-file': 'the CA that signs certificate requests',
  'cluster-signing-key-file': 'the key that signs certificate requests',
  'root-ca-file': 'pods get it to verify the API server',
  'service-account-private-key-file': 'tokens of service accounts are signed with it',
  'use-service-account-credentials': 'each controller then acts with its own rights only',
  'leader-elect': 'of several replicas only one may act at a time',
  // kubelet
  'hostname-override':
    'the kubelet reports a node of this name, and its certificate allows it the node of its CN only',
  'node-ip': 'the API server reaches the kubelet at this address, for logs and exec',
  // shared
  kubeconfig: 'it says where the API server is, and who asks',
  config: 'the rest of the settings is in that file',
  'container-runtime-endpoint': 'the kubelet reaches the container runtime by this socket',
};

export const isKnownFlag = (flag: string): boolean => flag in meanings;
export const flagMeaning = (flag: string): string | undefined => meanings[flag];
