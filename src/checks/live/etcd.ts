import { EtcdClient } from '../../etcd/client/index.ts';
import { errorMessage, LabError } from '../../lib/errors.ts';
import type { EtcdAccess, EtcdEndpointFacts, TlsMaterial } from '../types.ts';

const timeoutMs = 3000;
const hex = (id: bigint) => id.toString(16);

/** A client for as long as the question takes: checks must not hold connections that keep a broken TLS set-up alive. */
async function withClient<T>(
  endpoints: readonly string[],
  tls: TlsMaterial,
  ask: (client: EtcdClient) => Promise<T>,
): Promise<T> {
  const client = new EtcdClient({ endpoints, tls, dialTimeoutMs: 2000, requireLeader: false });
  try {
    return await ask(client);
  } finally {
    client.close();
  }
}

async function describe(endpoint: string, tls: TlsMaterial): Promise<EtcdEndpointFacts> {
  try {
    return await withClient([endpoint], tls, async (client) => {
      const status = await client.status({ timeoutMs });
      const unhealthy = await client.health({ timeoutMs }).then(() => undefined, errorMessage);
      return {
        endpoint,
        memberId: hex(status.header?.memberId ?? 0n),
        leaderId: hex(status.leader),
        term: String(status.raftTerm),
        raftIndex: String(status.raftIndex),
        version: status.version,
        ...(unhealthy === undefined ? {} : { unhealthy }),
      };
    });
  } catch (error) {
    return { endpoint, error: errorMessage(error) };
  }
}

/** Tries one endpoint after the other; the error of the last counts when none answers. */
async function firstAnswer<T>(
  endpoints: readonly string[],
  tls: TlsMaterial,
  ask: (client: EtcdClient) => Promise<T>,
): Promise<T> {
  let last: unknown = new LabError('there is no endpoint to ask');
  for (const endpoint of endpoints) {
    try {
      return await withClient([endpoint], tls, ask);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

export const etcdAccess: EtcdAccess = {
  endpoints: (endpoints, tls) => Promise.all(endpoints.map((endpoint) => describe(endpoint, tls))),
  async members(endpoints, tls) {
    const { members } = await firstAnswer(endpoints, tls, (client) => client.memberList(true, { timeoutMs }));
    return members.map(({ id, name, peerUrls, clientUrls }) => ({ id: hex(id), name, peerUrls, clientUrls }));
  },
  async get(endpoints, tls, key) {
    const { kvs } = await firstAnswer(endpoints, tls, (client) => client.get(key, { timeoutMs }));
    return kvs[0]?.value;
  },
};
