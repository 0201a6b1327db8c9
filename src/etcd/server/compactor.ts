import type { Cancel } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { EtcdServer } from './server.ts';

/**
 * --auto-compaction-retention: the leader compacts what is older than the time, or further back than the
 * number of revisions. Models server/etcdserver/api/v3compactor.
 */
const revisionIntervalMs = 5 * 60_000;
/** In periodic mode the retention is cut into so many samples of the revision. */
const samples = 10;

export function startCompactor(server: EtcdServer, logger: Logger): Cancel {
  const settings = server.config.autoCompaction;
  if (settings === undefined) return () => undefined;
  const compact = (revision: number) => {
    if (!server.isLeader || revision <= server.state.store.compactRevision || revision <= 0) return;
    logger.info('starting auto compaction', { revision });
    server.propose({ compaction: { revision } }).catch((error: unknown) => {
      logger.warning('failed auto compaction', { revision, error: errorMessage(error) });
    });
  };
  if (settings.mode === 'revision') {
    return server.clock.every(revisionIntervalMs, () =>
      compact(server.state.store.revision - settings.retention),
    );
  }
  // As upstream: one hour is the longest pause between two compactions.
  const interval = Math.min(settings.retentionMs, 3_600_000) / samples;
  const keep = Math.ceil(settings.retentionMs / interval);
  const revisions: number[] = [];
  return server.clock.every(interval, () => {
    revisions.push(server.state.store.revision);
    if (revisions.length > keep) compact(revisions.shift()!);
  });
}
