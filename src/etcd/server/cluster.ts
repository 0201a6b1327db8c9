import { createHash } from 'node:crypto';
import { LabError } from '../../lib/errors.ts';
import { etcdError } from '../proto/errors.ts';
import type { Member } from '../proto/services.ts';
import type { ConfChange } from '../raft/index.ts';

/** Who is in the cluster: the members' ids, names and addresses. Models server/etcdserver/api/membership. */

const firstEightBytes = (data: Buffer) => createHash('sha1').update(data).digest().readBigUInt64BE(0);

/** The id of a member: from its peer addresses and the cluster's token, so that all members compute the same. */
export function computeMemberId(peerUrls: readonly string[], token: string, nowSeconds?: number): bigint {
  const text = `${peerUrls.toSorted().join('')}${token}${nowSeconds === undefined ? '' : nowSeconds}`;
  return firstEightBytes(Buffer.from(text));
}

export function computeClusterId(memberIds: readonly bigint[]): bigint {
  const sorted = memberIds.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const data = Buffer.alloc(8 * sorted.length);
  for (const [at, id] of sorted.entries()) data.writeBigUInt64BE(id, 8 * at);
  return firstEightBytes(data);
}

/** Ids are written in lower-case hexadecimal without leading zeros. */
export const idText = (id: bigint) => id.toString(16);

/** `name=url,name=url` of --initial-cluster: a name may stand several times. */
export function parseInitialCluster(text: string): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at < 1) {
      throw new LabError(`error setting up initial cluster: --initial-cluster has ${JSON.stringify(pair)}`, {
        remedy: 'write it as name=https://address:2380, separated by commas',
      });
    }
    const name = pair.slice(0, at).trim();
    members.set(name, [...(members.get(name) ?? []), pair.slice(at + 1).trim()]);
  }
  return members;
}

export function membersFromInitialCluster(
  initial: ReadonlyMap<string, readonly string[]>,
  token: string,
): Member[] {
  const members = [...initial].map(([name, urls]) => ({
    id: computeMemberId(urls, token),
    name,
    peerUrls: urls.toSorted(),
    clientUrls: [],
    isLearner: false,
  }));
  const ids = new Set(members.map((member) => member.id));
  if (ids.size !== members.length) {
    throw new LabError('error setting up initial cluster: two members have the same peer URLs', {
      where: '--initial-cluster',
      remedy: 'give each member its own address',
    });
  }
  return members;
}

/** What a conf change carries: the member as JSON, the way upstream writes it. */
interface ConfChangeContext {
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly isLearner: boolean;
}

export const encodeMemberContext = (member: Member): Buffer =>
  Buffer.from(
    JSON.stringify({
      name: member.name,
      peerURLs: member.peerUrls,
      isLearner: member.isLearner,
    } satisfies ConfChangeContext),
  );

/** The members as the log says; changed only by applied entries. */
export class Cluster {
  readonly localId: bigint;
  readonly clusterId: bigint;
  readonly #members = new Map<bigint, Member>();
  readonly #removed = new Set<bigint>();

  constructor(localId: bigint, clusterId: bigint) {
    this.localId = localId;
    this.clusterId = clusterId;
  }

  /** In order of id, as upstream lists them. */
  members(): Member[] {
    return [...this.#members.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  removed(): bigint[] {
    return [...this.#removed];
  }

  get(id: bigint): Member | undefined {
    return this.#members.get(id);
  }

  isRemoved(id: bigint): boolean {
    return this.#removed.has(id);
  }

  setAttributes(id: bigint, name: string, clientUrls: readonly string[]): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, name, clientUrls: [...clientUrls] });
  }

  /** Whether the change makes sense now. Throws MemberExist, PeerURLExist, MemberNotFound, MemberNotLearner. */
  validate(change: ConfChange): void {
    const existing = this.#members.get(change.nodeId);
    if (this.#removed.has(change.nodeId)) throw etcdError('MemberNotFound');
    switch (change.type) {
      case 'ConfChangeAddNode':
      case 'ConfChangeAddLearnerNode': {
        const context = parseContext(change);
        if (existing !== undefined) {
          if (change.type === 'ConfChangeAddNode' && existing.isLearner) return;
          throw etcdError('MemberExist');
        }
        this.#refuseTakenUrls(context.peerURLs, change.nodeId);
        return;
      }
      case 'ConfChangeRemoveNode':
        if (existing === undefined) throw etcdError('MemberNotFound');
        return;
      case 'ConfChangeUpdateNode':
        if (existing === undefined) throw etcdError('MemberNotFound');
        this.#refuseTakenUrls(parseContext(change).peerURLs, change.nodeId);
    }
  }

  #refuseTakenUrls(urls: readonly string[], except: bigint): void {
    for (const member of this.#members.values()) {
      if (member.id !== except && member.peerUrls.some((url) => urls.includes(url)))
        throw etcdError('PeerURLExist');
    }
  }

  apply(change: ConfChange): void {
    const existing = this.#members.get(change.nodeId);
    switch (change.type) {
      case 'ConfChangeAddNode':
      case 'ConfChangeAddLearnerNode': {
        const isLearner = change.type === 'ConfChangeAddLearnerNode';
        if (existing !== undefined) {
          this.#members.set(change.nodeId, { ...existing, isLearner });
          return;
        }
        const { name, peerURLs } = parseContext(change);
        this.#members.set(change.nodeId, {
          id: change.nodeId,
          name,
          peerUrls: [...peerURLs],
          clientUrls: [],
          isLearner,
        });
        return;
      }
      case 'ConfChangeRemoveNode':
        this.#members.delete(change.nodeId);
        this.#removed.add(change.nodeId);
        return;
      case 'ConfChangeUpdateNode':
        if (existing !== undefined)
          this.#members.set(change.nodeId, { ...existing, peerUrls: [...parseContext(change).peerURLs] });
    }
  }

  restore(members: readonly Member[], removed: readonly bigint[]): void {
    this.#members.clear();
    for (const member of members) this.#members.set(member.id, member);
    this.#removed.clear();
    for (const id of removed) this.#removed.add(id);
  }
}

function parseContext(change: ConfChange): ConfChangeContext {
  if (change.context.length === 0) return { name: '', peerURLs: [], isLearner: false };
  return JSON.parse(Buffer.from(change.context).toString('utf8')) as ConfChangeContext;
}
