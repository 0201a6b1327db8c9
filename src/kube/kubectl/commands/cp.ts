import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Pod } from '../../api/types/core-v1.ts';
import { resourcePath } from '../../client/resource-client.ts';
import { command, type Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { defaultContainer } from '../streams/containers.ts';
import { podPath } from '../streams/find-pod.ts';
import { archivePrefix, localBase, packFiles, unpackFiles } from '../streams/local-files.ts';
import { remoteCommand } from '../streams/remote-command.ts';
import { readTar } from '../streams/tar.ts';
import { pods } from '../streams/wait-for-pod.ts';

interface FileSpec {
  /** undefined for a file on this side. */
  readonly pod: string | undefined;
  readonly namespace: string | undefined;
  readonly path: string;
}

const wrongFormat = 'filespec must match the canonical format: [[namespace/]pod:]file/path';

/** `[[namespace/]pod:]path`. Throws KubectlError. */
export function parseFileSpec(word: string): FileSpec {
  const at = word.indexOf(':');
  if (at === 0) throw new KubectlError(wrongFormat);
  if (at < 0) return { pod: undefined, namespace: undefined, path: word };
  const names = word.slice(0, at).split('/');
  const path = word.slice(at + 1);
  if (names.length === 1) return { namespace: undefined, pod: names[0], path };
  if (names.length === 2) return { namespace: names[0], pod: names[1], path };
  throw new KubectlError(wrongFormat);
}

/** Files travel as a tar through exec: the image must have that program. Models kubectl/pkg/cmd/cp. */
export const cp = command({
  name: 'cp',
  summary: 'Copy files and directories to and from containers',
  usage: '<file-spec-src> <file-spec-dest>',
  flags: {
    container: { type: 'string', short: 'c', default: '', help: 'The container; the first when not given' },
    'no-preserve': { type: 'boolean', help: 'Do not keep permissions and owners in the container' },
  },
  async run(session, { flags, positional }) {
    if (positional.length !== 2) throw new KubectlError('source and destination are required');
    const [from, to] = positional.map(parseFileSpec) as [FileSpec, FileSpec];
    if (from.pod !== undefined && to.pod !== undefined)
      throw new KubectlError('one of src or dest must be a local file specification');
    if (from.path === '' || to.path === '') throw new KubectlError('filepath can not be empty');
    if (from.pod !== undefined) return copyFromPod(session, from, to.path, flags.container);
    if (to.pod === undefined)
      throw new KubectlError('one of src or dest must be a remote file specification');
    if (!existsSync(resolve(session.cwd, from.path)))
      throw new KubectlError(`${from.path} doesn't exist in local filesystem`);
    const run = await inContainer(session, to, flags.container);
    return copyToPod(session, run, from.path, to.path, flags['no-preserve']);
  },
});

type Run = (streams: Partial<Session>, argv: readonly string[], stdin?: boolean) => Promise<void>;

/** Runs commands in the container of the spec, with some of our streams replaced. */
async function inContainer(session: Session, spec: FileSpec, container: string): Promise<Run> {
  const cluster = session.cluster();
  const path = resourcePath(pods, spec.namespace ?? cluster.namespace, spec.pod);
  const pod = await cluster.request<Pod>('GET', path);
  const chosen = container !== '' ? container : defaultContainer(pod, session.warn);
  return (streams, argv, stdin = false) => {
    const query = new URLSearchParams({ container: chosen });
    for (const argument of argv) query.append('command', argument);
    return remoteCommand({ ...session, ...streams }, podPath(pod, 'exec'), query, { stdin, tty: false });
  };
}

const nowhere = () => new PassThrough().resume();

async function copyToPod(
  session: Session,
  run: Run,
  source: string,
  destination: string,
  noPreserve: boolean,
): Promise<void> {
  const target = posix.normalize(destination);
  const isFolder = await run({ stdout: nowhere(), stderr: nowhere() }, ['test', '-d', target]).then(
    () => true,
    (error: unknown) => {
      // As upstream: an image without the program `test` has no folder to tell of either.
      if (error instanceof KubectlError) return false;
      throw error;
    },
  );
  const place = isFolder ? posix.join(target, localBase(source)) : target;
  const stdin = new PassThrough();
  const packed = packFiles(resolve(session.cwd, source), posix.basename(place), stdin);
  packed.catch(() => stdin.end());
  const flags = noPreserve ? ['--no-same-permissions', '--no-same-owner'] : [];
  await Promise.all([
    packed,
    run({ stdin }, ['tar', ...flags, '-xmf', '-', '-C', posix.dirname(place)], true),
  ]);
}

async function copyFromPod(
  session: Session,
  from: FileSpec,
  destination: string,
  container: string,
): Promise<void> {
  const run = await inContainer(session, from, container);
  const stdout = new PassThrough();
  // tar speaks of its own accord about slashes that it takes away; upstream shows that among the output.
  const sent = run({ stdout, stderr: session.stdout }, ['tar', 'cf', '-', from.path]).finally(() =>
    stdout.end(),
  );
  const namespace = from.namespace ?? session.cluster().namespace;
  const hint = `kubectl exec -n "${namespace}" "${from.pod}" -- tar cf - "${from.path}" | tar xf -`;
  const unpacked = unpackFiles(
    readTar(stdout),
    archivePrefix(from.path),
    resolve(session.cwd, destination),
    session.warn,
    hint,
  );
  // Why tar failed says more than that its output cannot be read.
  await Promise.all([sent, unpacked]);
}
