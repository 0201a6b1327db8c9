import { etcdVersion } from '../proto/version.ts';
import type { EtcdServer } from './server.ts';

/** Seconds; the bounds of upstream's disk histograms. */
const diskBuckets = [
  0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
];

class Histogram {
  readonly #counts = new Array<number>(diskBuckets.length).fill(0);
  #sum = 0;
  #count = 0;

  observe(seconds: number): void {
    this.#sum += seconds;
    this.#count++;
    const at = diskBuckets.findIndex((bound) => seconds <= bound);
    if (at >= 0) this.#counts[at]!++;
  }

  render(name: string): string[] {
    let total = 0;
    const lines = diskBuckets.map((bound, at) => {
      total += this.#counts[at]!;
      return `${name}_bucket{le="${bound}"} ${total}`;
    });
    return [
      ...lines,
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sum}`,
      `${name}_count ${this.#count}`,
    ];
  }
}

/** The numbers of /metrics, in Prometheus' text format and under upstream's names. */
export class Metrics {
  readonly #walFsync = new Histogram();
  readonly #startSeconds = Date.now() / 1000 - process.uptime();
  server: EtcdServer | undefined;

  walSynced(durationMs: number): void {
    this.#walFsync.observe(durationMs / 1000);
  }

  render(): string {
    const server = this.server!;
    const { counters, state, node } = server;
    const cpu = process.cpuUsage();
    const lines: string[] = [];
    const metric = (type: 'gauge' | 'counter', name: string, help: string, value: number, labels = '') => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name}${labels} ${value}`);
    };
    metric(
      'gauge',
      'etcd_server_has_leader',
      'Whether this member knows a leader.',
      server.lead === 0n ? 0 : 1,
    );
    metric('gauge', 'etcd_server_is_leader', 'Whether this member is the leader.', server.isLeader ? 1 : 0);
    metric(
      'counter',
      'etcd_server_leader_changes_seen_total',
      'Leader changes seen.',
      counters.leaderChanges,
    );
    metric('gauge', 'etcd_server_proposals_committed_total', 'Consensus proposals committed.', node.commit);
    metric('gauge', 'etcd_server_proposals_applied_total', 'Consensus proposals applied.', server.applied);
    metric(
      'gauge',
      'etcd_server_proposals_pending',
      'Proposals waiting to be applied.',
      counters.proposalsPending,
    );
    metric(
      'counter',
      'etcd_server_proposals_failed_total',
      'Proposals that failed.',
      counters.proposalsFailed,
    );
    metric(
      'gauge',
      'etcd_server_quota_backend_bytes',
      'The size at which writes are refused.',
      server.config.quotaBytes,
    );
    metric(
      'gauge',
      'etcd_server_version',
      'Which version is running.',
      1,
      `{server_version="${etcdVersion}"}`,
    );
    metric('gauge', 'etcd_debugging_mvcc_keys_total', 'Keys in the store.', state.store.keyCount);
    metric('gauge', 'etcd_debugging_mvcc_current_revision', 'The newest revision.', state.store.revision);
    metric(
      'gauge',
      'etcd_debugging_mvcc_compact_revision',
      'The revision of the last compaction.',
      state.store.compactRevision,
    );
    metric('gauge', 'etcd_debugging_mvcc_watcher_total', 'Watchers.', state.watchable.watcherCount);
    metric('gauge', 'etcd_mvcc_db_total_size_in_bytes', 'The size of the store.', state.store.sizeBytes);
    metric(
      'gauge',
      'etcd_mvcc_db_total_size_in_use_in_bytes',
      'The size of the store in use.',
      state.store.sizeBytes,
    );
    metric('gauge', 'etcd_network_active_peers', 'Peers with a standing connection.', counters.activePeers);
    lines.push(
      '# HELP etcd_disk_wal_fsync_duration_seconds How long the syncs of the write-ahead log took.',
      '# TYPE etcd_disk_wal_fsync_duration_seconds histogram',
      ...this.#walFsync.render('etcd_disk_wal_fsync_duration_seconds'),
    );
    metric(
      'counter',
      'process_cpu_seconds_total',
      'CPU time spent, in seconds.',
      (cpu.user + cpu.system) / 1e6,
    );
    metric('gauge', 'process_resident_memory_bytes', 'Resident memory, in bytes.', process.memoryUsage.rss());
    metric('gauge', 'process_start_time_seconds', 'When the process started.', this.#startSeconds);
    return `${lines.join('\n')}\n`;
  }
}
