import { LabError } from '../../lib/errors.ts';
import { decodeConfig, readConfigFile } from '../component-base/config-file.ts';
import type { LeaderElectionSettings } from '../component-base/leader.ts';

/** The part of a KubeSchedulerConfiguration that this scheduler honours; everything else is refused by name. */
export interface SchedulerConfig {
  readonly kubeconfig: string;
  readonly leaderElection: LeaderElectionSettings;
}

const configuration = {
  apiVersion: 'kubescheduler.config.k8s.io/v1',
  kind: 'KubeSchedulerConfiguration',
  fields: {
    clientConnection: { kubeconfig: 'string' },
    leaderElection: {
      leaderElect: 'boolean',
      leaseDuration: 'duration',
      renewDeadline: 'duration',
      retryPeriod: 'duration',
      resourceName: 'string',
      resourceNamespace: 'string',
      resourceLock: 'string',
    },
  },
} as const;

/** Upstream's defaults, from k8s.io/component-base/config/v1alpha1. */
export const defaultLeaderElection: LeaderElectionSettings = {
  leaderElect: true,
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
  resourceName: 'kube-scheduler',
  resourceNamespace: 'kube-system',
};

/** Throws LabError with the file and the field. */
export function parseSchedulerConfig(text: string, file: string): SchedulerConfig {
  const { clientConnection, leaderElection = {} } = decodeConfig(text, file, configuration);
  if (clientConnection?.kubeconfig === undefined) {
    throw new LabError('clientConnection.kubeconfig is missing', {
      where: file,
      remedy: 'name the kubeconfig of the scheduler there',
    });
  }
  const { resourceLock = 'leases' } = leaderElection;
  if (resourceLock !== 'leases')
    throw new LabError(`resourceLock value must be "leases", got "${resourceLock}"`, { where: file });
  const usual = defaultLeaderElection;
  return {
    kubeconfig: clientConnection.kubeconfig,
    leaderElection: {
      leaderElect: leaderElection.leaderElect ?? usual.leaderElect,
      leaseDurationMs: leaderElection.leaseDuration ?? usual.leaseDurationMs,
      renewDeadlineMs: leaderElection.renewDeadline ?? usual.renewDeadlineMs,
      retryPeriodMs: leaderElection.retryPeriod ?? usual.retryPeriodMs,
      resourceName: leaderElection.resourceName ?? usual.resourceName,
      resourceNamespace: leaderElection.resourceNamespace ?? usual.resourceNamespace,
    },
  };
}

/** Reads the file that --config names. Throws LabError with the file and the field. */
export function loadSchedulerConfig(file: string): SchedulerConfig {
  return parseSchedulerConfig(readConfigFile(file), file);
}
