import type { Container, Service, ServicePort } from '../../api/types/core-v1.ts';
import { command } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import { fileFlags, selectorFlags } from '../cli/shared-flags.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { singularName } from '../cluster/discovery.ts';
import { fetchTarget, findTargets } from '../cluster/targets.ts';
import { createFlags, submit } from './create/submit.ts';
import { podTemplateOf, selectorOf } from './pod-template.ts';

const exposable = new Set(['Pod', 'Service', 'Deployment', 'ReplicaSet', 'ReplicationController']);

export const expose = command({
  name: 'expose',
  summary:
    'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  usage:
    '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--type=type]',
  flags: {
    ...createFlags,
    ...fileFlags,
    selector: {
      ...selectorFlags.selector,
      short: 'l',
      help: 'Selector of the service; the object decides when there is none',
    },
    port: { type: 'string', default: '', help: 'The port of the service; several after commas' },
    'target-port': { type: 'string', default: '', help: 'The port of the container: a number or a name' },
    protocol: { type: 'string', default: '', help: 'TCP, UDP or SCTP' },
    name: { type: 'string', default: '', help: "The service's name; the object's when there is none" },
    type: { type: 'string', default: '', help: 'ClusterIP, NodePort, LoadBalancer or ExternalName' },
    'cluster-ip': { type: 'string', default: '', help: 'An address of your own, or None' },
    'external-ip': { type: 'string', default: '', help: 'Another address that leads to the service' },
    labels: { type: 'string', default: '', help: 'Labels of the service' },
    'session-affinity': { type: 'string', default: '', help: 'None or ClientIP' },
  },
  async run(session, { flags, positional }) {
    const targets = await findTargets(session, positional, {
      filename: flags.filename,
      recursive: flags.recursive,
    });
    for (const target of targets) {
      const { resource } = target;
      if (!exposable.has(resource.kind)) throw new KubectlError(`cannot expose a ${singularName(resource)}`);
      const object = await fetchTarget(session, target);
      const name = (flags.name || target.name).slice(0, 63);
      const selector = flags.selector !== '' ? readPairs(flags.selector) : selectorOf(object);
      if (selector === undefined || Object.keys(selector).length === 0)
        throw new KubectlError(
          resource.kind === 'Pod'
            ? `couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed`
            : `couldn't retrieve selectors via --selector flag or introspection: the ${resource.singular} has no selectors`,
        );
      const ports = readPorts(flags, object);
      const labels = flags.labels !== '' ? readPairs(flags.labels) : object.metadata.labels;
      const clusterIP = flags['cluster-ip'];
      await submit(
        session,
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: {
            creationTimestamp: null,
            ...(labels && Object.keys(labels).length > 0 && { labels }),
            name,
          },
          spec: {
            ...(clusterIP !== '' && { clusterIP }),
            ...(flags['external-ip'] !== '' && { externalIPs: [flags['external-ip']] }),
            ports,
            selector,
            ...(flags['session-affinity'] !== '' && { sessionAffinity: flags['session-affinity'] }),
            ...(flags.type !== '' && { type: flags.type }),
          },
          status: { loadBalancer: {} },
        },
        flags,
        'exposed',
      );
    }
  },
});

export function readPairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        if (at < 1) throw new KubectlError(`unexpected label spec: ${pair}`);
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
  );
}

/** --port, or all ports that the object's containers (or the service) name. */
function readPorts(
  flags: { readonly port: string; readonly 'target-port': string; readonly protocol: string },
  object: KubeObject,
): object[] {
  const known = portsOf(object);
  const numbers = flags.port === '' ? known.map(({ port }) => port) : flags.port.split(',').map(Number);
  if (numbers.length === 0) throw new KubectlError(`couldn't find port via --port flag or introspection`);
  if (numbers.some((n) => !Number.isInteger(n)))
    throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(flags.port)}: invalid syntax`);
  const target = flags['target-port'];
  return numbers.map((port, i) => ({
    // Several ports need names, one does not.
    ...(numbers.length > 1 && { name: `port-${i + 1}` }),
    port,
    protocol: flags.protocol || known.find((k) => k.port === port)?.protocol || 'TCP',
    targetPort: target === '' ? port : /^\d+$/.test(target) ? Number(target) : target,
  }));
}

function portsOf(object: KubeObject): { port: number; protocol: string }[] {
  if (object.kind === 'Service') {
    const ports: readonly ServicePort[] = (object as unknown as Service).spec?.ports ?? [];
    return ports.map(({ port, protocol = 'TCP' }) => ({ port, protocol }));
  }
  const containers: readonly Container[] = podTemplateOf(object)?.spec?.containers ?? [];
  return containers.flatMap((c) =>
    (c.ports ?? []).map(({ containerPort, protocol = 'TCP' }) => ({ port: containerPort, protocol })),
  );
}
