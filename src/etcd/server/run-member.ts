import { systemClock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { etcdVersion } from '../proto/version.ts';
import { bootstrap } from './bootstrap.ts';
import { idText } from './cluster.ts';
import { startCompactor } from './compactor.ts';
import { hostUrl, type ServerConfig } from './config.ts';
import { readMemberTls } from './member-tls.ts';
import { Metrics } from './metrics.ts';
import { fetchExistingCluster } from './peer-http.ts';
import { serveUrls } from './serve-urls.ts';
import { EtcdServer } from './server.ts';

export interface MemberOptions {
  readonly config: ServerConfig;
  readonly logger: Logger;
  readonly readFile: (path: string) => Buffer;
  /** The member has joined a working cluster and serves. */
  readonly onReady: () => void;
}

export interface Failure {
  readonly error: unknown;
  readonly isRemoval: boolean;
}

export interface RunningMember {
  readonly server: EtcdServer;
  /** Resolves when the member cannot go on, or must not, being no member any more. */
  readonly failed: Promise<Failure>;
  stop(): Promise<void>;
}

/** Puts a member together and starts it. Throws LabError for wrong files, flags or a port that is taken. */
export async function runMember(options: MemberOptions): Promise<RunningMember> {
  const { config, logger } = options;
  const tls = readMemberTls(config, options.readFile);
  logConfig(config, logger);
  const metrics = new Metrics();
  const boot = await bootstrap(config, logger, () => fetchExistingCluster(config, tls.toPeers), {
    onSync: (durationMs) => metrics.walSynced(durationMs),
    monotonic: () => systemClock.monotonic(),
  });
  const over = new AbortController();
  let fail: (failure: Failure) => void = () => undefined;
  const failed = new Promise<Failure>((resolve) => {
    fail = resolve;
  });
  void failed.then(() => over.abort());
  const server = new EtcdServer({
    config,
    boot,
    logger,
    peerTls: tls.toPeers,
    onFatal: (error) => fail({ error, isRemoval: false }),
    onRemoved: () => fail({ error: undefined, isRemoval: true }),
  });
  metrics.server = server;
  const listening = await serveUrls(server, metrics, tls, logger).catch(async (error: unknown) => {
    await boot.wal.close();
    boot.unlock();
    throw error;
  });

  logger.info('starting etcd server', {
    'local-member-id': idText(boot.memberId),
    'local-server-version': etcdVersion,
    'cluster-id': idText(boot.clusterId),
  });
  server.start();
  const stopCompactor = startCompactor(server, logger);
  void publish(server, logger, over.signal).then((published) => {
    if (!published) return;
    logger.info('ready to serve client requests');
    for (const url of config.listenClientUrls) {
      logger.info(
        url.protocol === 'https:'
          ? 'serving client traffic securely'
          : 'serving client traffic insecurely; this is strongly discouraged!',
        { address: url.host },
      );
    }
    options.onReady();
  });
  return {
    server,
    failed,
    async stop() {
      stopCompactor();
      over.abort();
      await listening.close();
      await server.stop();
    },
  };
}

function logConfig(config: ServerConfig, logger: Logger): void {
  logger.info('starting an etcd server', {
    'etcd-version': etcdVersion,
    'git-sha': 'k8s-lab',
    'go-version': `node ${process.version}`,
    name: config.name,
    'data-dir': config.dataDir,
    'heartbeat-interval': `${config.heartbeatMs}ms`,
    'election-timeout': `${config.electionMs}ms`,
    'snapshot-count': config.snapshotCount,
    'initial-advertise-peer-urls': config.initialAdvertisePeerUrls,
    'listen-peer-urls': config.listenPeerUrls.map(hostUrl),
    'advertise-client-urls': config.advertiseClientUrls,
    'listen-client-urls': config.listenClientUrls.map(hostUrl),
    'initial-cluster': [...config.initialCluster]
      .flatMap(([name, urls]) => urls.map((url) => `${name}=${url}`))
      .join(','),
    'initial-cluster-state': config.initialClusterState,
    'initial-cluster-token': config.initialClusterToken,
  });
}

/** Tells the cluster this member's name and client addresses; that it works is also the proof of a quorum. */
async function publish(server: EtcdServer, logger: Logger, over: AbortSignal): Promise<boolean> {
  const attributes = { name: server.config.name, clientUrls: server.config.advertiseClientUrls };
  while (!over.aborted) {
    try {
      await server.propose({ clusterMemberAttrSet: { memberId: server.memberId, attributes } });
      logger.info('published local member to cluster through raft', {
        'local-member-id': idText(server.memberId),
        'local-member-attributes': `{Name:${attributes.name} ClientURLs:[${attributes.clientUrls.join(' ')}]}`,
        'cluster-id': idText(server.cluster.clusterId),
      });
      return true;
    } catch (error) {
      if (over.aborted) break;
      logger.warning('failed to publish local member to cluster through raft', {
        'local-member-id': idText(server.memberId),
        error: errorMessage(error),
      });
    }
  }
  return false;
}
