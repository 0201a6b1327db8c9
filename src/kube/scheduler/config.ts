import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { parseDuration } from '../../lib/flags.ts';
import { didYouMean } from '../../lib/nearest.ts';
import type { LeaderElectionSettings } from '../component-base/leader.ts';

/** The part of a KubeSchedulerConfiguration that this scheduler honours; everything else is refused by name. */
export interface SchedulerConfig {
  readonly kubeconfig: string;
  readonly leaderElection: LeaderElectionSettings;
}

const apiVersions = ['kubescheduler.config.k8s.io/v1'];

export const defaultLeaderElection: LeaderElectionSettings = {
  leaderElect: true,
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
  resourceName: 'kube-scheduler',
  resourceNamespace: 'kube-system',
};

type Fields = Readonly<Record<string, unknown>>;

/** Throws LabError with the file and the field. */
export function parseSchedulerConfig(text: string, file: string): SchedulerConfig {
  const fail = (what: string, remedy?: string): never => {
    throw new LabError(what, { where: file, ...(remedy && { remedy }) });
  };
  const fields = (value: unknown, at: string, known: readonly string[]): Fields => {
    if (value === undefined) return {};
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      return fail(`${at} must be a map`);
    for (const name of Object.keys(value)) {
      if (!known.includes(name))
        fail(
          `strict decoding error: unknown field "${at === '' ? '' : `${at}.`}${name}"`,
          didYouMean(name, known),
        );
    }
    return value as Fields;
  };
  const duration = (value: unknown, at: string, fallback: number): number => {
    if (value === undefined) return fallback;
    return parseDuration(String(value)) ?? fail(`${at} must be a duration such as 15s`);
  };

  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return fail(`invalid YAML: ${errorMessage(error).split('\n')[0]}`);
  }
  const root = fields(document, '', ['apiVersion', 'kind', 'clientConnection', 'leaderElection']);
  if (!apiVersions.includes(String(root.apiVersion))) {
    fail(`no kind "${root.kind}" is registered for version "${root.apiVersion}"`, `use ${apiVersions[0]}`);
  }
  if (root.kind !== 'KubeSchedulerConfiguration') {
    fail(`couldn't decode as KubeSchedulerConfiguration, got ${root.kind}`);
  }
  const connection = fields(root.clientConnection, 'clientConnection', ['kubeconfig']);
  if (typeof connection.kubeconfig !== 'string') {
    fail('clientConnection.kubeconfig is missing', 'name the kubeconfig of the scheduler there');
  }
  const names = [
    'leaderElect',
    'leaseDuration',
    'renewDeadline',
    'retryPeriod',
    'resourceName',
    'resourceNamespace',
    'resourceLock',
  ];
  const election = fields(root.leaderElection, 'leaderElection', names);
  if (election.resourceLock !== undefined && election.resourceLock !== 'leases') {
    fail(`resourceLock value must be "leases", got "${election.resourceLock}"`);
  }
  return {
    kubeconfig: connection.kubeconfig as string,
    leaderElection: {
      leaderElect: election.leaderElect !== false,
      leaseDurationMs: duration(
        election.leaseDuration,
        'leaderElection.leaseDuration',
        defaultLeaderElection.leaseDurationMs,
      ),
      renewDeadlineMs: duration(
        election.renewDeadline,
        'leaderElection.renewDeadline',
        defaultLeaderElection.renewDeadlineMs,
      ),
      retryPeriodMs: duration(
        election.retryPeriod,
        'leaderElection.retryPeriod',
        defaultLeaderElection.retryPeriodMs,
      ),
      resourceName: String(election.resourceName ?? defaultLeaderElection.resourceName),
      resourceNamespace: String(election.resourceNamespace ?? defaultLeaderElection.resourceNamespace),
    },
  };
}

export function loadSchedulerConfig(file: string): SchedulerConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabError(`failed to read --config: ${errorMessage(error)}`, { where: file });
  }
  return parseSchedulerConfig(text, file);
}
