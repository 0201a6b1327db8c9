import type { FlagSpecs } from '../../lib/flags.ts';

/** The flags of etcd that are carried out here; any other is refused by name. Models server/etcdmain/config.go. */
export const etcdFlags = {
  name: { type: 'string', default: 'default', help: 'Human-readable name for this member.' },
  'data-dir': { type: 'string', help: 'Path to the data directory.' },
  'wal-dir': { type: 'string', help: 'Path to the dedicated wal directory.' },
  'listen-peer-urls': {
    type: 'list',
    default: ['http://localhost:2380'],
    help: 'List of URLs to listen on for peer traffic.',
  },
  'listen-client-urls': {
    type: 'list',
    default: ['http://localhost:2379'],
    help: 'List of URLs to listen on for client traffic.',
  },
  'listen-metrics-urls': {
    type: 'list',
    help: 'List of URLs to listen on for the metrics and health endpoints.',
  },
  'initial-advertise-peer-urls': {
    type: 'list',
    default: ['http://localhost:2380'],
    help: "List of this member's peer URLs to advertise to the rest of the cluster.",
  },
  'advertise-client-urls': {
    type: 'list',
    default: ['http://localhost:2379'],
    help: "List of this member's client URLs to advertise to the public.",
  },
  'initial-cluster': { type: 'string', help: 'Initial cluster configuration for bootstrapping.' },
  'initial-cluster-token': {
    type: 'string',
    default: 'etcd-cluster',
    help: 'Initial cluster token for the etcd cluster during bootstrap.',
  },
  'initial-cluster-state': {
    type: 'string',
    default: 'new',
    help: "Initial cluster state ('new' or 'existing').",
  },
  'heartbeat-interval': {
    type: 'int',
    default: 100,
    help: 'Time (in milliseconds) of a heartbeat interval.',
  },
  'election-timeout': {
    type: 'int',
    default: 1000,
    help: 'Time (in milliseconds) for an election to timeout.',
  },
  'pre-vote': { type: 'boolean', default: true, help: 'Run an additional Raft election phase.' },
  'snapshot-count': {
    type: 'int',
    default: 10_000,
    help: 'Number of committed transactions to trigger a snapshot to disk.',
  },
  'max-snapshots': { type: 'int', default: 5, help: 'Maximum number of snapshot files to retain.' },
  'quota-backend-bytes': {
    type: 'int',
    default: 0,
    help: 'Raise alarms when the store exceeds the given size (0: 2 GiB).',
  },
  'max-txn-ops': {
    type: 'int',
    default: 128,
    help: 'Maximum number of operations permitted in a transaction.',
  },
  'max-request-bytes': {
    type: 'int',
    default: 1_572_864,
    help: 'Maximum client request size in bytes the server will accept.',
  },
  'auto-compaction-mode': { type: 'string', default: 'periodic', help: "'periodic' or 'revision'." },
  'auto-compaction-retention': {
    type: 'string',
    default: '0',
    help: 'Auto compaction retention. 0 disables it.',
  },
  'experimental-watch-progress-notify-interval': {
    type: 'duration',
    default: 600_000,
    help: 'Duration of periodic watch progress notifications.',
  },
  'strict-reconfig-check': {
    type: 'boolean',
    default: true,
    help: 'Reject reconfiguration requests that would cause quorum loss.',
  },
  'cert-file': { type: 'string', help: 'Path to the client server TLS cert file.' },
  'key-file': { type: 'string', help: 'Path to the client server TLS key file.' },
  'client-cert-auth': { type: 'boolean', default: false, help: 'Enable client cert authentication.' },
  'trusted-ca-file': { type: 'string', help: 'Path to the client server TLS trusted CA cert file.' },
  'peer-cert-file': { type: 'string', help: 'Path to the peer server TLS cert file.' },
  'peer-key-file': { type: 'string', help: 'Path to the peer server TLS key file.' },
  'peer-client-cert-auth': {
    type: 'boolean',
    default: false,
    help: 'Enable peer client cert authentication.',
  },
  'peer-trusted-ca-file': { type: 'string', help: 'Path to the peer server TLS trusted CA file.' },
  logger: { type: 'string', default: 'zap', help: "Only 'zap' is supported." },
  'log-level': { type: 'string', default: 'info', help: 'debug, info, warn or error.' },
  'log-outputs': { type: 'list', default: ['default'], help: "'default', 'stderr' or 'stdout'." },
  'enable-v2': {
    type: 'boolean',
    default: false,
    help: 'The v2 API is not offered; only false is accepted.',
  },
  version: { type: 'boolean', default: false, help: 'Print the version and exit.' },
  help: { type: 'boolean', default: false, short: 'h', help: 'Print this help and exit.' },
} as const satisfies FlagSpecs;
