import { hashByRevision } from '../mvcc/hash.ts';
import { etcdError } from '../proto/errors.ts';
import { methods } from '../proto/methods.ts';
import { AlarmAction, AlarmType, ServingStatus } from '../proto/services.ts';
import { etcdVersion } from '../proto/version.ts';
import type { RpcTable } from './rpc.ts';
import type { EtcdServer } from './server.ts';

/** The Maintenance service, and the health service of gRPC. Models server/etcdserver/api/v3rpc/maintenance.go. */
export function addMaintenanceService(rpc: RpcTable, server: EtcdServer): void {
  const { state, node } = server;

  rpc.add(methods.status, () => {
    const errors = state
      .alarms()
      .map(
        (alarm) =>
          `memberID:${alarm.memberId} alarm:${alarm.alarm === AlarmType.NOSPACE ? 'NOSPACE' : 'CORRUPT'} `,
      );
    if (server.lead === 0n) errors.unshift('etcdserver: no leader');
    return {
      header: server.header(),
      version: etcdVersion,
      dbSize: state.store.sizeBytes,
      dbSizeInUse: state.store.sizeBytes,
      leader: server.lead,
      raftIndex: node.commit,
      raftTerm: node.term,
      raftAppliedIndex: server.applied,
      errors,
      isLearner: server.cluster.get(server.memberId)?.isLearner ?? false,
    };
  });

  rpc.add(methods.alarm, async (request) => {
    if (request.action === AlarmAction.GET) {
      return { header: server.header(), alarms: state.alarms(request.alarm) };
    }
    const { alarm } = await server.propose({ alarm: request });
    return { ...alarm, header: server.header() };
  });

  // The store is in memory and compaction frees what it removes at once: there is nothing left to give back.
  rpc.add(methods.defragment, () => ({ header: server.header() }));

  rpc.add(methods.hash, () => ({
    header: server.header(),
    hash: hashByRevision(state.store, 0).hash,
  }));

  rpc.add(methods.hashKv, (request) => ({
    header: server.header(),
    ...hashByRevision(state.store, request.revision),
  }));

  rpc.add(methods.moveLeader, async (request) => {
    if (!server.isLeader) throw etcdError('NotLeader');
    const target = server.cluster.get(request.targetId);
    if (target === undefined || target.isLearner) throw etcdError('BadLeaderTransferee');
    server.transferLeadership(request.targetId);
    const deadline = server.clock.monotonic() + 2 * server.config.electionMs;
    while (server.lead !== request.targetId) {
      if (server.clock.monotonic() > deadline) throw etcdError('Timeout');
      await new Promise<void>((resolve) => server.clock.after(server.config.heartbeatMs, resolve));
    }
    return { header: server.header() };
  });

  rpc.add(methods.healthCheck, () => ({
    status: server.lead === 0n ? ServingStatus.NOT_SERVING : ServingStatus.SERVING,
  }));
}
