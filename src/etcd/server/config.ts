import { isIP } from 'node:net';
import { LabError, UsageError } from '../../lib/errors.ts';
import { parseDuration, parseFlags } from '../../lib/flags.ts';
import type { LogLevel } from '../../lib/log.ts';
import { parseInitialCluster } from './cluster.ts';
import { etcdFlags } from './flags.ts';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly trustedCaFile: string | undefined;
  readonly clientCertAuth: boolean;
}

/** Automatic compaction: keep so many milliseconds, or so many revisions. */
export type AutoCompaction =
  | { readonly mode: 'periodic'; readonly retentionMs: number }
  | { readonly mode: 'revision'; readonly retention: number };

export interface ServerConfig {
  readonly name: string;
  readonly dataDir: string;
  readonly walDir: string | undefined;
  readonly listenPeerUrls: readonly URL[];
  readonly listenClientUrls: readonly URL[];
  readonly listenMetricsUrls: readonly URL[];
  readonly initialAdvertisePeerUrls: readonly string[];
  readonly advertiseClientUrls: readonly string[];
  readonly initialCluster: ReadonlyMap<string, readonly string[]>;
  readonly initialClusterToken: string;
  readonly initialClusterState: 'new' | 'existing';
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly preVote: boolean;
  readonly snapshotCount: number;
  readonly maxSnapshots: number;
  readonly quotaBytes: number;
  readonly maxTxnOps: number;
  readonly maxRequestBytes: number;
  readonly autoCompaction: AutoCompaction | undefined;
  readonly watchProgressIntervalMs: number;
  readonly strictReconfigCheck: boolean;
  readonly clientTls: TlsFiles | undefined;
  readonly peerTls: TlsFiles | undefined;
  readonly logLevel: LogLevel;
  readonly logOutput: 'stdout' | 'stderr';
}

/** Room for what surrounds a request of the largest size (grpcOverheadBytes upstream). */
export const grpcOverheadBytes = 512 * 1024;

/** Go prints a URL without the slash that WHATWG adds. */
export const hostUrl = (url: URL) => `${url.protocol}//${url.host}`;

const defaultQuotaBytes = 2 * 1024 ** 3;

export type ParsedConfig =
  | { readonly kind: 'run'; readonly config: ServerConfig }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' };

/** Reads flags and ETCD_* variables. Throws UsageError or LabError with upstream's wording where it has one. */
export function parseConfig(args: readonly string[], env: NodeJS.ProcessEnv): ParsedConfig {
  const { flags, given, positional } = parseFlags(args, etcdFlags, {
    program: 'etcd',
    env: { prefix: 'ETCD_', values: env },
  });
  if (flags.version) return { kind: 'version' };
  if (flags.help) return { kind: 'help' };
  if (positional.length > 0) {
    throw new UsageError(`etcd: ${JSON.stringify(positional[0])} is not a valid flag`);
  }
  if (flags['enable-v2']) throw new UsageError('etcd: --enable-v2: the v2 API is not supported');
  if (flags.logger !== 'zap')
    throw new UsageError(`etcd: unknown logger option ${JSON.stringify(flags.logger)}`);
  const state = flags['initial-cluster-state'];
  if (state !== 'new' && state !== 'existing')
    throw new LabError(`unexpected clusterState ${JSON.stringify(state)}`);
  checkTimes(flags['heartbeat-interval'], flags['election-timeout']);
  if (given.has('listen-client-urls') && !given.has('advertise-client-urls')) {
    throw new LabError('--advertise-client-urls is required when --listen-client-urls is set explicitly');
  }
  const { name } = flags;
  const advertised = flags['initial-advertise-peer-urls'];
  const initial = flags['initial-cluster'] ?? advertised.map((url) => `${name}=${url}`).join(',');
  return {
    kind: 'run',
    config: {
      name,
      dataDir: flags['data-dir'] ?? `${name}.etcd`,
      walDir: flags['wal-dir'],
      listenPeerUrls: bindUrls('listen-peer-urls', flags['listen-peer-urls']),
      listenClientUrls: bindUrls('listen-client-urls', flags['listen-client-urls']),
      listenMetricsUrls: bindUrls('listen-metrics-urls', flags['listen-metrics-urls'] ?? []),
      initialAdvertisePeerUrls: urls('initial-advertise-peer-urls', advertised).map(hostUrl),
      advertiseClientUrls: urls('advertise-client-urls', flags['advertise-client-urls']).map(hostUrl),
      initialCluster: parseInitialCluster(initial),
      initialClusterToken: flags['initial-cluster-token'],
      initialClusterState: state,
      heartbeatMs: flags['heartbeat-interval'],
      electionMs: flags['election-timeout'],
      preVote: flags['pre-vote'],
      snapshotCount: flags['snapshot-count'],
      maxSnapshots: flags['max-snapshots'],
      quotaBytes: flags['quota-backend-bytes'] || defaultQuotaBytes,
      maxTxnOps: flags['max-txn-ops'],
      maxRequestBytes: flags['max-request-bytes'],
      autoCompaction: autoCompaction(flags['auto-compaction-mode'], flags['auto-compaction-retention']),
      watchProgressIntervalMs: flags['experimental-watch-progress-notify-interval'],
      strictReconfigCheck: flags['strict-reconfig-check'],
      clientTls: tlsFiles('', flags),
      peerTls: tlsFiles('peer-', flags),
      logLevel: logLevel(flags['log-level']),
      logOutput: logOutput(flags['log-outputs']),
    },
  };
}

function checkTimes(heartbeatMs: number, electionMs: number): void {
  if (heartbeatMs <= 0) throw new LabError(`--heartbeat-interval must be >0 (set to ${heartbeatMs}ms)`);
  if (electionMs <= 0) throw new LabError(`--election-timeout must be >0 (set to ${electionMs}ms)`);
  if (5 * heartbeatMs > electionMs) {
    throw new LabError(
      `--election-timeout[${electionMs}ms] should be at least as 5 times as --heartbeat-interval[${heartbeatMs}ms]`,
    );
  }
  if (electionMs > 50_000) {
    throw new LabError(
      `--election-timeout[${electionMs}ms] is too long, and should be set less than 50000ms`,
    );
  }
}

function urls(flag: string, texts: readonly string[]): URL[] {
  return texts.map((text) => {
    const invalid = (why: string) => new UsageError(`invalid value "${text}" for flag -${flag}: ${why}`);
    if (!/^https?:\/\//.test(text)) throw invalid(`URL scheme must be http or https: ${text}`);
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw invalid(`URL address does not have the form "host:port": ${text}`);
    }
    if (!/:\d+$/.test(text.replace(/\/$/, ''))) {
      throw invalid(`URL address does not have the form "host:port": ${text}`);
    }
    if (url.pathname !== '/') throw invalid(`URL must not contain a path: ${text}`);
    return url;
  });
}

/** A name would have to be looked up to listen on it. Models checkBindURLs in server/embed/config.go. */
function bindUrls(flag: string, texts: readonly string[]): URL[] {
  const listed = urls(flag, texts);
  const named = listed.find(
    ({ hostname }) => hostname !== 'localhost' && isIP(hostname.replace(/^\[|\]$/g, '')) === 0,
  );
  if (named === undefined) return listed;
  throw new LabError(`expected IP in URL for binding (${hostUrl(named)})`, {
    where: `--${flag}`,
    remedy: "write the machine's own address",
  });
}

function tlsFiles(
  prefix: '' | 'peer-',
  flags: {
    readonly 'cert-file': string | undefined;
    readonly 'key-file': string | undefined;
    readonly 'trusted-ca-file': string | undefined;
    readonly 'client-cert-auth': boolean;
    readonly 'peer-cert-file': string | undefined;
    readonly 'peer-key-file': string | undefined;
    readonly 'peer-trusted-ca-file': string | undefined;
    readonly 'peer-client-cert-auth': boolean;
  },
): TlsFiles | undefined {
  const certFile = flags[`${prefix}cert-file`];
  const keyFile = flags[`${prefix}key-file`];
  const clientCertAuth = flags[`${prefix}client-cert-auth`];
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new LabError('KeyFile and CertFile must both be present', {
      where: `--${prefix}cert-file, --${prefix}key-file`,
    });
  }
  return { certFile, keyFile, trustedCaFile: flags[`${prefix}trusted-ca-file`], clientCertAuth };
}

function autoCompaction(mode: string, retention: string): AutoCompaction | undefined {
  if (mode !== 'periodic' && mode !== 'revision') {
    throw new LabError(`unknown auto-compaction-mode ${JSON.stringify(mode)}`);
  }
  const number = /^\d+$/.test(retention) ? Number(retention) : undefined;
  if (number === 0) return undefined;
  if (mode === 'revision') {
    if (number === undefined) throw new LabError(`error parsing auto-compaction-retention: ${retention}`);
    return { mode, retention: number };
  }
  // A bare number counts hours.
  const retentionMs = number === undefined ? parseDuration(retention) : number * 3_600_000;
  if (retentionMs === undefined) throw new LabError(`error parsing auto-compaction-retention: ${retention}`);
  return { mode, retentionMs };
}

function logLevel(text: string): LogLevel {
  if (text === 'warn') return 'warning';
  if (text === 'debug' || text === 'info' || text === 'error') return text;
  throw new UsageError(`etcd: unrecognized level: ${JSON.stringify(text)}`);
}

function logOutput(outputs: readonly string[]): 'stdout' | 'stderr' {
  const [output = 'default', ...more] = outputs;
  if (more.length === 0) {
    if (output === 'default' || output === 'stderr') return 'stderr';
    if (output === 'stdout') return 'stdout';
  }
  throw new UsageError(
    `etcd: --log-outputs=${outputs.join(',')}: only default, stderr or stdout is supported`,
  );
}
