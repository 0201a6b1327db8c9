/**
 * kube-controller-manager: the loops that make the cluster what its objects say it should be.
 *
 *   API server ──watch──▶ shared informers (pods, nodes, services, replica sets …): one local copy each
 *                              │ handlers note only which key changed
 *                              ▼
 *                        a work queue for each controller ──▶ reconcile(key): what is, what should be, what to do
 *                                                                  │
 *                        API server ◀──── create, patch, delete ───┘   with the controller's own service account
 *
 *   deployment/          a Deployment into ReplicaSets, one for each version of its template
 *   replicaset/          a ReplicaSet into Pods
 *   endpoint/            a Service and its Pods into Endpoints and EndpointSlices
 *   disruption/          a PodDisruptionBudget into how many Pods may be evicted now
 *   node/                silent nodes into conditions, conditions into taints, taints into evictions
 *   namespace/           a deleted Namespace into an empty one
 *   serviceaccount/      each Namespace gets its default ServiceAccount and the CA
 *   garbage-collector/   what has lost its owner goes; podgc/ does the same for Pods without a node
 *
 * None of them talks to another: a Deployment becomes Pods because one loop writes ReplicaSets and another reads them.
 * What each decides is a pure function beside it (plan.ts, graph.ts, …). Only the holder of the Lease
 * kube-system/kube-controller-manager runs them.
 */
import { readFileSync } from 'node:fs';
import { sleep, systemClock } from '../../lib/clock.ts';
import { errorMessage, LabError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { notifyReady } from '../../lib/notify.ts';
import { loadClientConfig, RestClient } from '../client/index.ts';
import { runComponent } from '../component-base/component.ts';
import { serveHealth } from '../component-base/health-server.ts';
import { runAsLeader } from '../component-base/leader.ts';
import { kubernetesVersion } from '../component-base/version.ts';
import { readAuthority } from './certificates/issue.ts';
import { chooseControllers } from './controllers.ts';
import { ControllerCredentials } from './credentials.ts';
import { flagSpecs, type ManagerFlags, validateFlags } from './flags.ts';
import { type Controller, type ControllerContext, SharedInformers } from './shared/context.ts';

const component = {
  name: 'kube-controller-manager',
  caller: 'controllermanager',
  flags: flagSpecs,
};

runComponent(component, async ({ flags, logger, signal }) => {
  const kubeconfig = validateFlags(flags);
  const chosen = chooseControllers(flags.controllers);
  const authorities = readAuthorities(flags);
  logger.info('Starting', { version: kubernetesVersion });
  const rest = new RestClient({ ...loadClientConfig(kubeconfig), userAgent: 'kube-controller-manager' });
  const health = await serveHealth(flags);
  notifyReady();
  const settings = {
    leaderElect: flags['leader-elect'],
    leaseDurationMs: flags['leader-elect-lease-duration'],
    renewDeadlineMs: flags['leader-elect-renew-deadline'],
    retryPeriodMs: flags['leader-elect-retry-period'],
    resourceName: 'kube-controller-manager',
    resourceNamespace: 'kube-system',
  };
  const exitCode = await runAsLeader(rest, settings, logger, signal, (leading) =>
    runControllers(rest, flags, chosen, authorities, logger, leading),
  );
  health.close();
  rest.close();
  return exitCode;
});

type Authorities = Pick<ControllerContext, 'rootCa' | 'signing'>;

/** Whom pods are to trust, and who signs certificate requests. */
function readAuthorities(flags: ManagerFlags): Authorities {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, 'utf8'));
  const certificate = read(flags['cluster-signing-cert-file']);
  const key = read(flags['cluster-signing-key-file']);
  return {
    rootCa: read(flags['root-ca-file']),
    signing:
      certificate === undefined || key === undefined
        ? undefined
        : { authority: readAuthority(certificate, key), durationMs: flags['cluster-signing-duration'] },
  };
}

async function runControllers(
  rest: RestClient,
  flags: ManagerFlags,
  chosen: readonly Controller[],
  authorities: Authorities,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const credentials = new ControllerCredentials(rest, systemClock);
  const informers = new SharedInformers(rest, { clock: systemClock, logger });
  const context: ControllerContext = {
    clock: systemClock,
    logger,
    informers,
    ...authorities,
    random: Math.random,
    clientFor: (controller) =>
      flags['use-service-account-credentials'] ? credentials.clientFor(controller) : Promise.resolve(rest),
  };
  await informers.start(signal);
  await Promise.all(chosen.map((controller) => keepRunning(controller, context, signal)));
  credentials.close();
}

/** A controller that cannot start (its token is refused, say) must not take the others down: it tries again. */
async function keepRunning(
  controller: Controller,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      context.logger.info('Started controller', { controller: controller.name });
      await controller.run(context, signal);
      if (!signal.aborted) return;
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof LabError ? error.toString() : errorMessage(error);
      context.logger.error('Error starting controller; retrying', {
        controller: controller.name,
        err: message,
      });
      await sleep(context.clock, 2000, signal);
    }
  }
}
