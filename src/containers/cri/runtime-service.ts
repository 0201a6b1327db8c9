import { CgroupDriver } from '../../kube/cri/index.ts';
import { execSync } from '../runtime/exec.ts';
import { containerStatus, sandboxStatus } from '../runtime/records.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { containerStats } from '../runtime/stats.ts';
import { containerdVersion } from '../version.ts';
import { imageHandlers } from './image-service.ts';
import type { CriHandlers } from './server.ts';

export interface StreamingUrls {
  readonly exec: CriHandlers['exec'];
  readonly attach: CriHandlers['attach'];
  readonly portForward: CriHandlers['portForward'];
}

/** The calls of runtime.v1.RuntimeService, each a thin translation between messages and the runtime. */
export function criHandlers(runtime: Runtime, streaming: StreamingUrls): CriHandlers {
  const { context, sandboxes, containers } = runtime;
  const statsOf = (id: string) => {
    const record = containers.get(id);
    return containerStats(record, containers.pid(record.id), Number(context.now()));
  };
  return {
    ...imageHandlers(context.images, context),
    ...streaming,
    version: () => ({
      version: '0.1.0',
      runtimeName: 'containerd',
      runtimeVersion: containerdVersion,
      runtimeApiVersion: 'v1',
    }),
    status() {
      const problem = context.cni.problem();
      const network =
        problem === undefined
          ? { status: true }
          : {
              status: false,
              reason: 'NetworkPluginNotReady',
              message: `Network plugin returns error: ${problem}`,
            };
      return {
        status: {
          conditions: [
            { type: 'RuntimeReady', status: true },
            { type: 'NetworkReady', ...network },
          ],
        },
        runtimeHandlers: ['', ...context.handlers].map((name) => ({ name, features: {} })),
        features: {},
      };
    },
    runtimeConfig: () => ({ linux: { cgroupDriver: CgroupDriver.SYSTEMD } }),
    // The pod CIDR comes from the CNI configuration, as with containerd when no template is set.
    updateRuntimeConfig: () => ({}),

    runPodSandbox: (request) => ({ podSandboxId: sandboxes.run(request) }),
    async stopPodSandbox({ podSandboxId }) {
      await sandboxes.stop(podSandboxId);
      return {};
    },
    async removePodSandbox({ podSandboxId }) {
      await sandboxes.remove(podSandboxId);
      return {};
    },
    podSandboxStatus({ podSandboxId }) {
      const record = context.sandboxes.get(podSandboxId, 'an error occurred when try to find sandbox');
      return {
        status: sandboxStatus(record),
        containersStatuses: containers.of(record.id).map(containerStatus),
        timestamp: Number(context.now()),
      };
    },
    listPodSandbox: (request) => ({
      items: sandboxes.list(request).map((record) => {
        const { id, metadata, state, createdAt, labels, annotations, runtimeHandler } = sandboxStatus(record);
        return { id, metadata, state, createdAt, labels, annotations, runtimeHandler };
      }),
    }),

    createContainer: (request) => ({ containerId: containers.create(request) }),
    async startContainer({ containerId }) {
      await containers.start(containerId);
      return {};
    },
    async stopContainer({ containerId, timeout }) {
      await containers.stop(containerId, timeout);
      return {};
    },
    async removeContainer({ containerId }) {
      await containers.remove(containerId);
      return {};
    },
    listContainers: (request) => ({
      containers: containers.list(request).map((record) => ({
        id: record.id,
        podSandboxId: record.sandboxId,
        metadata: record.config.metadata,
        image: record.config.image,
        imageRef: record.imageRef,
        imageId: record.imageId,
        state: record.state,
        createdAt: record.createdAt,
        labels: record.config.labels,
        annotations: record.config.annotations,
      })),
    }),
    containerStatus: ({ containerId }) => ({ status: containerStatus(containers.get(containerId)) }),
    // There are no cgroups here to change; the request is taken so that a resize does not fail the pod.
    updateContainerResources({ containerId }) {
      containers.get(containerId);
      return {};
    },
    reopenContainerLog({ containerId }) {
      containers.reopenLog(containerId);
      return {};
    },
    execSync: ({ containerId, cmd, timeout }) => execSync(context, containers, containerId, cmd, timeout),
    containerStats: ({ containerId }) => ({ stats: statsOf(containerId) }),
    listContainerStats: ({ filter }) => ({
      stats: containers
        .list({
          filter: filter === undefined ? undefined : { ...filter, state: undefined },
        })
        .map(({ id }) => statsOf(id)),
    }),
  };
}
