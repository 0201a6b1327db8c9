import type { UserInfo } from '../../../api/types/authentication-v1.ts';
import type { SelfSubjectAccessReview, SelfSubjectRulesReview } from '../../../api/types/authorization-v1.ts';
import { command, type Session } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { outputFlag } from '../../cli/shared-flags.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { alignColumns } from '../../output/columns.ts';
import { printObject } from '../../output/object-printer.ts';
import { ruleRows } from '../describe/access.ts';

const reviews = '/apis/authorization.k8s.io/v1';

/** Models kubectl/pkg/cmd/auth cani.go. */
const canI = command({
  name: 'can-i',
  summary: 'Check whether an action is allowed',
  usage: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  flags: {
    'all-namespaces': { type: 'boolean', short: 'A', help: 'Ask for all namespaces' },
    quiet: { type: 'boolean', short: 'q', help: 'Say it by the exit code alone' },
    list: { type: 'boolean', help: 'List all that is allowed' },
    'no-headers': { type: 'boolean', help: 'Print no headers' },
    subresource: { type: 'string', default: '', help: 'Such as log or scale' },
  },
  async run(session, { flags, positional }) {
    if (flags.list) {
      if (positional.length > 0) throw new KubectlError('list option must be specified with no arguments');
      return listAllowed(session, flags['no-headers']);
    }
    const [verb, what, name, ...rest] = positional;
    if (verb === undefined || what === undefined || rest.length > 0)
      throw new KubectlError('you must specify two arguments: verb resource or verb resource/resourceName.');
    const namespace = flags['all-namespaces'] ? '' : session.cluster().namespace;
    const spec = what.startsWith('/')
      ? { nonResourceAttributes: { verb, path: what } }
      : { resourceAttributes: await attributes(session, { verb, what, name, namespace, ...flags }) };
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
    const { status } = await session
      .cluster()
      .request<SelfSubjectAccessReview>('POST', `${reviews}/selfsubjectaccessreviews`, { body });
    const reason = status?.reason ? ` - ${status.reason}` : '';
    const failure = status?.evaluationError ? ` - ${status.evaluationError}` : '';
    if (!flags.quiet) session.print(status?.allowed ? 'yes' : `no${reason}${failure}`);
    return status?.allowed ? 0 : 1;
  },
});

async function attributes(
  session: Session,
  asked: { verb: string; what: string; name: string | undefined; namespace: string; subresource: string },
) {
  const { verb, namespace, subresource } = asked;
  const [type = '', inType] = asked.what.split('/');
  const name = inType ?? asked.name ?? '';
  const rest = { verb, namespace, name, subresource };
  if (type === '*') return { ...rest, group: '*', resource: '*' };
  const found = (await session.cluster().discovery()).findOrUndefined(type);
  if (found === undefined) {
    session.warn(`Warning: the server doesn't have a resource type '${type}'\n`);
    const [resource = '', ...group] = type.split('.');
    return { ...rest, group: group.join('.'), resource };
  }
  if (!found.namespaced) {
    const where = found.group === '' ? '' : ` in group '${found.group}'`;
    session.warn(`Warning: resource '${found.resource}' is not namespace scoped${where}\n`);
    return { ...rest, namespace: '', group: found.group, resource: found.resource };
  }
  return { ...rest, group: found.group, resource: found.resource };
}

async function listAllowed(session: Session, noHeaders: boolean): Promise<number> {
  const { namespace } = session.cluster();
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  };
  const { status } = await session
    .cluster()
    .request<SelfSubjectRulesReview>('POST', `${reviews}/selfsubjectrulesreviews`, { body });
  if (status?.incomplete) {
    const why = status.evaluationError ? `: ${status.evaluationError}` : '';
    session.warn(`Warning: the list may be incomplete${why}`);
  }
  const list = (values: readonly string[]) => `[${values.join(' ')}]`;
  const rules = [...(status?.resourceRules ?? []), ...(status?.nonResourceRules ?? [])];
  const rows = ruleRows(rules).map(({ resource, urls, names, verbs }) => [
    resource,
    list(urls),
    list(names),
    list(verbs),
  ]);
  const heads = noHeaders ? [] : [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']];
  session.stdout.write(alignColumns([...heads, ...rows]));
  return 0;
}

/** Models kubectl/pkg/cmd/auth whoami.go. */
const whoami = command({
  name: 'whoami',
  summary: 'Experimental: Check self subject attributes',
  flags: outputFlag,
  async run(session, { flags }) {
    const review = await session
      .cluster()
      .request<KubeObject>('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
      });
    if (flags.output !== '') {
      session.stdout.write(printObject(review, flags.output));
      return;
    }
    const { username, uid, groups, extra } = (review.status as { userInfo: UserInfo }).userInfo;
    const list = (values: readonly string[]) => `[${values.join(' ')}]`;
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ['Username', username ?? ''],
      ...(uid ? [['UID', uid]] : []),
      ...(groups === undefined || groups.length === 0 ? [] : [['Groups', list(groups)]]),
      ...Object.entries(extra ?? {})
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, values]) => [`Extra: ${key}`, list(values)]),
    ];
    session.stdout.write(alignColumns(rows));
  },
});

export const auth = command({
  name: 'auth',
  summary: 'Inspect authorization',
  subcommands: [canI, whoami],
});
