import { systemClock } from '../../lib/clock.ts';
import { errorMessage, LabError } from '../../lib/errors.ts';
import { GrpcServer } from '../../lib/grpc/server.ts';
import type { SessionTls } from '../../lib/grpc/session.ts';
import { checkKeyPair, openErrorText, readCertificate } from '../../lib/key-pair.ts';
import type { Logger } from '../../lib/log.ts';
import { etcdVersion } from '../proto/version.ts';
import { bootstrap } from './bootstrap.ts';
import { idText } from './cluster.ts';
import { addClusterService } from './cluster-service.ts';
import { startCompactor } from './compactor.ts';
import type { ServerConfig, TlsFiles } from './config.ts';
import { httpAnswers } from './http-answers.ts';
import { addKvService } from './kv-service.ts';
import { addLeaseService } from './lease-service.ts';
import { type Listening, type ListenTls, listen } from './listener.ts';
import { addMaintenanceService } from './maintenance-service.ts';
import { Metrics } from './metrics.ts';
import { peerStreamHandler } from './peer-handler.ts';
import { askPeer, fetchExistingCluster, peerHttpAnswers } from './peer-http.ts';
import { RpcTable } from './rpc.ts';
import { EtcdServer } from './server.ts';
import { watchHandler, watchPath } from './watch-service.ts';

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
  const clientTls = readTls(config.clientTls, options.readFile);
  const peerListenTls = readTls(config.peerTls, options.readFile);
  const peerTls: SessionTls | undefined =
    peerListenTls === undefined
      ? undefined
      : { cert: peerListenTls.cert, key: peerListenTls.key, ca: peerListenTls.ca };
  requireTls(config.listenClientUrls, clientTls, '--cert-file and --key-file');
  requireTls(config.listenPeerUrls, peerListenTls, '--peer-cert-file and --peer-key-file');
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

  const metrics = new Metrics();
  const boot = await bootstrap(config, logger, () => fetchExistingCluster(config, peerTls), {
    onSync: (durationMs) => metrics.walSynced(durationMs),
    monotonic: () => systemClock.monotonic(),
  });
  let fail: (failure: Failure) => void = () => undefined;
  const failed = new Promise<Failure>((resolve) => {
    fail = resolve;
  });
  const server = new EtcdServer({
    config,
    boot,
    logger,
    peerTls,
    onFatal: (error) => fail({ error, isRemoval: false }),
    onRemoved: () => fail({ error: undefined, isRemoval: true }),
  });
  metrics.server = server;

  const rpc = new RpcTable();
  addKvService(rpc, server);
  addLeaseService(rpc, server, (path, body) => {
    const leader = server.cluster.get(server.lead);
    if (leader === undefined) throw new LabError('no leader');
    return askPeer(leader.peerUrls, peerTls, path, body);
  });
  addClusterService(rpc, server);
  addMaintenanceService(rpc, server);
  rpc.addStream(watchPath, watchHandler(server));
  const grpc = new GrpcServer(rpc, config.maxRequestBytes + 512 * 1024);

  const listening: Listening[] = [];
  const rejected = (remoteAddress: string, error: string) =>
    logger.warning('rejected connection', { 'remote-addr': remoteAddress, error });
  try {
    const onPeerStream = peerStreamHandler({
      cluster: server.cluster,
      logger,
      onMessage: (message) => server.receive(message),
      onStranger: (id, peerUrls) => server.meet(id, peerUrls),
    });
    for (const url of config.listenPeerUrls) {
      const http = peerHttpAnswers(server);
      listening.push(
        await listen(url, url.protocol === 'https:' ? peerListenTls : undefined, {
          stream: onPeerStream,
          http,
          onRejected: rejected,
        }),
      );
      logger.info('serving peer traffic', { address: url.host });
    }
    const http = httpAnswers(server, metrics);
    for (const url of config.listenClientUrls) {
      const secure = url.protocol === 'https:';
      listening.push(
        await listen(url, secure ? clientTls : undefined, {
          stream(stream, headers) {
            if (!String(headers['content-type']).startsWith('application/grpc')) return false;
            grpc.handle(stream, headers);
            return true;
          },
          http,
          onRejected: rejected,
        }),
      );
    }
    for (const url of config.listenMetricsUrls) {
      listening.push(
        await listen(url, url.protocol === 'https:' ? clientTls : undefined, { stream: () => false, http }),
      );
    }
  } catch (error) {
    for (const each of listening) await each.close();
    await boot.wal.close();
    boot.unlock();
    throw error;
  }

  logger.info('starting etcd server', {
    'local-member-id': idText(boot.memberId),
    'local-server-version': etcdVersion,
    'cluster-id': idText(boot.clusterId),
  });
  server.start();
  const stopCompactor = startCompactor(server, logger);
  void publish(server, logger, failed).then((published) => {
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
      stopping.add(server);
      for (const each of listening) await each.close();
      await server.stop();
    },
  };
}

const stopping = new WeakSet<EtcdServer>();

/** Tells the cluster this member's name and client addresses; that it works is also the proof of a quorum. */
async function publish(server: EtcdServer, logger: Logger, failed: Promise<unknown>): Promise<boolean> {
  let over = false;
  void failed.then(() => {
    over = true;
  });
  const attributes = { name: server.config.name, clientUrls: server.config.advertiseClientUrls };
  while (!over && !stopping.has(server)) {
    try {
      await server.propose({ clusterMemberAttrSet: { memberId: server.memberId, attributes } });
      logger.info('published local member to cluster through raft', {
        'local-member-id': idText(server.memberId),
        'local-member-attributes': `{Name:${attributes.name} ClientURLs:[${attributes.clientUrls.join(' ')}]}`,
        'cluster-id': idText(server.cluster.clusterId),
      });
      return true;
    } catch (error) {
      if (over || stopping.has(server)) break;
      logger.warning('failed to publish local member to cluster through raft', {
        'local-member-id': idText(server.memberId),
        error: errorMessage(error),
      });
    }
  }
  return false;
}

function readTls(files: TlsFiles | undefined, readFile: (path: string) => Buffer): ListenTls | undefined {
  if (files === undefined) return undefined;
  const read = (path: string) => {
    try {
      return readFile(path);
    } catch (error) {
      throw new LabError(openErrorText(path, error), {
        remedy: 'copy the file there, or correct the path in the unit file',
        cause: error,
      });
    }
  };
  const { certFile, keyFile, trustedCaFile } = files;
  const cert = read(certFile);
  const key = read(keyFile);
  checkKeyPair({ cert, certFrom: certFile, key, keyFrom: keyFile });
  const ca = trustedCaFile === undefined ? undefined : read(trustedCaFile);
  if (ca !== undefined)
    readCertificate(ca, 'the file of trusted CAs holds no certificate', trustedCaFile as string);
  return { cert, key, ca, requireClientCert: files.clientCertAuth };
}

function requireTls(urls: readonly URL[], tls: ListenTls | undefined, flags: string): void {
  const secure = urls.find((url) => url.protocol === 'https:');
  if (secure === undefined || tls !== undefined) return;
  throw new LabError(`cannot listen on TLS for ${secure.host}: KeyFile and CertFile are not presented`, {
    remedy: `give ${flags}`,
  });
}

const hostUrl = (url: URL) => `${url.protocol}//${url.host}`;
