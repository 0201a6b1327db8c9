import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { command, type Session } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { createFlags, emptyTime, exactName, submit } from './submit.ts';

const sourceFlags = {
  'from-file': { type: 'list', help: 'A file, KEY=FILE, or a directory' },
  'from-literal': { type: 'array', help: 'KEY=VALUE' },
  'from-env-file': { type: 'list', help: 'A file of KEY=VALUE lines' },
} as const;

interface Sources {
  readonly 'from-file': readonly string[];
  readonly 'from-literal': readonly string[];
  readonly 'from-env-file': readonly string[];
}

/** Key → content. */
function readSources(session: Session, sources: Sources, what: string): Map<string, Buffer> {
  const data = new Map<string, Buffer>();
  const add = (key: string, value: Buffer) => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key))
      throw new KubectlError(
        `"${key}" is not a valid key name for a ${what}: a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
      );
    if (data.has(key))
      throw new KubectlError(`cannot add key "${key}", another key by that name already exists in data`);
    data.set(key, value);
  };
  if (
    sources['from-env-file'].length > 0 &&
    (sources['from-file'].length > 0 || sources['from-literal'].length > 0)
  )
    throw new KubectlError('from-env-file cannot be combined with from-file or from-literal');
  for (const item of sources['from-file']) {
    const at = item.indexOf('=');
    const path = at < 0 ? item : item.slice(at + 1);
    const absolute = resolve(session.cwd, path);
    if (at === 0) throw new KubectlError(`key name for file path ${path} missing`);
    if (!exists(absolute)) throw new KubectlError(`error reading ${path}: no such file or directory`);
    if (statSync(absolute).isDirectory()) {
      if (at >= 0) throw new KubectlError('cannot give a key name for a directory path');
      for (const entry of readdirSync(absolute, { withFileTypes: true }).sort((a, b) =>
        a.name < b.name ? -1 : 1,
      ))
        if (entry.isFile()) add(entry.name, readFileSync(join(absolute, entry.name)));
    } else add(at < 0 ? basename(path) : item.slice(0, at), readFileSync(absolute));
  }
  for (const item of sources['from-literal']) {
    const at = item.indexOf('=');
    if (at < 1) throw new KubectlError(`invalid literal source ${item}, expected key=value`);
    add(item.slice(0, at), Buffer.from(item.slice(at + 1)));
  }
  for (const path of sources['from-env-file']) {
    for (const line of readFileSync(resolve(session.cwd, path), 'utf8').split('\n')) {
      const text = line.trimStart();
      if (text === '' || text.startsWith('#')) continue;
      const at = text.indexOf('=');
      // A name alone takes its value from the environment.
      if (at < 0) add(text, Buffer.from(session.env[text] ?? ''));
      else add(text.slice(0, at), Buffer.from(text.slice(at + 1)));
    }
  }
  return data;
}

const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;

const sorted = (data: ReadonlyMap<string, Buffer>, encode: (value: Buffer) => string) =>
  Object.fromEntries(
    [...data].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, encode(value)]),
  );

const base64 = (value: Buffer) => value.toString('base64');

export const createConfigMap = command({
  name: 'configmap',
  aliases: ['cm'],
  summary: 'Create a config map from a local file, directory or literal value',
  usage: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1]',
  flags: { ...createFlags, ...sourceFlags },
  async run(session, { flags, positional }) {
    const name = exactName(positional);
    const all = [...readSources(session, flags, 'ConfigMap')];
    const isText = (value: Buffer) => Buffer.from(value.toString('utf8')).equals(value);
    const data = new Map(all.filter(([, value]) => isText(value)));
    const binary = new Map(all.filter(([, value]) => !isText(value)));
    await submit(
      session,
      {
        apiVersion: 'v1',
        ...(data.size > 0 && { data: sorted(data, (value) => value.toString('utf8')) }),
        ...(binary.size > 0 && { binaryData: sorted(binary, base64) }),
        kind: 'ConfigMap',
        metadata: { ...emptyTime, name },
      },
      flags,
    );
  },
});

const secretOf = (name: string, type: string | undefined, data: ReadonlyMap<string, Buffer>) => ({
  apiVersion: 'v1',
  ...(data.size > 0 && { data: sorted(data, base64) }),
  kind: 'Secret',
  metadata: { ...emptyTime, name },
  ...(type !== undefined && type !== '' && { type }),
});

const genericSecret = command({
  name: 'generic',
  summary: 'Create a secret from a local file, directory, or literal value',
  usage: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]',
  flags: { ...createFlags, ...sourceFlags, type: { type: 'string', help: 'The type of the secret' } },
  async run(session, { flags, positional }) {
    const name = exactName(positional);
    await submit(session, secretOf(name, flags.type, readSources(session, flags, 'Secret')), flags);
  },
});

const tlsSecret = command({
  name: 'tls',
  summary: 'Create a TLS secret',
  usage: 'NAME --cert=path/to/cert/file --key=path/to/key/file',
  flags: {
    ...createFlags,
    cert: { type: 'string', help: 'Path to the certificate (PEM)' },
    key: { type: 'string', help: 'Path to its key (PEM)' },
  },
  async run(session, { flags, positional }) {
    const name = exactName(positional);
    if (flags.cert === undefined || flags.key === undefined)
      throw new KubectlError('key and cert must be specified');
    const data = new Map([
      ['tls.crt', readFileSync(resolve(session.cwd, flags.cert))],
      ['tls.key', readFileSync(resolve(session.cwd, flags.key))],
    ]);
    await submit(session, secretOf(name, 'kubernetes.io/tls', data), flags);
  },
});

const registrySecret = command({
  name: 'docker-registry',
  summary: 'Create a secret for use with a Docker registry',
  usage: 'NAME --docker-username=user --docker-password=password [--docker-server=string]',
  flags: {
    ...createFlags,
    'docker-server': { type: 'string', default: 'https://index.docker.io/v1/', help: 'The registry' },
    'docker-username': { type: 'string', help: 'The user' },
    'docker-password': { type: 'string', help: 'The password' },
    'docker-email': { type: 'string', default: '', help: 'The address of the user' },
  },
  async run(session, { flags, positional }) {
    const name = exactName(positional);
    const [username, password] = [flags['docker-username'], flags['docker-password']];
    if (username === undefined || password === undefined)
      throw new KubectlError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      );
    const email = flags['docker-email'];
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    const entry = { username, password, ...(email !== '' && { email }), auth };
    const content = JSON.stringify({ auths: { [flags['docker-server']]: entry } });
    const data = new Map([['.dockerconfigjson', Buffer.from(content)]]);
    await submit(session, secretOf(name, 'kubernetes.io/dockerconfigjson', data), flags);
  },
});

export const createSecret = command({
  name: 'secret',
  summary: 'Create a secret using a specified subcommand',
  subcommands: [registrySecret, genericSecret, tlsSecret],
});
