import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { apiVersionOf, qualifiedName, type Resource } from '../../cluster/discovery.ts';
import { alignColumns } from '../../output/columns.ts';

/** Models kubectl/pkg/cmd/apiresources. */
export const apiResources = command({
  name: 'api-resources',
  summary: 'Print the supported API resources on the server',
  flags: {
    output: { type: 'string', short: 'o', default: '', help: 'wide or name' },
    'api-group': { type: 'string', help: 'Only this group' },
    namespaced: { type: 'boolean', default: true, help: 'Only those in namespaces; =false: only the others' },
    verbs: { type: 'list', help: 'Only those that know all of these verbs' },
    categories: { type: 'list', help: 'Only those of these categories' },
    'sort-by': { type: 'string', default: '', help: 'name or kind' },
    'no-headers': { type: 'boolean', help: 'Print no headers' },
  },
  async run(session, { flags, given, positional }) {
    if (positional.length > 0)
      throw new KubectlError(
        `unexpected arguments: [${positional.join(' ')}]\nSee '${session.path} -h' for help and examples`,
      );
    if (!['', 'wide', 'name'].includes(flags.output))
      throw new KubectlError(`--output ${flags.output} is not available`);
    const sortBy = flags['sort-by'];
    if (!['', 'name', 'kind'].includes(sortBy)) throw new KubectlError('--sort-by accepts only name or kind');
    const { resources } = await session.cluster().discovery();
    const chosen = resources.filter(
      (r) =>
        r.preferred &&
        (flags['api-group'] === undefined || r.group === flags['api-group']) &&
        (!given.has('namespaced') || r.namespaced === flags.namespaced) &&
        flags.verbs.every((verb) => r.verbs.includes(verb)) &&
        flags.categories.every((category) => r.categories.includes(category)),
    );
    const sortKey = (r: Resource) =>
      sortBy === 'name' ? r.resource : sortBy === 'kind' ? r.kind : `${r.group} ${r.resource}`;
    const sorted = chosen.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
    if (flags.output === 'name') {
      for (const resource of sorted) session.print(qualifiedName(resource));
      return;
    }
    const wide = flags.output === 'wide';
    const heads = [
      'NAME',
      'SHORTNAMES',
      'APIVERSION',
      'NAMESPACED',
      'KIND',
      ...(wide ? ['VERBS', 'CATEGORIES'] : []),
    ];
    const rows = sorted.map((r) => [
      r.resource,
      r.shortNames.join(','),
      apiVersionOf(r),
      String(r.namespaced),
      r.kind,
      ...(wide ? [r.verbs.join(','), r.categories.join(',')] : []),
    ]);
    session.stdout.write(alignColumns(flags['no-headers'] ? rows : [heads, ...rows]));
  },
});

export const apiVersions = command({
  name: 'api-versions',
  summary: 'Print the supported API versions on the server, in the form of "group/version"',
  async run(session) {
    const { resources } = await session.cluster().discovery();
    for (const version of [...new Set(resources.map(apiVersionOf))].sort()) session.print(version);
  },
});
