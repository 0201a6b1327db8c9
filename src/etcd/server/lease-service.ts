import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import { keyBytes } from '../mvcc/records.ts';
import type { InitOf } from '../proto/codec.ts';
import { etcdError } from '../proto/errors.ts';
import { methods } from '../proto/methods.ts';
import {
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
} from '../proto/services.ts';
import type { HttpAnswer, HttpQuestion } from './listener.ts';
import type { RpcTable } from './rpc.ts';
import type { EtcdServer } from './server.ts';

/**
 * The Lease service. Grants and revocations go through the log; renewals and remaining times are the leader's alone, so
 * another member asks it over the members' network. Models server/etcdserver/api/v3rpc/lease.go and server/lease/leasehttp.
 */
const leasePaths = { renew: '/leases', timeToLive: '/leases/internal' } as const;

/** Sends a request to the leader's peer address; throws when it cannot be reached. */
export type AskLeader = (path: string, body: Buffer) => Promise<{ status: number; body: Buffer }>;

const retryMs = 50;

export function addLeaseService(rpc: RpcTable, server: EtcdServer, askLeader: AskLeader): void {
  const { lessor } = server.state;

  rpc.add(methods.leaseGrant, async (request) => {
    let { id } = request;
    // 63 bits: ids are signed on the wire.
    while (id === 0n) id = server.ids.next() & 0x7fff_ffff_ffff_ffffn;
    const { leaseGrant } = await server.propose({ leaseGrant: { ttl: request.ttl, id } });
    return { ...leaseGrant, header: server.header() };
  });

  rpc.add(methods.leaseRevoke, async (request) => {
    await server.propose({ leaseRevoke: request });
    return { header: server.header() };
  });

  rpc.add(methods.leaseLeases, () => ({
    header: server.header(),
    leases: lessor.list().map(({ id }) => ({ id })),
  }));

  rpc.add(methods.leaseTimeToLive, async (request) => {
    const answer = await withLeader(
      server,
      (): TimeToLive => timeToLive(server, request.id, request.keys),
      async () =>
        LeaseTimeToLiveResponse.decode(
          await forward(askLeader, leasePaths.timeToLive, LeaseTimeToLiveRequest.encode(request)),
        ),
    ).catch((error: unknown) => {
      // A lease that is not there is an answer, not an error.
      if (error instanceof GrpcError && error.code === GrpcCode.NotFound) return { id: request.id, ttl: -1 };
      throw error;
    });
    return { ...answer, header: server.header() };
  });

  rpc.addStream(methods.leaseKeepAlive.path, (stream) => ({
    onMessage(message) {
      const { id } = LeaseKeepAliveRequest.decode(message);
      withLeader(
        server,
        () => lessor.renew(id, server.clock.monotonic()),
        async () =>
          LeaseKeepAliveResponse.decode(
            await forward(askLeader, leasePaths.renew, LeaseKeepAliveRequest.encode({ id })),
          ).ttl,
      )
        .catch((error: unknown) => {
          if (error instanceof GrpcError && error.code === GrpcCode.NotFound) return 0;
          throw error;
        })
        .then(
          (ttl) => stream.send(LeaseKeepAliveResponse.encode({ header: server.header(), id, ttl })),
          (error: unknown) => stream.end(error instanceof GrpcError ? error : etcdError('Timeout')),
        );
    },
    onHalfClose: () => stream.end(),
    onClose: () => undefined,
  }));
}

/** Does it here when this member is the leader, else there; keeps trying while the office is vacant. */
async function withLeader<T>(server: EtcdServer, here: () => T, there: () => Promise<T>): Promise<T> {
  const deadline = server.clock.monotonic() + 5000;
  for (;;) {
    if (server.state.lessor.isPrimary) return here();
    if (server.lead !== 0n) {
      try {
        return await there();
      } catch (error) {
        if (error instanceof GrpcError && error.code === GrpcCode.NotFound) throw error;
      }
    }
    if (server.clock.monotonic() >= deadline) throw etcdError('Timeout');
    await new Promise<void>((resolve) => server.clock.after(retryMs, resolve));
  }
}

async function forward(askLeader: AskLeader, path: string, body: Buffer): Promise<Buffer> {
  const answer = await askLeader(path, body);
  if (answer.status === 200) return answer.body;
  throw answer.status === 404 ? etcdError('LeaseNotFound') : etcdError('NoLeader');
}

type TimeToLive = InitOf<typeof LeaseTimeToLiveResponse>;

function timeToLive(server: EtcdServer, id: bigint, keys: boolean): TimeToLive {
  const state = server.state.lessor.timeToLive(id, server.clock.monotonic());
  return {
    id,
    ttl: state.ttl,
    grantedTtl: state.grantedTtl,
    keys: keys ? state.keys.map(keyBytes) : [],
  };
}

/** The other end of `askLeader`; undefined for paths that are not about leases. */
export function answerLeaseQuestion(server: EtcdServer, question: HttpQuestion): HttpAnswer | undefined {
  const { path } = question;
  if (path !== leasePaths.renew && path !== leasePaths.timeToLive) return undefined;
  if (!server.state.lessor.isPrimary) return { status: 503, body: 'not primary lessor' };
  const contentType = 'application/protobuf';
  try {
    if (path === leasePaths.renew) {
      const { id } = LeaseKeepAliveRequest.decode(question.body);
      const ttl = server.state.lessor.renew(id, server.clock.monotonic());
      return { status: 200, contentType, body: LeaseKeepAliveResponse.encode({ id, ttl }) };
    }
    const { id, keys } = LeaseTimeToLiveRequest.decode(question.body);
    return { status: 200, contentType, body: LeaseTimeToLiveResponse.encode(timeToLive(server, id, keys)) };
  } catch (error) {
    if (error instanceof GrpcError) return { status: 404, body: error.message };
    throw error;
  }
}
