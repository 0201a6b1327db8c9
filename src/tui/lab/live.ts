import { createLiveContext } from '../../checks/live/index.ts';
import type { CheckContext, TlsMaterial } from '../../checks/types.ts';
import { openSession, type Session, type SessionOptions } from '../../course/session.ts';
import { errorMessage } from '../../lib/errors.ts';
import { labChanges } from '../../machines/changes.ts';
import { type MachineStatus, runningLab } from '../../machines/client.ts';
import { environment } from '../../machines/learner-shell.ts';
import { type ApiObject, nodeFacts, podFacts } from './api-objects.ts';
import type { EtcdFacts } from './facts.ts';
import type { TuiLab } from './port.ts';

export interface LiveLab extends TuiLab {
  readonly session: Session;
}

const timeoutMs = 2000;

const hasUnit = (machine: MachineStatus, name: string) =>
  machine.power === 'on' &&
  machine.units.some((unit) => unit.name === `${name}.service` && unit.activeState === 'active');

async function tlsOf(context: CheckContext, name: string): Promise<TlsMaterial | undefined> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', `${name}.pem`, `${name}-key.pem`].map((file) => context.jumpbox.readFile(file)),
  );
  if (ca === undefined || cert === undefined || key === undefined) return undefined;
  const text = (data: Uint8Array) => Buffer.from(data).toString('utf8');
  return { ca: text(ca), cert: text(cert), key: text(key) };
}

async function etcdFacts(
  context: CheckContext,
  machines: readonly MachineStatus[],
): Promise<EtcdFacts[] | undefined> {
  const members = machines.filter((machine) => machine.units.some(({ name }) => name === 'etcd.service'));
  const tls = await tlsOf(context, 'kubernetes');
  if (members.length === 0 || tls === undefined) return undefined;
  const asked = members.map((machine) => `https://${machine.address}:2379`);
  const found = await context.etcd.endpoints(asked, tls);
  return found.map((facts, index) => ({
    machine: members[index]!.name,
    endpoint: facts.endpoint,
    leader: facts.memberId !== undefined && facts.memberId === facts.leaderId,
    term: facts.term ?? '',
    index: facts.raftIndex ?? '',
    memberId: facts.memberId ?? '',
    version: facts.version ?? '',
    error: facts.error,
  }));
}

async function listOf(
  context: CheckContext,
  server: string,
  path: string,
  tls: TlsMaterial,
): Promise<ApiObject[]> {
  const answer = await context.network.http({ url: `https://${server}:6443${path}`, tls, timeoutMs });
  if (answer.layer !== 'http') throw new Error(answer.message);
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status} for ${path}`);
  return (JSON.parse(answer.body) as { items: ApiObject[] }).items;
}

async function apiFacts(context: CheckContext, machines: readonly MachineStatus[]) {
  const none = { nodes: undefined, pods: undefined, apiError: undefined };
  const server = machines.find((machine) => hasUnit(machine, 'kube-apiserver'));
  const tls = await tlsOf(context, 'admin');
  if (server === undefined || tls === undefined) return none;
  try {
    const nodes = await listOf(context, server.address, '/api/v1/nodes', tls);
    const pods = await listOf(context, server.address, '/api/v1/pods', tls);
    return { nodes: nodes.map(nodeFacts), pods: pods.map(podFacts), apiError: undefined };
  } catch (error) {
    return { ...none, apiError: errorMessage(error) };
  }
}

/** The lab of a workspace, which is made when it is not there. */
export async function openLiveLab(options: SessionOptions): Promise<LiveLab> {
  const session = await openSession(options);
  const { workspace, course } = session;
  const base = options.env ?? process.env;
  return {
    session,
    course,
    machines: async () => (await runningLab(workspace))?.machines(),
    async cluster(signal) {
      const lab = await runningLab(workspace);
      const machines = await lab?.machines();
      if (machines === undefined) {
        return { machines, etcd: undefined, nodes: undefined, pods: undefined, apiError: undefined };
      }
      const env = { ...base, ...environment(workspace, base) };
      const context = createLiveContext({ workspace, lab, env, signal });
      const [etcd, api] = await Promise.all([etcdFacts(context, machines), apiFacts(context, machines)]);
      return { machines, etcd, ...api };
    },
    async *journal(machine, unit, signal) {
      const lab = await session.client();
      yield* lab.journal(machine, {
        ...(unit === undefined ? {} : { unit }),
        lines: 300,
        follow: true,
        signal,
      });
    },
    power: async (machine, action) => (await session.client()).power(machine, action),
    up: async () => (await session.client()).up(),
    changes: (signal) => labChanges(workspace, signal),
  };
}
