import { etcdError } from '../proto/errors.ts';
import { methods } from '../proto/methods.ts';
import type { Member } from '../proto/services.ts';
import { computeMemberId, encodeMemberContext } from './cluster.ts';
import type { RpcTable } from './rpc.ts';
import type { EtcdServer } from './server.ts';

/** The Cluster service: changes of the membership go through the log one at a time. Models server/etcdserver/api/v3rpc/member.go. */
export function addClusterService(rpc: RpcTable, server: EtcdServer): void {
  const { cluster } = server;
  // The membership has no part in the revisions of the keys: its headers tell none.
  const members = () => ({ header: server.header(0), members: cluster.members() });

  rpc.add(methods.memberList, async (request) => {
    if (request.linearizable) await server.readIndex();
    return members();
  });

  rpc.add(methods.memberAdd, async (request) => {
    if (request.peerUrls.length === 0 || !request.peerUrls.every(isUrl)) throw etcdError('MemberBadURLs');
    const member: Member = {
      id: computeMemberId(request.peerUrls, '', Math.floor(server.clock.now() / 1000)),
      name: '',
      peerUrls: request.peerUrls,
      clientUrls: [],
      isLearner: request.isLearner,
    };
    if (request.isLearner && cluster.members().some((other) => other.isLearner))
      throw etcdError('TooManyLearners');
    if (server.config.strictReconfigCheck && !request.isLearner) refuseUnsafeAddition(server);
    await server.proposeConfChange({
      type: request.isLearner ? 'ConfChangeAddLearnerNode' : 'ConfChangeAddNode',
      nodeId: member.id,
      context: encodeMemberContext(member),
    });
    return { ...members(), member };
  });

  rpc.add(methods.memberRemove, async (request) => {
    const member = cluster.get(request.id);
    if (member === undefined) throw etcdError('MemberNotFound');
    if (server.config.strictReconfigCheck) refuseUnsafeRemoval(server, member);
    await server.proposeConfChange({
      type: 'ConfChangeRemoveNode',
      nodeId: request.id,
      context: new Uint8Array(0),
    });
    return members();
  });

  rpc.add(methods.memberUpdate, async (request) => {
    const member = cluster.get(request.id);
    if (member === undefined) throw etcdError('MemberNotFound');
    if (request.peerUrls.length === 0 || !request.peerUrls.every(isUrl)) throw etcdError('MemberBadURLs');
    await server.proposeConfChange({
      type: 'ConfChangeUpdateNode',
      nodeId: request.id,
      context: encodeMemberContext({ ...member, peerUrls: request.peerUrls }),
    });
    return members();
  });

  rpc.add(methods.memberPromote, async (request) => {
    const member = cluster.get(request.id);
    if (member === undefined) throw etcdError('MemberNotFound');
    if (!member.isLearner) throw etcdError('MemberNotLearner');
    const { progress } = server.node.status();
    const learner = progress.get(request.id);
    const leader = progress.get(server.memberId);
    // Upstream's measure of "in sync": nine tenths of the leader's log. Only the leader can tell.
    if (learner === undefined || leader === undefined) throw etcdError('NotLeader');
    if (learner.match < leader.match * 0.9) throw etcdError('LearnerNotReady');
    await server.proposeConfChange({
      type: 'ConfChangeAddNode',
      nodeId: request.id,
      context: encodeMemberContext({ ...member, isLearner: false }),
    });
    return members();
  });
}

const majority = (members: number) => Math.floor(members / 2) + 1;
/** A member that never started has no name; it cannot count for a quorum. */
const isStarted = (member: Member) => member.name !== '';
const votersOf = (server: EtcdServer) => server.cluster.members().filter((member) => !member.isLearner);

/** The newcomer is down until it is started, so the others must be a majority without it. Throws. */
function refuseUnsafeAddition(server: EtcdServer): void {
  const voters = votersOf(server);
  const started = voters.filter(isStarted).length;
  // One of two is no majority, but there is no other way from one member to two.
  const isSecond = voters.length === 1 && started === 1;
  if (!isSecond && started < majority(voters.length + 1)) throw etcdError('MemberNotEnoughStarted');
  if (!voters.every(({ id }) => server.isConnected(id))) throw etcdError('Unhealthy');
}

/** Those who stay must be a majority of themselves. Throws. */
function refuseUnsafeRemoval(server: EtcdServer, leaving: Member): void {
  if (leaving.isLearner) return;
  const staying = votersOf(server).filter(({ id }) => id !== leaving.id);
  if (staying.filter(isStarted).length < majority(staying.length)) throw etcdError('MemberNotEnoughStarted');
  // One that is down has no part in the quorum that there is.
  if (!server.isConnected(leaving.id)) return;
  const connected = staying.filter(({ id }) => server.isConnected(id)).length;
  if (connected < majority(staying.length)) throw etcdError('Unhealthy');
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^/]+:\d+$/.test(text);
}
