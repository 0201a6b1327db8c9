import { controllerOf } from '../../../api/owners.ts';
import type { Deployment, ReplicaSet } from '../../../api/types/apps-v1.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import { resourcePath } from '../../../client/resource-client.ts';
import type { Session } from '../../cli/command.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import { revisionAnnotation } from '../rollout/revisions.ts';
import { longTime, type Page } from './page.ts';
import { podTemplateLines } from './pod-template.ts';
import { formatLabelSelector } from './selector.ts';

/** What is owned by a workload: replica sets of a deployment, pods of a replica set. */
async function owned<T extends KubeObject | Pod | ReplicaSet>(
  session: Session,
  owner: KubeObject,
  type: { group: string; version: string; resource: string },
): Promise<T[]> {
  const path = resourcePath(type, owner.metadata.namespace);
  const { items } = await session.cluster().request<{ items: T[] }>('GET', path);
  return items.filter((item) => controllerOf(item)?.uid === owner.metadata.uid);
}

/** Models kubectl/pkg/describe DeploymentDescriber. */
export async function describeDeployment(page: Page, object: KubeObject, session: Session): Promise<void> {
  const { metadata, spec, status = {} } = object as unknown as Deployment;
  const apps = { group: 'apps', version: 'v1', resource: 'replicasets' };
  const sets = await owned<ReplicaSet>(session, object, apps);
  page.line(0, 'Name:', metadata?.name);
  page.line(0, 'Namespace:', metadata?.namespace);
  page.line(0, 'CreationTimestamp:', longTime(metadata?.creationTimestamp));
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  page.line(0, 'Selector:', formatLabelSelector(spec?.selector));
  const count = (what: string, number: number | undefined) => `${number ?? 0} ${what}`;
  page.line(
    0,
    'Replicas:',
    [
      count('desired', spec?.replicas ?? 1),
      count('updated', status.updatedReplicas),
      count('total', status.replicas),
      count('available', status.availableReplicas),
      count('unavailable', status.unavailableReplicas),
    ].join(' | '),
  );
  page.line(0, 'StrategyType:', spec?.strategy?.type);
  page.line(0, 'MinReadySeconds:', spec?.minReadySeconds ?? 0);
  const rolling = spec?.strategy?.rollingUpdate;
  if (rolling !== undefined)
    page.line(
      0,
      'RollingUpdateStrategy:',
      `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`,
    );
  if (spec !== undefined) podTemplateLines(page, spec.template);
  conditions(page, status.conditions);
  const newest = sets.find((set) => revision(set) === revision(object) && revision(set) !== '');
  const old = sets.filter((set) => set !== newest && (set.spec?.replicas ?? 0) > 0);
  if (sets.length === 0) return;
  page.line(0, 'OldReplicaSets:', setTexts(old));
  page.line(0, 'NewReplicaSet:', setTexts(newest === undefined ? [] : [newest]));
}

const revision = (object: { metadata?: { annotations?: Record<string, string> } }) =>
  object.metadata?.annotations?.[revisionAnnotation] ?? '';

const setTexts = (sets: readonly ReplicaSet[]) =>
  sets
    .map(({ metadata, spec, status }) => {
      return `${metadata?.name} (${status?.replicas ?? 0}/${spec?.replicas ?? 1} replicas created)`;
    })
    .join(', ') || '<none>';

/** Models kubectl/pkg/describe ReplicaSetDescriber. */
export async function describeReplicaSet(page: Page, object: KubeObject, session: Session): Promise<void> {
  const { metadata, spec, status } = object as unknown as ReplicaSet;
  const pods = await owned<Pod>(session, object, { group: '', version: 'v1', resource: 'pods' });
  page.line(0, 'Name:', metadata?.name);
  page.line(0, 'Namespace:', metadata?.namespace);
  page.line(0, 'Selector:', formatLabelSelector(spec?.selector));
  page.map(0, 'Labels:', metadata?.labels);
  page.annotations(0, 'Annotations:', metadata?.annotations);
  const owner = controllerOf({ metadata });
  if (owner !== undefined) page.line(0, 'Controlled By:', `${owner.kind}/${owner.name}`);
  page.line(0, 'Replicas:', `${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`);
  const phase = (name: string) => pods.filter((pod) => pod.status?.phase === name).length;
  page.line(
    0,
    'Pods Status:',
    `${phase('Running')} Running / ${phase('Pending')} Waiting / ${phase('Succeeded')} Succeeded / ${phase('Failed')} Failed`,
  );
  if (spec?.template !== undefined) podTemplateLines(page, spec.template);
  conditions(page, status?.conditions);
}

function conditions(
  page: Page,
  list: readonly { type: string; status: string; reason?: string }[] | undefined,
): void {
  if (list === undefined || list.length === 0) return;
  page.line(0, 'Conditions:');
  page.table(
    1,
    ['Type', 'Status', 'Reason'],
    list.map(({ type, status, reason }) => [type, status, reason ?? '']),
  );
}
