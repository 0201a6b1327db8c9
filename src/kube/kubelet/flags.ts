/** The flags that this kubelet takes beside those of every component; all others are refused by name. */
export const kubeletFlags = {
  config: { type: 'string', help: 'The path to the KubeletConfiguration file.' },
  kubeconfig: { type: 'string', help: 'How to reach the API server; without it kubelet cannot register.' },
  'hostname-override': { type: 'string', help: 'The name of the node, when it is not the name of the host.' },
  'node-ip': { type: 'string', help: 'The address of the node.' },
  'node-labels': { type: 'map', default: {}, help: 'Labels to register the node with, key=value.' },
  'register-node': { type: 'boolean', help: 'Register the node with the API server.' },
  'register-with-taints': { type: 'list', default: [], help: 'Taints to register with, key=value:effect.' },
  'container-runtime-endpoint': { type: 'string', help: 'The unix socket of the container runtime.' },
  'root-dir': {
    type: 'string',
    default: '/var/lib/kubelet',
    help: 'Where kubelet keeps volumes and the like.',
  },
  'fail-swap-on': { type: 'boolean', help: 'Refuse to start on a node that swaps.' },
} as const;
