import { errorMessage, LabError } from '../../lib/errors.ts';
import { openSession, type SessionTls } from '../../lib/grpc/session.ts';
import type { Member } from '../proto/services.ts';
import { clusterVersion, etcdVersion } from '../proto/version.ts';
import { idText } from './cluster.ts';
import type { ServerConfig } from './config.ts';
import { answerLeaseQuestion } from './lease-service.ts';
import type { HttpAnswer, HttpQuestion } from './listener.ts';
import type { EtcdServer } from './server.ts';

/** Questions between members that are not Raft's: who is in the cluster, and leases. Models etcdhttp/peer.go. */

interface MemberJson {
  readonly id: string;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner?: boolean;
}

const clusterIdHeader = 'x-etcd-cluster-id';

export function peerHttpAnswers(server: EtcdServer) {
  return (question: HttpQuestion): HttpAnswer => {
    const lease = answerLeaseQuestion(server, question);
    if (lease !== undefined) return lease;
    switch (question.path) {
      case '/members': {
        const members = server.cluster.members().map(
          (member): MemberJson => ({
            id: idText(member.id),
            name: member.name,
            peerURLs: member.peerUrls,
            clientURLs: member.clientUrls,
            ...(member.isLearner ? { isLearner: true } : {}),
          }),
        );
        return {
          status: 200,
          contentType: 'application/json',
          headers: { [clusterIdHeader]: idText(server.cluster.clusterId) },
          body: JSON.stringify(members),
        };
      }
      case '/version':
        return {
          status: 200,
          contentType: 'application/json',
          body: JSON.stringify({ etcdserver: etcdVersion, etcdcluster: clusterVersion }),
        };
      default:
        return { status: 404, body: '404 page not found\n' };
    }
  };
}

const timeoutMs = 2000;

/** One HTTP/2 request to the first of the addresses that answers. Throws what the last one failed with. */
export async function askPeer(
  urls: readonly string[],
  tls: SessionTls | undefined,
  path: string,
  body?: Buffer,
): Promise<{ status: number; body: Buffer; headers: Readonly<Record<string, unknown>> }> {
  let failure: unknown = new LabError('the member has no peer address');
  for (const url of urls) {
    try {
      const session = await openSession(new URL(url), tls ?? {}, timeoutMs, () => undefined);
      try {
        return await new Promise((resolve, reject) => {
          const stream = session.request({ ':method': body === undefined ? 'GET' : 'POST', ':path': path });
          const chunks: Buffer[] = [];
          let headers: Readonly<Record<string, unknown>> = {};
          stream.on('response', (received) => {
            headers = received;
          });
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('error', reject);
          stream.on('end', () =>
            resolve({ status: Number(headers[':status']), body: Buffer.concat(chunks), headers }),
          );
          stream.setTimeout(timeoutMs, () => stream.destroy(new Error('timeout')));
          stream.end(body);
        });
      } finally {
        session.destroy();
      }
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** For a member that joins: the cluster as its members see it. */
export async function fetchExistingCluster(
  config: ServerConfig,
  tls: SessionTls | undefined,
): Promise<{ clusterId: bigint; members: Member[] }> {
  const others = [...config.initialCluster]
    .filter(([name]) => name !== config.name)
    .flatMap(([, urls]) => urls);
  try {
    const answer = await askPeer(others, tls, '/members');
    const members = JSON.parse(answer.body.toString('utf8')) as MemberJson[];
    return {
      clusterId: BigInt(`0x${String(answer.headers[clusterIdHeader])}`),
      members: members.map((member) => ({
        id: BigInt(`0x${member.id}`),
        name: member.name,
        peerUrls: [...member.peerURLs],
        clientUrls: [...member.clientURLs],
        isLearner: member.isLearner ?? false,
      })),
    };
  } catch (error) {
    throw new LabError(
      'cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs',
      {
        where: `${others.join(',')}: ${errorMessage(error)}`,
        remedy: 'are the other members running, and is --initial-cluster right?',
        cause: error,
      },
    );
  }
}
