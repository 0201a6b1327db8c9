import type { Cancel, Clock } from '../../../lib/clock.ts';
import { errorMessage } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { EtcdPort } from './etcd-port.ts';

/** Where the replicas note the time and the revision of the last compaction. Upstream's name. */
const compactionKey = 'compact_rev_key';

/**
 * Every interval, compacts etcd to the revision it had one interval ago. Replicas agree through one key: who updates
 * it first does the work, the others take over the numbers. Models pkg/storage/etcd3/compact.go.
 */
export function startCompactor(etcd: EtcdPort, clock: Clock, log: Logger, intervalMs: number): Cancel {
  let version = 0;
  let revision = 0;
  const compactOnce = async () => {
    const current = (await etcd.range(compactionKey)).kvs[0];
    if ((current?.version ?? 0) !== version) {
      // Another replica was here in this interval.
      version = current?.version ?? 0;
      revision = Number(current?.value.toString() ?? 0);
      return;
    }
    const result = await etcd.txn({
      compare: [{ key: compactionKey, modRevision: current?.modRevision ?? 0 }],
      success: [{ put: { key: compactionKey, value: Buffer.from(String(revision)) } }],
      failure: [{ get: { key: compactionKey } }],
    });
    if (!result.succeeded) {
      version = result.found[0]?.version ?? 0;
      revision = result.revision;
      return;
    }
    const target = revision;
    version++;
    revision = result.revision;
    if (target === 0) return;
    await etcd.compact(target);
    log.info('compacted etcd', { revision: target });
  };
  return clock.every(intervalMs, () => {
    compactOnce().catch((error: unknown) =>
      log.warning('compaction of etcd failed', { err: errorMessage(error) }),
    );
  });
}
