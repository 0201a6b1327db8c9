import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../course/session.ts';
import { EtcdClient } from '../../etcd/client/index.ts';
import { loadClientConfig, RestClient } from '../../kube/client/index.ts';
import { errorMessage } from '../../lib/errors.ts';
import { connectLab, type LabClient } from '../../machines/client.ts';
import { labdAnswers } from '../../machines/ensure-labd.ts';
import { jumpboxIdentity } from '../../machines/identity.ts';
import { machinesWithRole } from '../../machines/topology.ts';
import { installUsernet } from '../../usernet/index.ts';
import type { ClusterFacts, EtcdFacts, NodeFacts, PodFacts } from './facts.ts';
import type { TuiLab } from './port.ts';

interface KubeItem {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[];
  };
}

/** The real lab behind the screens. */
export function liveLab(session: Session): TuiLab {
  const { workspace, course } = session;
  const running = async (): Promise<LabClient | undefined> =>
    (await labdAnswers(workspace)) ? connectLab(workspace, { start: false }) : undefined;
  const file = (name: string) => readFileSync(join(workspace.dir, name));
  return {
    course,
    machines: async () => (await running())?.machines(),
    async cluster(): Promise<ClusterFacts> {
      const machines = await (await running())?.machines();
      if (machines === undefined)
        return { machines, etcd: undefined, nodes: undefined, pods: undefined, apiError: undefined };
      installUsernet(jumpboxIdentity(workspace));
      const [etcd, objects] = await Promise.all([etcdFacts(session, file), kubeFacts(workspace.dir)]);
      return { machines, etcd, ...objects };
    },
    async *journal(machine, unit, signal) {
      const client = await running();
      if (client !== undefined)
        yield* client.journal(machine, { ...(unit && { unit }), lines: 200, follow: true, signal });
    },
    power: async (machine, action) => (await session.client()).power(machine, action),
    up: async () => (await session.client()).up(),
    async *changes(signal) {
      const client = await running();
      if (client !== undefined) yield* client.events(signal);
    },
  };
}

async function etcdFacts(
  { workspace }: Session,
  file: (name: string) => Buffer,
): Promise<readonly EtcdFacts[] | undefined> {
  let tls: { ca: Buffer; cert: Buffer; key: Buffer };
  try {
    tls = { ca: file('ca.pem'), cert: file('kubernetes.pem'), key: file('kubernetes-key.pem') };
  } catch {
    return undefined;
  }
  return Promise.all(
    machinesWithRole(workspace.topology, 'controller').map(async ({ name, address }): Promise<EtcdFacts> => {
      const endpoint = `https://${address}:2379`;
      const client = new EtcdClient({ endpoints: [endpoint], tls, dialTimeoutMs: 800, timeoutMs: 1500 });
      try {
        const status = await client.status();
        const id = status.header?.memberId;
        return {
          machine: name,
          endpoint,
          leader: id !== undefined && status.leader === id,
          term: String(status.raftTerm),
          index: String(status.raftIndex),
          version: status.version,
          error: undefined,
        };
      } catch (error) {
        return {
          machine: name,
          endpoint,
          leader: false,
          term: '',
          index: '',
          version: '',
          error: errorMessage(error),
        };
      } finally {
        client.close();
      }
    }),
  );
}

async function kubeFacts(folder: string): Promise<Pick<ClusterFacts, 'nodes' | 'pods' | 'apiError'>> {
  let rest: RestClient;
  try {
    rest = new RestClient({ ...loadClientConfig(join(folder, '.kube', 'config')), userAgent: 'k8s-lab' });
  } catch {
    return { nodes: undefined, pods: undefined, apiError: undefined };
  }
  try {
    const list = async (path: string) =>
      (await rest.request<{ items: KubeItem[] }>('GET', path, { timeoutMs: 2000 })).items;
    const [nodes, pods] = await Promise.all([list('/api/v1/nodes'), list('/api/v1/pods')]);
    return { nodes: nodes.map(nodeFacts), pods: pods.map(podFacts), apiError: undefined };
  } catch (error) {
    return { nodes: undefined, pods: undefined, apiError: errorMessage(error) };
  } finally {
    rest.close();
  }
}

const nodeFacts = ({ metadata, status }: KubeItem): NodeFacts => ({
  name: metadata.name ?? '',
  ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True',
  version: status?.nodeInfo?.kubeletVersion ?? '',
  address: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
});

const podFacts = ({ metadata, spec, status }: KubeItem): PodFacts => {
  const containers = status?.containerStatuses ?? [];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    ready: `${containers.filter(({ ready }) => ready).length}/${containers.length}`,
    status: status?.phase ?? '',
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    address: status?.podIP ?? '',
    node: spec?.nodeName ?? '',
  };
};
