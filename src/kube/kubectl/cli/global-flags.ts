import type { ParsedFlags } from './flags.ts';

/** Every command takes these. */
export const globalFlags = {
  kubeconfig: { type: 'string', help: 'Path to the kubeconfig file to use for CLI requests.' },
  context: { type: 'string', help: 'The name of the kubeconfig context to use' },
  cluster: { type: 'string', help: 'The name of the kubeconfig cluster to use' },
  user: { type: 'string', help: 'The name of the kubeconfig user to use' },
  namespace: { type: 'string', short: 'n', help: 'The namespace scope for this CLI request' },
  server: { type: 'string', short: 's', help: 'The address and port of the Kubernetes API server' },
  token: { type: 'string', help: 'Bearer token for authentication to the API server' },
  as: { type: 'string', help: 'Username to impersonate for the operation' },
  'as-group': { type: 'array', help: 'Group to impersonate for the operation; may be repeated' },
  'request-timeout': {
    type: 'string',
    default: '0',
    help: 'How long one server request may take; 0 means no limit',
  },
  'insecure-skip-tls-verify': { type: 'boolean', help: "Do not check the server's certificate" },
  'certificate-authority': { type: 'string', help: 'Path to the certificate of the authority' },
  'client-certificate': { type: 'string', help: 'Path to a client certificate for TLS' },
  'client-key': { type: 'string', help: 'Path to a client key for TLS' },
  'tls-server-name': { type: 'string', help: "The name to check in the server's certificate" },
  v: { type: 'int', default: 0, short: 'v', help: 'Log level: 6 shows each request' },
} as const;

export type GlobalFlags = ParsedFlags<typeof globalFlags>;
