import { isDeepStrictEqual } from 'node:util';
import { controllerOf } from '../../api/owners.ts';
import type { Deployment, ReplicaSet } from '../../api/types/apps-v1.ts';
import {
  type EventRecorder,
  isAlreadyExists,
  keyOf,
  ResourceClient,
  StatusError,
} from '../../client/index.ts';
import { claim, type Owner, ownerReference } from '../shared/adoption.ts';
import {
  type Controller,
  type ControllerContext,
  gvr,
  newQueue,
  podOwnerIndex,
  recorderFor,
  runQueue,
  timestamp,
  withKind,
} from '../shared/context.ts';
import { bounds, byAge, planProportional, planRecreate, planRollingUpdate, type Scaling } from './plan.ts';
import {
  annotationsFor,
  desiredAnnotation,
  findNewSet,
  nextRevision,
  revisionAnnotation,
  revisionOf,
  surplusHistory,
  templateHash,
  templateHashLabel,
} from './revisions.ts';
import { deploymentStatus } from './status.ts';

const ownerOf = (deployment: Deployment): Owner => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: deployment.metadata?.name ?? '',
  uid: deployment.metadata?.uid ?? '',
  deleting: deployment.metadata?.deletionTimestamp !== undefined,
  selector: deployment.spec?.selector,
});

/** Rolls a deployment from one replica set to the next. Models pkg/controller/deployment. */
export const deploymentController: Controller = {
  name: 'deployment-controller',
  async run(context, signal) {
    const rest = await context.clientFor(this.name);
    const loop = new DeploymentLoop(
      context,
      new ResourceClient<Deployment>(rest, gvr.deployments),
      new ResourceClient<ReplicaSet>(rest, gvr.replicaSets),
      recorderFor(context, rest, this.name),
    );
    const queue = newQueue(context);
    const { deployments, replicaSets, pods } = context.informers;
    const enqueue = (deployment: Deployment) => queue.add(keyOf(deployment));
    deployments.addHandlers({ added: enqueue, updated: enqueue, deleted: enqueue });
    const enqueueOwner = (set: ReplicaSet) => {
      const owner = controllerOf(set);
      if (owner?.kind === 'Deployment') queue.add(`${set.metadata?.namespace}/${owner.name}`);
      else if (owner === undefined)
        for (const each of deployments.byIndex('namespace', set.metadata?.namespace ?? '')) enqueue(each);
    };
    replicaSets.addHandlers({ added: enqueueOwner, updated: enqueueOwner, deleted: enqueueOwner });
    // Recreate waits until the last old pod is gone, which changes no replica set.
    pods.addHandlers({
      deleted(pod) {
        const set = replicaSets.get(`${pod.metadata?.namespace}/${controllerOf(pod)?.name}`);
        if (set !== undefined) enqueueOwner(set);
      },
    });
    await runQueue(context, this.name, queue, (key) => loop.reconcile(key), signal);
  },
};

class DeploymentLoop {
  readonly #context: ControllerContext;
  readonly #deployments: ResourceClient<Deployment>;
  readonly #sets: ResourceClient<ReplicaSet>;
  readonly #recorder: EventRecorder;

  constructor(
    context: ControllerContext,
    deployments: ResourceClient<Deployment>,
    sets: ResourceClient<ReplicaSet>,
    recorder: EventRecorder,
  ) {
    this.#context = context;
    this.#deployments = deployments;
    this.#sets = sets;
    this.#recorder = recorder;
  }

  async reconcile(key: string): Promise<number | undefined> {
    const { informers } = this.#context;
    const deployment = informers.deployments.get(key);
    if (deployment === undefined) return undefined;
    const candidates = [
      ...informers.replicaSets.byIndex(podOwnerIndex, deployment.metadata?.uid ?? ''),
      ...informers.replicaSets.byIndex(podOwnerIndex, `orphan/${deployment.metadata?.namespace}`),
    ];
    const sets = (await claim(ownerOf(deployment), candidates, this.#sets)).sort(byAge);
    let newSet = findNewSet(deployment, sets);
    if (deployment.metadata?.deletionTimestamp !== undefined) {
      await this.#writeStatus(deployment, newSet, sets);
      return undefined;
    }
    const oldSets = sets.filter((set) => set !== newSet);
    if (deployment.spec?.paused || isScaling(deployment, sets)) {
      await this.#apply(deployment, planProportional(deployment, sets, this.#ceiling(deployment)));
    } else {
      newSet = await this.#roll(deployment, newSet, oldSets);
    }
    const current = newSet === undefined ? deployment : await this.#keepRevision(deployment, newSet);
    for (const set of surplusHistory(deployment, oldSets)) {
      await this.#sets.in(set.metadata?.namespace).delete(set.metadata?.name ?? '');
    }
    const known = newSet === undefined || sets.some((set) => set.metadata?.uid === newSet.metadata?.uid);
    await this.#writeStatus(current, newSet, known ? sets : [...sets, newSet!]);
    return this.#untilDeadline(current);
  }

  #ceiling(deployment: Deployment): number {
    const desired = deployment.spec?.replicas ?? 1;
    return desired + (deployment.spec?.strategy?.type === 'Recreate' ? 0 : bounds(deployment).maxSurge);
  }

  /** One step of the rollout; resolves to the new set, which it may have made. */
  async #roll(
    deployment: Deployment,
    found: ReplicaSet | undefined,
    oldSets: readonly ReplicaSet[],
  ): Promise<ReplicaSet | undefined> {
    if (deployment.spec?.strategy?.type === 'Recreate') {
      const oldPodsRemain = oldSets.some(
        (set) => this.#context.informers.pods.byIndex(podOwnerIndex, set.metadata?.uid ?? '').length > 0,
      );
      const shrinking = planRecreate(deployment, found, oldSets, oldPodsRemain);
      if (found === undefined && shrinking.length === 0 && !oldPodsRemain)
        return this.#createSet(deployment, oldSets);
      await this.#apply(deployment, shrinking);
      return found;
    }
    if (found === undefined) return this.#createSet(deployment, oldSets);
    const annotated = await this.#annotate(deployment, found, oldSets);
    await this.#apply(deployment, planRollingUpdate(deployment, annotated, oldSets));
    return annotated;
  }

  async #createSet(deployment: Deployment, oldSets: readonly ReplicaSet[]): Promise<ReplicaSet | undefined> {
    const spec = deployment.spec!;
    const hash = templateHash(spec.template, deployment.status?.collisionCount ?? 0);
    const labels = { ...spec.template.metadata?.labels, [templateHashLabel]: hash };
    const selector = {
      ...spec.selector,
      matchLabels: { ...spec.selector.matchLabels, [templateHashLabel]: hash },
    };
    const total = oldSets.reduce((count, set) => count + (set.spec?.replicas ?? 1), 0);
    const desired = spec.replicas ?? 1;
    const recreate = spec.strategy?.type === 'Recreate';
    const replicas = recreate ? desired : Math.max(0, Math.min(desired, this.#ceiling(deployment) - total));
    const { namespace = '', name = '' } = deployment.metadata ?? {};
    const set: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        annotations: annotationsFor(deployment, {}, nextRevision(oldSets), this.#ceiling(deployment)),
        ownerReferences: [ownerReference(ownerOf(deployment))],
      },
      spec: {
        replicas,
        selector,
        template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
        ...(spec.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
      },
    };
    try {
      const created = await this.#sets.in(namespace).create(set);
      if (replicas > 0) this.#scaledEvent(deployment, created, 0, replicas);
      return created;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return this.#resolveCollision(deployment, set);
    }
  }

  /** The name is taken: by our own set, which the local copy lacks yet, or by another template with the same hash. */
  async #resolveCollision(deployment: Deployment, wanted: ReplicaSet): Promise<ReplicaSet | undefined> {
    const existing = await this.#sets.in(wanted.metadata?.namespace).get(wanted.metadata?.name ?? '');
    if (
      controllerOf(existing)?.uid === deployment.metadata?.uid &&
      findNewSet(deployment, [existing]) !== undefined
    )
      return existing;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await this.#deployments.in(deployment.metadata?.namespace).updateStatus({
      ...deployment,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      status: { ...deployment.status, collisionCount },
    });
    return undefined;
  }

  /** A set that is used again (a rollback) gets the next revision number, and figures that fit today. */
  async #annotate(
    deployment: Deployment,
    set: ReplicaSet,
    oldSets: readonly ReplicaSet[],
  ): Promise<ReplicaSet> {
    const revision = Math.max(revisionOf(set), nextRevision(oldSets));
    const current = set.metadata?.annotations ?? {};
    const annotations = annotationsFor(deployment, current, revision, this.#ceiling(deployment));
    const minReadySeconds = deployment.spec?.minReadySeconds;
    if (
      isDeepStrictEqual(current, annotations) &&
      (set.spec?.minReadySeconds ?? 0) === (minReadySeconds ?? 0)
    )
      return set;
    return this.#sets.in(set.metadata?.namespace).update({
      ...set,
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec!, ...(minReadySeconds !== undefined && { minReadySeconds }) },
    });
  }

  /** The deployment carries the revision of its newest set; resolves to it as it stands afterwards. */
  async #keepRevision(deployment: Deployment, newSet: ReplicaSet): Promise<Deployment> {
    const revision = newSet.metadata?.annotations?.[revisionAnnotation];
    const { annotations } = deployment.metadata;
    if (revision === undefined || annotations?.[revisionAnnotation] === revision) return deployment;
    return this.#deployments.in(deployment.metadata.namespace).update({
      ...deployment,
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...deployment.metadata, annotations: { ...annotations, [revisionAnnotation]: revision } },
    });
  }

  async #apply(deployment: Deployment, scalings: readonly Scaling[]): Promise<void> {
    for (const { set, replicas } of scalings) {
      const before = set.spec?.replicas ?? 1;
      const annotations = annotationsFor(
        deployment,
        set.metadata?.annotations ?? {},
        revisionOf(set),
        this.#ceiling(deployment),
      );
      await this.#sets.in(set.metadata?.namespace).update({
        ...set,
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: { ...set.metadata, annotations },
        spec: { ...set.spec!, replicas },
      });
      this.#scaledEvent(deployment, set, before, replicas);
    }
  }

  #scaledEvent(deployment: Deployment, set: ReplicaSet, from: number, to: number): void {
    const direction = to > from ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata?.name} from ${from} to ${to}`;
    this.#recorder.event(
      withKind('apps/v1', 'Deployment', deployment),
      'Normal',
      'ScalingReplicaSet',
      message,
    );
  }

  async #writeStatus(
    deployment: Deployment,
    newSet: ReplicaSet | undefined,
    sets: readonly ReplicaSet[],
  ): Promise<void> {
    const { clock } = this.#context;
    const status = deploymentStatus({
      deployment,
      newSet,
      sets,
      now: { ms: clock.now(), text: timestamp(clock) },
    });
    const { terminatingReplicas: _, ...old } = { terminatingReplicas: 0, ...deployment.status };
    if (isDeepStrictEqual(withoutZeros(old), withoutZeros(status))) return;
    try {
      await this.#deployments
        .in(deployment.metadata?.namespace)
        .updateStatus({ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment', status });
    } catch (error) {
      // Deleted or changed meanwhile (by the revision's patch, for one): the watch brings it back.
      if (!(error instanceof StatusError && (error.code === 404 || error.code === 409))) throw error;
    }
  }

  /** When nothing happens, nothing wakes us: the progress deadline must. */
  #untilDeadline(deployment: Deployment): number | undefined {
    const progressing = deployment.status?.conditions?.find(({ type }) => type === 'Progressing');
    if (progressing?.reason !== 'ReplicaSetUpdated') return undefined;
    const since = Date.parse(progressing.lastUpdateTime ?? '');
    const deadline = since + (deployment.spec?.progressDeadlineSeconds ?? 600) * 1000 + 1000;
    return Number.isNaN(deadline) ? undefined : Math.max(1000, deadline - this.#context.clock.now());
  }
}

/** The user changed the number of replicas and nothing else: some set still carries the old figure. */
const isScaling = (deployment: Deployment, sets: readonly ReplicaSet[]) =>
  sets.some((set) => {
    const noted = set.metadata?.annotations?.[desiredAnnotation];
    return (
      (set.spec?.replicas ?? 1) > 0 &&
      noted !== undefined &&
      Number(noted) !== (deployment.spec?.replicas ?? 1)
    );
  });

const withoutZeros = (object: object) =>
  Object.fromEntries(
    Object.entries(object).filter(
      ([key, value]) => value !== undefined && (value !== 0 || key === 'observedGeneration'),
    ),
  );
