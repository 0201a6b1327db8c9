import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { metricsContentType } from '../../../lib/metrics.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { PodSandboxState } from '../../cri/index.ts';
import { findContainer } from '../pods/pod.ts';
import { readPodStatus, runtimeErrorText } from '../runtime/container-runtime.ts';
import { HttpError, serveContainerLogs } from './container-logs.ts';
import { kubeletMetrics } from './metrics.ts';
import type { RouteContext } from './route-context.ts';
import { statsSummary } from './stats.ts';
import { proxyUpgrade } from './upgrade-proxy.ts';

function findPod({ kubelet }: RouteContext, namespace: string, name: string): Pod {
  const pod = kubelet.workers.find(namespace, name);
  if (pod === undefined) throw new HttpError(404, `pod "${name}" not found`);
  return pod;
}

async function runningContainer(context: RouteContext, pod: Pod, container: string): Promise<string> {
  const { containers } = await readPodStatus(context.cri, pod.metadata.uid ?? '');
  const found = containers.find(({ name, state }) => name === container && state === 'running');
  if (found === undefined) throw new HttpError(404, `container not found ("${container}")`);
  return found.id;
}

/** Plain requests. Throws HttpError for what cannot be answered. */
export async function route(
  context: RouteContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet');
  const [first = '', ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  const json = (body: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  switch (first) {
    case 'healthz':
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
      return;
    case 'pods':
    case 'runningpods':
      json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: context.kubelet.workers.list() });
      return;
    case 'configz':
      json({ kubeletconfig: context.config });
      return;
    case 'metrics':
      response.writeHead(200, { 'content-type': metricsContentType });
      response.end(await kubeletMetrics(context));
      return;
    case 'stats':
      if (rest[0] !== 'summary') break;
      json(await statsSummary(context));
      return;
    case 'containerLogs': {
      const [namespace = '', name = '', container = ''] = rest;
      const pod = findPod(context, namespace, name);
      const { containerStatuses = [], initContainerStatuses = [] } = context.kubelet.statuses.get(pod);
      const status = [...containerStatuses, ...initContainerStatuses].find((one) => one.name === container);
      if (findContainer(pod, container) === undefined)
        throw new HttpError(404, `container "${container}" not found in pod "${name}"`);
      await serveContainerLogs(context.cri, pod, container, url.searchParams, response, status);
      return;
    }
    case 'exec':
    case 'attach':
    case 'portForward':
      throw new HttpError(400, 'Upgrade request required');
  }
  throw new HttpError(404, '404 page not found');
}

/** Requests that upgrade: exec, attach and port-forward. */
export async function routeUpgrade(
  context: RouteContext,
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  const target = new URL(await streamingUrl(context, request));
  proxyUpgrade(request, client, head, target);
}

/** /exec/NAMESPACE/POD[/UID]/CONTAINER, /attach/…, /portForward/NAMESPACE/POD[/UID]. */
async function streamingUrl(context: RouteContext, request: IncomingMessage): Promise<string> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
  const [action, namespace = '', name = '', ...rest] = pathname.split('/').slice(1).map(decodeURIComponent);
  const flag = (...names: readonly string[]) =>
    names.some((each) => ['1', 'true'].includes(searchParams.get(each) ?? ''));
  const pod = findPod(context, namespace, name);
  const streams = {
    stdin: flag('input', 'stdin'),
    stdout: flag('output', 'stdout'),
    stderr: flag('error', 'stderr'),
    tty: flag('tty'),
  };
  // A terminal has one output: what goes to stderr comes out there too.
  const chosen = streams.tty ? { ...streams, stderr: false } : streams;
  try {
    switch (action) {
      case 'exec': {
        const containerId = await runningContainer(context, pod, rest.at(-1) ?? '');
        return (await context.cri.exec({ containerId, cmd: searchParams.getAll('command'), ...chosen })).url;
      }
      case 'attach': {
        const containerId = await runningContainer(context, pod, rest.at(-1) ?? '');
        return (await context.cri.attach({ containerId, ...chosen })).url;
      }
      case 'portForward': {
        const { sandboxes } = await readPodStatus(context.cri, pod.metadata.uid ?? '');
        const sandbox = sandboxes.find(({ state }) => state === PodSandboxState.READY);
        if (sandbox === undefined) throw new HttpError(404, `sandbox of pod "${name}" not found`);
        const port = searchParams
          .getAll('port')
          .flatMap((text) => text.split(','))
          .map(Number);
        return (await context.cri.portForward({ podSandboxId: sandbox.id, port })).url;
      }
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(500, runtimeErrorText(error));
  }
  throw new HttpError(404, '404 page not found');
}
