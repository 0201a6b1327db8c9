import { parseDuration } from '../../../../lib/flags.ts';
import { command, type Session } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { outputFlag } from '../../cli/shared-flags.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { printObject } from '../../output/object-printer.ts';
import { createFlags, emptyTime, exactName, type SubmitFlags, submit } from './submit.ts';

const roleFlags = {
  ...createFlags,
  verb: { type: 'list', help: 'What the role allows, such as get,list' },
  resource: { type: 'list', help: 'Resources, such as pods,deployments.apps or pods/log' },
  'resource-name': { type: 'array', help: 'Only the objects of these names' },
  'non-resource-url': { type: 'list', help: 'Paths that are no resources (cluster roles)' },
} as const;

interface RoleFlags extends SubmitFlags {
  readonly verb: readonly string[];
  readonly resource: readonly string[];
  readonly 'resource-name': readonly string[];
  readonly 'non-resource-url': readonly string[];
}

/** One rule a group: the server knows which group a resource belongs to. */
async function readRules(session: Session, flags: RoleFlags, isClusterRole: boolean) {
  const verbs = flags.verb.includes('*') ? ['*'] : [...new Set(flags.verb)];
  if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
  const urls = flags['non-resource-url'];
  if (flags.resource.length === 0 && !(isClusterRole && urls.length > 0))
    throw new KubectlError('at least one resource must be specified');
  const groups = new Map<string, string[]>();
  for (const item of new Set(flags.resource)) {
    const [word = '', subresource] = item.split('/');
    const found =
      word === '*' ? { group: '*', resource: '*' } : (await session.cluster().discovery()).find(word);
    const name = subresource === undefined ? found.resource : `${found.resource}/${subresource}`;
    groups.set(found.group, [...(groups.get(found.group) ?? []), name]);
  }
  const names = flags['resource-name'];
  const rules = [...groups].map(([group, resources]) => ({
    apiGroups: [group],
    ...(names.length > 0 && { resourceNames: names }),
    resources,
    verbs,
  }));
  return isClusterRole && urls.length > 0 ? [...rules, { nonResourceURLs: urls, verbs }] : rules;
}

function roleCommand(kind: 'Role' | 'ClusterRole') {
  return command({
    name: kind.toLowerCase(),
    summary: kind === 'Role' ? 'Create a role with single rule' : 'Create a cluster role',
    usage: 'NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename]',
    flags: roleFlags,
    async run(session, { flags, positional }) {
      const name = exactName(positional);
      const rules = await readRules(session, flags, kind === 'ClusterRole');
      const apiVersion = 'rbac.authorization.k8s.io/v1';
      await submit(session, { apiVersion, kind, metadata: { ...emptyTime, name }, rules }, flags);
    },
  });
}

function bindingCommand(kind: 'RoleBinding' | 'ClusterRoleBinding') {
  return command({
    name: kind.toLowerCase(),
    summary:
      kind === 'RoleBinding'
        ? 'Create a role binding for a particular role or cluster role'
        : 'Create a cluster role binding for a particular cluster role',
    usage:
      'NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
    flags: {
      ...createFlags,
      role: { type: 'string', default: '', help: 'The role to bind' },
      clusterrole: { type: 'string', default: '', help: 'The cluster role to bind' },
      user: { type: 'array', help: 'A user who gets the role' },
      group: { type: 'array', help: 'A group that gets the role' },
      serviceaccount: { type: 'array', help: 'A service account that gets the role: NAMESPACE:NAME' },
    },
    async run(session, { flags, positional }) {
      const name = exactName(positional);
      if (kind === 'ClusterRoleBinding' && flags.clusterrole === '')
        throw new KubectlError('clusterrole must be specified');
      if (kind === 'RoleBinding' && (flags.role === '') === (flags.clusterrole === ''))
        throw new KubectlError('exactly one of clusterrole or role must be specified');
      const apiGroup = 'rbac.authorization.k8s.io';
      const accounts = flags.serviceaccount.map((text) => {
        const [namespace, account, ...rest] = text.split(':');
        if (!namespace || !account || rest.length > 0)
          throw new KubectlError('serviceaccount must be <namespace>:<name>');
        return { kind: 'ServiceAccount', name: account, namespace };
      });
      const subjects = [
        ...flags.user.map((user) => ({ apiGroup, kind: 'User', name: user })),
        ...flags.group.map((group) => ({ apiGroup, kind: 'Group', name: group })),
        ...accounts,
      ];
      const isRole = flags.role !== '';
      await submit(
        session,
        {
          apiVersion: `${apiGroup}/v1`,
          kind,
          metadata: { ...emptyTime, name },
          roleRef: {
            apiGroup,
            kind: isRole ? 'Role' : 'ClusterRole',
            name: isRole ? flags.role : flags.clusterrole,
          },
          ...(subjects.length > 0 && { subjects }),
        },
        flags,
      );
    },
  });
}

export const createRole = roleCommand('Role');
export const createClusterRole = roleCommand('ClusterRole');
export const createRoleBinding = bindingCommand('RoleBinding');
export const createClusterRoleBinding = bindingCommand('ClusterRoleBinding');

export const createToken = command({
  name: 'token',
  summary: 'Request a service account token',
  usage: 'SERVICE_ACCOUNT_NAME',
  flags: {
    ...outputFlag,
    duration: { type: 'string', help: 'How long the token is good, such as 10m' },
    audience: { type: 'array', help: 'Whom the token is for; the API server when there is none' },
  },
  async run(session, { flags, positional }) {
    const name = exactName(positional);
    const milliseconds = flags.duration === undefined ? undefined : parseDuration(flags.duration);
    if (flags.duration !== undefined && (milliseconds === undefined || milliseconds <= 0))
      throw new KubectlError('--duration must be greater than or equal to 0');
    const cluster = session.cluster();
    const path = `/api/v1/namespaces/${cluster.namespace}/serviceaccounts/${encodeURIComponent(name)}/token`;
    const answer = await cluster.request<KubeObject & { status: { token: string } }>('POST', path, {
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          ...(flags.audience.length > 0 && { audiences: flags.audience }),
          ...(milliseconds !== undefined && { expirationSeconds: Math.floor(milliseconds / 1000) }),
        },
      },
    });
    if (flags.output === '') session.print(answer.status.token);
    else session.stdout.write(printObject(answer, flags.output));
  },
});
