import { dirname, resolve } from 'node:path';
import type { Kubeconfig } from '../../client/kubeconfig.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { alignColumns } from '../output/columns.ts';
import { printStructured } from '../output/structured.ts';
import { entriesOf, KubeconfigEditor, type Section } from './edit.ts';
import { normalizeKubeconfig, withRelativePaths } from './kubeconfig-files.ts';

export const currentContext = command({
  name: 'current-context',
  summary: 'Display the current-context',
  async run(session) {
    const name = new KubeconfigEditor(session).merged['current-context'] ?? '';
    if (name === '') throw new KubectlError('current-context is not set');
    session.print(name);
  },
});

function namesCommand(name: string, section: Section, what: string) {
  return command({
    name,
    summary: `Display ${what} defined in the kubeconfig`,
    async run(session) {
      session.print('NAME');
      for (const entry of entriesOf(new KubeconfigEditor(session).merged, section)) session.print(entry.name);
    },
  });
}

export const getClusters = namesCommand('get-clusters', 'clusters', 'clusters');
export const getUsers = namesCommand('get-users', 'users', 'users');

export const getContexts = command({
  name: 'get-contexts',
  summary: 'Describe one or many contexts',
  usage: '[NAME ...]',
  flags: {
    'no-headers': { type: 'boolean', help: 'Print no headers' },
    output: { type: 'string', short: 'o', default: '', help: 'Output format: name' },
  },
  async run(session, { flags, positional }) {
    if (flags.output !== '' && flags.output !== 'name')
      throw new KubectlError(`output must be one of '' or 'name': ${flags.output}`);
    const merged = new KubeconfigEditor(session).merged;
    const all = [...(merged.contexts ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
    const chosen = positional.length === 0 ? all : all.filter(({ name }) => positional.includes(name));
    if (flags.output === 'name') {
      for (const { name } of chosen) session.print(name);
    } else {
      const rows = chosen.map(({ name, context }) => [
        name === merged['current-context'] ? '*' : '',
        name,
        context?.cluster ?? '',
        context?.user ?? '',
        context?.namespace ?? '',
      ]);
      const header = ['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'];
      session.stdout.write(alignColumns(flags['no-headers'] ? rows : [header, ...rows]));
    }
    const missing = positional.filter((name) => !all.some((context) => context.name === name));
    if (missing.length > 0)
      throw new KubectlError(missing.map((name) => `context ${name} not found`).join('\n'));
  },
});

/** Keys and tokens are not for screens. */
function redact(config: Kubeconfig): Kubeconfig {
  const hide = <T extends object>(value: T): T =>
    Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key.endsWith('-data')) return [key, 'DATA+OMITTED'];
        return [key, key === 'token' || key === 'password' ? 'REDACTED' : inner];
      }),
    ) as T;
  return {
    ...config,
    clusters: config.clusters?.map((c) => ({ ...c, cluster: hide(c.cluster) })) ?? [],
    users: config.users?.map((u) => ({ ...u, user: hide(u.user) })) ?? [],
  };
}

/** Only what the current context needs. */
function minify(config: Kubeconfig, chosen: string | undefined): Kubeconfig {
  const name = chosen ?? config['current-context'] ?? '';
  if (name === '') throw new KubectlError('current-context must exist in order to minify');
  const context = config.contexts?.find((c) => c.name === name);
  if (context === undefined) throw new KubectlError(`cannot locate context ${name}`);
  const found = (list: readonly { name: string }[] | undefined, wanted: string | undefined, what: string) => {
    if (wanted !== undefined && wanted !== '' && !list?.some((entry) => entry.name === wanted))
      throw new KubectlError(`cannot locate ${what} ${wanted}`);
  };
  found(config.users, context.context.user, 'user');
  found(config.clusters, context.context.cluster, 'cluster');
  return {
    ...config,
    'current-context': name,
    contexts: [context],
    clusters: config.clusters?.filter((c) => c.name === context.context.cluster) ?? [],
    users: config.users?.filter((u) => u.name === context.context.user) ?? [],
  };
}

/** Every certificate and key inside. */
function flatten(config: Kubeconfig, read: (path: string) => string): Kubeconfig {
  const inline = <T extends object>(value: T): T => {
    const copy = { ...value } as Record<string, unknown>;
    for (const key of ['certificate-authority', 'client-certificate', 'client-key']) {
      if (typeof copy[key] !== 'string' || copy[key] === '') continue;
      copy[`${key}-data`] = read(copy[key]);
      delete copy[key];
    }
    return copy as T;
  };
  return {
    ...config,
    clusters: config.clusters?.map((c) => ({ ...c, cluster: inline(c.cluster) })) ?? [],
    users: config.users?.map((u) => ({ ...u, user: inline(u.user) })) ?? [],
  };
}

export const view = command({
  name: 'view',
  summary: 'Display merged kubeconfig settings or a specified kubeconfig file',
  flags: {
    raw: { type: 'boolean', help: 'Show certificate data and secrets too' },
    minify: { type: 'boolean', help: 'Show only what the current context uses' },
    flatten: { type: 'boolean', help: 'Put certificate files into the output' },
    output: { type: 'string', short: 'o', default: 'yaml', help: 'Output format: json, yaml, jsonpath=…' },
  },
  async run(session, { flags }) {
    const editor = new KubeconfigEditor(session);
    let config = editor.merged;
    if (flags.minify) config = minify(config, session.global.context);
    if (flags.flatten) {
      const { readFileSync } = await import('node:fs');
      config = flatten(config, (path) => readFileSync(path).toString('base64'));
    } else config = withRelativePaths(config, dirname(resolve(session.cwd, editor.fileName)));
    if (!flags.raw && !flags.flatten) config = redact(config);
    session.stdout.write(printStructured(normalizeKubeconfig(config), flags.output));
  },
});
