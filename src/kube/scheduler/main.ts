/**
 * kube-scheduler: finds a node for each pod that has none.
 *
 *   watch Pods ──no nodeName──▶ queue ──one at a time──▶ schedulePod(pod, nodes)          scheduler.ts
 *   watch Nodes ──▶ snapshot: each node with its pods ──────────▲     │
 *                                                               │     ├─ filter: which nodes can take it at all?    plugins/
 *                                  assumed pods ────────────────┘     ├─ score: which of those is the best?
 *                                      ▲                              ▼
 *                                      └────────────── POST pods/NAME/binding, and an event
 *
 * The decision is a pure function (schedule-pod.ts): the same pod and the same nodes give the same candidates. What
 * makes a node impossible is counted and becomes the text of the FailedScheduling event, "0/3 nodes are available: …".
 * Only the replica that holds the Lease kube-system/kube-scheduler schedules; the others wait for it to run out.
 */
import { hostname } from 'node:os';
import { LabError } from '../../lib/errors.ts';
import { notifyReady } from '../../lib/notify.ts';
import { loadClientConfig, RestClient } from '../client/index.ts';
import { runComponent } from '../component-base/component.ts';
import { healthFlags, serveHealth } from '../component-base/health-server.ts';
import { runAsLeader } from '../component-base/leader.ts';
import { kubernetesVersion } from '../component-base/version.ts';
import { defaultLeaderElection, loadSchedulerConfig, type SchedulerConfig } from './config.ts';
import { Scheduler } from './scheduler.ts';

const flags = {
  config: { type: 'string', help: 'The path to the configuration file.' },
  kubeconfig: { type: 'string', help: 'The kubeconfig, when there is no --config.' },
  'leader-elect': { type: 'boolean', default: true, help: 'Lead only while holding the lease.' },
  ...healthFlags(10259),
} as const;

runComponent({ name: 'kube-scheduler', caller: 'scheduler', flags }, async ({ flags, logger, signal }) => {
  logger.info('Starting Kubernetes Scheduler', { version: kubernetesVersion });
  const config = configFrom(flags);
  const rest = new RestClient({ ...loadClientConfig(config.kubeconfig), userAgent: 'kube-scheduler' });
  const health = await serveHealth(flags);
  notifyReady();
  const scheduler = new Scheduler({ rest, logger, host: hostname() });
  const exitCode = await runAsLeader(rest, config.leaderElection, logger, signal, (leading) =>
    scheduler.run(leading),
  );
  health.close();
  rest.close();
  return exitCode;
});

function configFrom(flags: {
  config: string | undefined;
  kubeconfig: string | undefined;
  'leader-elect': boolean;
}): SchedulerConfig {
  if (flags.config !== undefined) return loadSchedulerConfig(flags.config);
  if (flags.kubeconfig !== undefined) {
    return {
      kubeconfig: flags.kubeconfig,
      leaderElection: { ...defaultLeaderElection, leaderElect: flags['leader-elect'] },
    };
  }
  throw new LabError('neither --config nor --kubeconfig was given', {
    remedy: 'name one of them in the unit file',
  });
}
