import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCode } from '../../../lib/errors.ts';
import { command, type Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { type Content, KubeconfigEditor } from './edit.ts';

function oneName(positional: readonly string[]): string {
  if (positional.length !== 1)
    throw new KubectlError(`Unexpected args: [${positional.join(' ')}]`, { usage: true });
  return positional[0]!;
}

function embed(session: Session, path: string, what: string): string {
  const absolute = resolve(session.cwd, path);
  try {
    return readFileSync(absolute).toString('base64');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new KubectlError(`could not stat ${what} file ${path}: stat ${path}: no such file or directory`);
  }
}

/** A certificate or key: its path, or with --embed-certs its content. One replaces the other. */
function placeFile(
  session: Session,
  content: Content,
  field: string,
  path: string | undefined,
  embedded: boolean,
): void {
  if (path === undefined) return;
  if (embedded) {
    content[`${field}-data`] = embed(session, path, field);
    delete content[field];
  } else {
    content[field] = path === '' ? '' : resolve(session.cwd, path);
    if (path !== '') delete content[`${field}-data`];
  }
}

export const setCluster = command({
  name: 'set-cluster',
  summary: 'Set a cluster entry in kubeconfig',
  usage: 'NAME',
  flags: {
    server: { type: 'string', short: 's', help: 'The address of the API server' },
    'certificate-authority': { type: 'string', help: "Path to the authority's certificate" },
    'embed-certs': { type: 'boolean', help: 'Copy the certificate into the file' },
    'insecure-skip-tls-verify': { type: 'boolean', help: "Do not check the server's certificate" },
    'tls-server-name': { type: 'string', help: "The name to check in the server's certificate" },
    'proxy-url': { type: 'string', help: 'The proxy to reach the cluster by' },
  },
  async run(session, { flags, given, positional }) {
    const name = oneName(positional);
    const authority = flags['certificate-authority'];
    if (flags['embed-certs'] && authority === undefined)
      throw new KubectlError('you must specify a --certificate-authority to embed');
    const editor = new KubeconfigEditor(session);
    const content: Content = { ...editor.find('clusters', name) };
    if (flags.server !== undefined) content.server = flags.server;
    if (flags['tls-server-name'] !== undefined) content['tls-server-name'] = flags['tls-server-name'];
    if (flags['proxy-url'] !== undefined) content['proxy-url'] = flags['proxy-url'];
    if (given.has('insecure-skip-tls-verify')) {
      content['insecure-skip-tls-verify'] = flags['insecure-skip-tls-verify'];
      // Not to check and what to check with exclude each other.
      if (flags['insecure-skip-tls-verify']) {
        delete content['certificate-authority'];
        delete content['certificate-authority-data'];
      }
    }
    if (authority !== undefined) delete content['insecure-skip-tls-verify'];
    placeFile(session, content, 'certificate-authority', authority, flags['embed-certs']);
    editor.set('clusters', name, content);
    session.print(`Cluster "${name}" set.`);
  },
});

export const setCredentials = command({
  name: 'set-credentials',
  summary: 'Set a user entry in kubeconfig',
  usage: 'NAME',
  flags: {
    'client-certificate': { type: 'string', help: "Path to the user's certificate" },
    'client-key': { type: 'string', help: "Path to the certificate's key" },
    'embed-certs': { type: 'boolean', help: 'Copy certificate and key into the file' },
    token: { type: 'string', help: 'A bearer token' },
    username: { type: 'string', help: 'A name for basic authentication' },
    password: { type: 'string', help: 'A password for basic authentication' },
  },
  async run(session, { flags, positional }) {
    const name = oneName(positional);
    const { token, username, password } = flags;
    if (token !== undefined && (username !== undefined || password !== undefined))
      throw new KubectlError(
        'you cannot specify more than one authentication method at the same time: [--token --basic-auth]',
      );
    if (
      flags['embed-certs'] &&
      flags['client-certificate'] === undefined &&
      flags['client-key'] === undefined
    )
      throw new KubectlError('you must specify a --client-certificate or --client-key to embed');
    const editor = new KubeconfigEditor(session);
    const content: Content = { ...editor.find('users', name) };
    placeFile(session, content, 'client-certificate', flags['client-certificate'], flags['embed-certs']);
    placeFile(session, content, 'client-key', flags['client-key'], flags['embed-certs']);
    if (token !== undefined) {
      content.token = token;
      if (token !== '') for (const key of ['username', 'password', 'tokenFile']) delete content[key];
    }
    if (username !== undefined) content.username = username;
    if (password !== undefined) content.password = password;
    if (username !== undefined || password !== undefined) delete content.token;
    editor.set('users', name, content);
    session.print(`User "${name}" set.`);
  },
});

export const setContext = command({
  name: 'set-context',
  summary: 'Set a context entry in kubeconfig',
  usage: '[NAME | --current]',
  flags: {
    current: { type: 'boolean', help: 'Change the current context' },
    cluster: { type: 'string', help: "The context's cluster" },
    user: { type: 'string', help: "The context's user" },
    namespace: { type: 'string', short: 'n', help: "The context's namespace" },
  },
  async run(session, { flags, positional }) {
    if (flags.current && positional.length > 0)
      throw new KubectlError('you cannot specify both a context name and --current');
    const editor = new KubeconfigEditor(session);
    const name = flags.current ? (editor.merged['current-context'] ?? '') : oneName(positional);
    if (name === '') throw new KubectlError('no current context is set');
    const before = editor.find('contexts', name);
    const content: Content = { ...before };
    for (const key of ['cluster', 'user', 'namespace'] as const)
      if (flags[key] !== undefined) content[key] = flags[key];
    editor.set('contexts', name, content);
    session.print(`Context "${name}" ${before === undefined ? 'created' : 'modified'}.`);
  },
});

export const useContext = command({
  name: 'use-context',
  aliases: ['use'],
  summary: 'Set the current-context in a kubeconfig file',
  usage: 'CONTEXT_NAME',
  async run(session, { positional }) {
    const name = oneName(positional);
    const editor = new KubeconfigEditor(session);
    if (editor.find('contexts', name) === undefined)
      throw new KubectlError(`no context exists with the name: "${name}"`);
    editor.setCurrentContext(name);
    session.print(`Switched to context "${name}".`);
  },
});
