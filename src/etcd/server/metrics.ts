import { Histogram, labelText, MetricsPage } from '../../lib/metrics.ts';
import { etcdVersion } from '../proto/version.ts';
import type { EtcdServer } from './server.ts';

/** Seconds; the bounds of upstream's disk histograms. */
const diskBounds = [
  0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
];

/** The numbers of /metrics, under upstream's names and of upstream's types. */
export class Metrics {
  readonly #walFsync = new Histogram(diskBounds);
  server: EtcdServer | undefined;

  walSynced(durationMs: number): void {
    this.#walFsync.observe(durationMs / 1000);
  }

  render(): string {
    const server = this.server!;
    const { counters, state, node, config } = server;
    const page = new MetricsPage();
    page.gauge('etcd_server_has_leader', 'Whether this member knows a leader.', server.lead === 0n ? 0 : 1);
    page.gauge('etcd_server_is_leader', 'Whether this member is the leader.', server.isLeader ? 1 : 0);
    page.counter('etcd_server_leader_changes_seen_total', 'Leader changes seen.', counters.leaderChanges);
    page.gauge('etcd_server_proposals_committed_total', 'Consensus proposals committed.', node.commit);
    page.gauge('etcd_server_proposals_applied_total', 'Consensus proposals applied.', server.applied);
    page.gauge(
      'etcd_server_proposals_pending',
      'Proposals waiting to be applied.',
      counters.proposalsPending,
    );
    page.counter('etcd_server_proposals_failed_total', 'Proposals that failed.', counters.proposalsFailed);
    page.gauge('etcd_server_quota_backend_bytes', 'The size at which writes are refused.', config.quotaBytes);
    page.gauge('etcd_server_version', 'Which version is running.', [
      [labelText({ server_version: etcdVersion }), 1],
    ]);
    page.gauge('etcd_debugging_mvcc_keys_total', 'Keys in the store.', state.store.keyCount);
    page.gauge('etcd_debugging_mvcc_current_revision', 'The newest revision.', state.store.revision);
    page.gauge(
      'etcd_debugging_mvcc_compact_revision',
      'The revision of the last compaction.',
      state.store.compactRevision,
    );
    page.gauge('etcd_debugging_mvcc_watcher_total', 'Watchers.', state.watchable.watcherCount);
    page.gauge('etcd_mvcc_db_total_size_in_bytes', 'The size of the store.', state.store.sizeBytes);
    page.gauge(
      'etcd_mvcc_db_total_size_in_use_in_bytes',
      'The size of the store in use.',
      state.store.sizeBytes,
    );
    page.gauge('etcd_network_active_peers', 'Peers with a standing connection.', counters.activePeers);
    page.histogram(
      'etcd_disk_wal_fsync_duration_seconds',
      'How long the syncs of the write-ahead log took.',
      this.#walFsync,
    );
    page.process();
    return page.toString();
  }
}
