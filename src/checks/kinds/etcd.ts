import { enumerate } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import { missingFileReason, readTls, tlsPaths } from '../tls-files.ts';
import type { CheckKind, CheckSpec, EtcdEndpointFacts, EtcdMemberFacts, Finding } from '../types.ts';
import { eventually } from '../wait.ts';

type ClusterReason =
  | 'none-answers'
  | 'waiting-for-quorum'
  | 'unreachable'
  | 'no-leader'
  | 'leaders-differ'
  | 'terms-differ'
  | 'unhealthy'
  | 'member-missing'
  | 'member-not-started'
  | 'member-extra';
type Reason = ClusterReason | 'missing-file';

const reasons: Readonly<Record<Reason, string>> = {
  ...missingFileReason,
  'none-answers': 'no member answers',
  'waiting-for-quorum': 'too few members run to decide anything',
  unreachable: 'a member does not answer, while the others work',
  'no-leader': 'the members have not elected a leader',
  'leaders-differ': 'the members follow different leaders: they are not one cluster',
  'terms-differ': 'the members are in different terms',
  unhealthy: 'a member answers, but cannot read with the agreement of the others',
  'member-missing': 'a member is not on the list of the cluster',
  'member-not-started': 'a member is on the list and has never started',
  'member-extra': 'the list has a member that should not be there',
};

/** What a gRPC error means for TLS, in a clause; '' when it says nothing about TLS. */
function tlsHint(error: string): string {
  if (/altname|does not match certificate|hostname/i.test(error))
    return ' Its certificate does not name the address that was called.';
  if (/unable to verify|self.signed|unknown authority|issuer/i.test(error))
    return ' Its certificate is of another CA.';
  if (/bad certificate|certificate required|alert/i.test(error)) return ' It refuses the client certificate.';
  return '';
}

/** What is wrong with a cluster, from what each endpoint says and from its list of members. */
function examineCluster(
  endpoints: readonly EtcdEndpointFacts[],
  members: readonly EtcdMemberFacts[],
  names: readonly string[],
): Finding<ClusterReason>[] {
  const total = Math.max(endpoints.length, names.length);
  const quorum = Math.floor(total / 2) + 1;
  const up = endpoints.filter((endpoint) => endpoint.error === undefined);
  const down = endpoints.filter((endpoint) => endpoint.error !== undefined);
  const where = endpoints.map((endpoint) => endpoint.endpoint).join(', ');
  const base = { expected: `${total === 1 ? 'one member' : `${total} members`}, one leader`, where };
  const remedy = 'look at the unit etcd and its journal on that machine';

  if (up.length === 0) {
    const first = down[0];
    return [
      {
        ...base,
        reason: 'none-answers',
        message: `No member of etcd answers.${first?.error === undefined ? '' : ` ${first.endpoint}: ${first.error}.${tlsHint(first.error)}`}`,
        found: first?.error ?? 'no endpoints',
        remedy,
      },
    ];
  }
  if (up.length < quorum)
    return [
      {
        ...base,
        reason: 'waiting-for-quorum',
        message: `${up.length} of ${total}, no quorum yet: expected. A member that starts alone waits for the others, and looks as if it hung; ${quorum} must run before one of them can lead.`,
        found: `${up.length} of ${total} running`,
        remedy: `start etcd on the other controllers too`,
      },
    ];
  const findings: Finding<ClusterReason>[] = down.map((endpoint) => ({
    reason: 'unreachable',
    message: `${endpoint.endpoint} does not answer (${endpoint.error}), while ${up.length} of ${total} members work.${tlsHint(endpoint.error ?? '')}`,
    expected: 'an answer',
    found: endpoint.error ?? '',
    where: endpoint.endpoint,
    remedy,
  }));
  const leaderless = up.filter((endpoint) => !endpoint.leaderId || endpoint.leaderId === '0');
  const leaders = new Set(up.map((endpoint) => endpoint.leaderId).filter((id) => id && id !== '0'));
  const terms = new Set(up.map((endpoint) => endpoint.term));
  if (leaderless.length > 0)
    findings.push({
      ...base,
      reason: 'no-leader',
      message: `${enumerate(leaderless.map((endpoint) => endpoint.endpoint))} know${leaderless.length === 1 ? 's' : ''} no leader: the members cannot reach each other on port 2380, or do not believe each other's certificates.`,
      found: 'no leader',
      remedy: 'compare --initial-cluster on all members, and read the journals for "remote error"',
    });
  else if (leaders.size > 1)
    findings.push({
      ...base,
      reason: 'leaders-differ',
      message: `The members follow ${leaders.size} different leaders: they have formed separate clusters.`,
      found: [...leaders].join(', '),
      remedy: 'stop etcd everywhere, correct --initial-cluster, empty /var/lib/etcd and start again',
    });
  else if (terms.size > 1)
    findings.push({
      ...base,
      reason: 'terms-differ',
      message: `The members are in different terms (${[...terms].join(', ')}): an election is going on.`,
      found: `terms ${[...terms].join(', ')}`,
      remedy: 'wait a moment; when it stays so, look at the journals',
    });
  for (const endpoint of up.filter((candidate) => candidate.unhealthy !== undefined))
    findings.push({
      reason: 'unhealthy',
      message: `${endpoint.endpoint} answers, but a read that the others must agree to fails: ${endpoint.unhealthy}`,
      expected: 'a read that is answered',
      found: endpoint.unhealthy!,
      where: endpoint.endpoint,
      remedy,
    });
  const known = members.map((member) => member.name);
  for (const name of names.filter((candidate) => !known.includes(candidate))) {
    const unstarted = members.find((member) => member.name === '');
    findings.push({
      ...base,
      reason: unstarted === undefined ? 'member-missing' : 'member-not-started',
      message:
        unstarted === undefined
          ? `${name} is not among the members (${known.join(', ')}): --initial-cluster or --name says something else.`
          : `${name} has never started: its place at ${unstarted.peerUrls.join(', ')} is empty.`,
      expected: names.join(', '),
      found: known.filter((candidate) => candidate !== '').join(', ') || 'none',
      remedy:
        unstarted === undefined
          ? 'compare --name and --initial-cluster on all members'
          : `start etcd on ${name}`,
    });
  }
  for (const name of known.filter(
    (candidate) => candidate !== '' && names.length > 0 && !names.includes(candidate),
  ))
    findings.push({
      ...base,
      reason: 'member-extra',
      message: `${name} is among the members and should not be.`,
      expected: names.join(', '),
      found: known.join(', '),
      remedy: `etcdctl member remove ${members.find((member) => member.name === name)?.id ?? ''}`,
    });
  return findings;
}

/** A cluster of etcd. Parameters: `endpoints`; `ca`, `cert`, `key` (workspace files); `members` (their names); `wait`. */
export const etcdKind: CheckKind<Reason> = {
  kind: 'etcd',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const endpoints = parameters.words('endpoints');
    const names = parameters.optionalWords('members') ?? [];
    const paths = tlsPaths(parameters);
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();
    return async (context) => {
      const material = await readTls(context, paths);
      if ('finding' in material) return [material.finding];
      return await eventually<Reason>(context, waitMs, async () => {
        const facts = await context.etcd.endpoints(endpoints, material.tls);
        const up = facts
          .filter((endpoint) => endpoint.error === undefined)
          .map((endpoint) => endpoint.endpoint);
        const enough = up.length > Math.floor(Math.max(endpoints.length, names.length) / 2);
        const members = enough ? await context.etcd.members(up, material.tls) : [];
        return examineCluster(facts, members, enough ? names : []);
      });
    };
  },
};
