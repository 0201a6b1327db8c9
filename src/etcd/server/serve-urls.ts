import { LabError } from '../../lib/errors.ts';
import { GrpcServer } from '../../lib/grpc/server.ts';
import type { Logger } from '../../lib/log.ts';
import { addClusterService } from './cluster-service.ts';
import { grpcOverheadBytes } from './config.ts';
import { httpAnswers } from './http-answers.ts';
import { addKvService } from './kv-service.ts';
import { addLeaseService } from './lease-service.ts';
import { type ListenHandlers, type Listening, type ListenTls, listen } from './listener.ts';
import { addMaintenanceService } from './maintenance-service.ts';
import type { MemberTls } from './member-tls.ts';
import type { Metrics } from './metrics.ts';
import { peerStreamHandler } from './peer-handler.ts';
import { askPeer, peerHttpAnswers } from './peer-http.ts';
import { RpcTable } from './rpc.ts';
import type { EtcdServer } from './server.ts';
import { watchHandler, watchPath } from './watch-service.ts';

/** The v3 API: each call that a client can make of this member. */
function clientApi(server: EtcdServer, { toPeers }: MemberTls): GrpcServer {
  const rpc = new RpcTable();
  addKvService(rpc, server);
  addLeaseService(rpc, server, (path, body) => {
    const leader = server.cluster.get(server.lead);
    if (leader === undefined) throw new LabError('no leader');
    return askPeer(leader.peerUrls, toPeers, path, body);
  });
  addClusterService(rpc, server);
  addMaintenanceService(rpc, server);
  rpc.addStream(watchPath, watchHandler(server));
  return new GrpcServer(rpc, server.config.maxRequestBytes + grpcOverheadBytes);
}

/**
 * Listens on all URLs of a member: for its peers, for clients, and for who asks only /health and /metrics. Throws
 * LabError when one cannot be had; none is listened on then. Models server/embed/etcd.go.
 */
export async function serveUrls(
  server: EtcdServer,
  metrics: Metrics,
  tls: MemberTls,
  logger: Logger,
): Promise<Listening> {
  const { config } = server;
  const open: Listening[] = [];
  const close = async () => {
    for (const each of open) await each.close();
  };
  const serve = async (url: URL, secured: ListenTls | undefined, handlers: ListenHandlers) => {
    const onRejected = (remoteAddress: string, error: string) =>
      logger.warning('rejected connection', { 'remote-addr': remoteAddress, error });
    open.push(
      await listen(url, url.protocol === 'https:' ? secured : undefined, { ...handlers, onRejected }),
    );
  };

  const peers: ListenHandlers = {
    stream: peerStreamHandler({
      cluster: server.cluster,
      logger,
      onMessage: (message) => server.receive(message),
      onStranger: (id, peerUrls) => server.meet(id, peerUrls),
    }),
    http: peerHttpAnswers(server),
  };
  const grpc = clientApi(server, tls);
  const http = httpAnswers(server, metrics);
  const clients: ListenHandlers = {
    stream(stream, headers) {
      if (!String(headers['content-type']).startsWith('application/grpc')) return false;
      grpc.handle(stream, headers);
      return true;
    },
    http,
  };
  try {
    for (const url of config.listenPeerUrls) {
      await serve(url, tls.peer, peers);
      logger.info('serving peer traffic', { address: url.host });
    }
    for (const url of config.listenClientUrls) await serve(url, tls.client, clients);
    for (const url of config.listenMetricsUrls) await serve(url, tls.client, { stream: () => false, http });
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
