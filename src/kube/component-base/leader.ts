import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from '../../lib/log.ts';
import { type ElectionLease, LeaderElector, ResourceClient, type RestClient } from '../client/index.ts';

/** Durations in milliseconds; upstream's defaults are 15 s, 10 s and 2 s. */
export interface LeaderElectionSettings {
  readonly leaderElect: boolean;
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly resourceName: string;
  readonly resourceNamespace: string;
}

/**
 * Runs the component's work while it leads; at once when there is no election. Resolves to the exit code: losing the
 * lease ends the process, for whatever it has cached may be stale, and the unit starts it afresh.
 */
export async function runAsLeader(
  rest: RestClient,
  settings: LeaderElectionSettings,
  logger: Logger,
  signal: AbortSignal,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  if (!settings.leaderElect) {
    await lead(signal);
    return 0;
  }
  const leases = new ResourceClient<ElectionLease>(rest, {
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
  });
  const elector = new LeaderElector({
    leases,
    namespace: settings.resourceNamespace,
    name: settings.resourceName,
    identity: `${hostname()}_${randomUUID()}`,
    leaseDurationMs: settings.leaseDurationMs,
    renewDeadlineMs: settings.renewDeadlineMs,
    retryPeriodMs: settings.retryPeriodMs,
    logger,
  });
  const outcome = await elector.run(lead, signal);
  return outcome === 'stopped' ? 0 : 1;
}
