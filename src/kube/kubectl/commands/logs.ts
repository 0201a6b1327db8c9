import type { Pod } from '../../api/types/core-v1.ts';
import { isNotFound, StatusError } from '../../client/errors.ts';
import type { ApiList } from '../../client/objects.ts';
import { resourcePath } from '../../client/resource-client.ts';
import type { Query } from '../../client/rest-client.ts';
import { command, type Session } from '../cli/command.ts';
import { errorText, KubectlError } from '../cli/errors.ts';
import type { ParsedFlags } from '../cli/flags.ts';
import { copyLines } from '../streams/copy-lines.ts';
import { fetchNamed, podPath } from '../streams/find-pod.ts';
import { type LogSource, logSources, readSinceTime, sourcesOfPod } from '../streams/log-sources.ts';
import { podRunningTimeoutFlag, usageError } from '../streams/shared-flags.ts';
import { pods } from '../streams/wait-for-pod.ts';

const logsFlags = {
  ...podRunningTimeoutFlag(20_000),
  follow: { type: 'boolean', short: 'f', help: 'Go on as lines are written' },
  previous: { type: 'boolean', short: 'p', help: 'The log of the run before the current one' },
  container: { type: 'string', short: 'c', default: '', help: 'The container whose log to print' },
  'all-containers': { type: 'boolean', help: 'The logs of all containers of the pod' },
  'all-pods': { type: 'boolean', help: 'The logs of all pods of the object; sets --prefix' },
  selector: { type: 'string', short: 'l', default: '', help: 'The pods with these labels' },
  tail: {
    type: 'int',
    default: -1,
    help: 'How many of the last lines; all of them, or 10 of each pod with a selector',
  },
  since: { type: 'duration', default: 0, help: 'Lines newer than this, such as 5s, 2m or 3h' },
  'since-time': { type: 'string', default: '', help: 'Lines after this time (RFC3339)' },
  timestamps: { type: 'boolean', help: 'The time before each line' },
  'limit-bytes': { type: 'int', default: 0, help: 'The most bytes of a log; 0 for no limit' },
  prefix: { type: 'boolean', help: 'The names of pod and container before each line' },
  'max-log-requests': { type: 'int', default: 5, help: 'How many logs may be followed at once' },
  'ignore-errors': { type: 'boolean', help: 'A log that cannot be read does not end the others' },
  'insecure-skip-tls-verify-backend': {
    type: 'boolean',
    help: "The API server need not check the kubelet's certificate",
  },
} as const;

type LogsFlags = ParsedFlags<typeof logsFlags>;

const whatToGive = `expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
POD or TYPE/NAME is a required argument for the logs command`;

/** Models kubectl/pkg/cmd/logs. */
export const logs = command({
  name: 'logs',
  summary: 'Print the logs for a container in a pod',
  usage: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  flags: logsFlags,
  async run(session, { flags, given, positional }) {
    const [word, inlineContainer] = positional;
    if (positional.length > 2 || (word === undefined && flags.selector === ''))
      throw usageError(session, whatToGive);
    if (positional.length === 1 && flags.selector !== '')
      throw usageError(session, 'only a selector (-l) or a POD name is allowed');
    const container = inlineContainer ?? flags.container;
    const query = readQuery(flags, given.has('tail'));
    if (flags['all-containers'] && container !== '')
      throw new KubectlError(
        `--all-containers=true should not be specified with container name ${container}`,
      );
    if (given.has('container') && inlineContainer !== undefined)
      throw new KubectlError('only one of -c or an inline [CONTAINER] arg is allowed');
    const sources = await findSources(session, flags, word, container);
    if (flags.follow && sources.length > flags['max-log-requests'] && sources.length > 1)
      throw new KubectlError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags['max-log-requests']}, use --max-log-requests to increase the limit`,
      );
    const print = (source: LogSource) => printLog(session, flags, source, query);
    if (flags.follow) await Promise.all(sources.map(print));
    else for (const source of sources) await print(source);
  },
});

/** The options as the log subresource takes them. Throws KubectlError. */
function readQuery(flags: LogsFlags, tailGiven: boolean): Query {
  const sinceTime = flags['since-time'] === '' ? undefined : readSinceTime(flags['since-time']);
  if (sinceTime !== undefined && flags.since !== 0)
    throw new KubectlError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags['limit-bytes'] < 0) throw new KubectlError('--limit-bytes must be greater than 0');
  if (flags.since < 0) throw new KubectlError('--since must be greater than 0');
  if (flags.tail < -1) throw new KubectlError('--tail must be greater than or equal to -1');
  const few = flags.selector !== '' && !tailGiven;
  return {
    ...(flags.follow && { follow: true }),
    ...(flags.previous && { previous: true }),
    ...(flags.timestamps && { timestamps: true }),
    ...(flags['insecure-skip-tls-verify-backend'] && { insecureSkipTLSVerifyBackend: true }),
    ...(sinceTime !== undefined && { sinceTime }),
    ...(flags.since !== 0 && { sinceSeconds: Math.round(flags.since / 1000) }),
    ...(flags['limit-bytes'] !== 0 && { limitBytes: flags['limit-bytes'] }),
    ...(flags.tail !== -1 ? { tailLines: flags.tail } : few ? { tailLines: 10 } : {}),
  };
}

async function findSources(
  session: Session,
  flags: LogsFlags,
  word: string | undefined,
  container: string,
): Promise<LogSource[]> {
  const cluster = session.cluster();
  const options = {
    container,
    allContainers: flags['all-containers'],
    allPods: flags['all-pods'],
    timeoutMs: flags['pod-running-timeout'],
  };
  if (word !== undefined) {
    const object = await fetchNamed(session, word).catch((error: unknown) => {
      throw isNotFound(error) && error instanceof StatusError
        ? new KubectlError(
            `error from server (NotFound): ${error.message} in namespace ${JSON.stringify(cluster.namespace)}`,
          )
        : error;
    });
    return logSources(session, object, options);
  }
  const list = await cluster.request<ApiList<Pod>>('GET', resourcePath(pods, cluster.namespace), {
    query: { labelSelector: flags.selector },
  });
  if (list.items.length === 0) session.warn(`No resources found in ${cluster.namespace} namespace.`);
  return list.items.flatMap((pod) => sourcesOfPod(pod, options, session.warn));
}

async function printLog(
  session: Session,
  flags: LogsFlags,
  { pod, container }: LogSource,
  query: Query,
): Promise<void> {
  const prefix = flags.prefix || flags['all-pods'] ? `[pod/${pod.metadata.name}/${container}] ` : '';
  try {
    const { body } = await session.cluster().streamOrThrow('GET', podPath(pod, 'log'), {
      query: { ...query, container },
      accept: '*/*',
      signal: session.signal,
    });
    await copyLines(body, session.stdout, prefix);
    // A broken connection ends an HTTP/2 stream without an error of its own.
    if (body.aborted || (body.rstCode ?? 0) !== 0) throw new KubectlError('unexpected EOF');
  } catch (error) {
    if (!flags['ignore-errors'] || session.signal.aborted) throw error;
    session.print(`error: ${errorText(error, undefined).replace(/^[Ee]rror[^:]*: /, '')}`);
  }
}
