import { valuesAt } from '../data-path.ts';
import { enumerate, type MachineReason, machineReasons, onEachHost } from '../hosts.ts';
import { type ApiReason, apiReasons, askApi } from '../kube-api.ts';
import { Parameters } from '../parameters.ts';
import { readyPods, type ServiceTarget, serviceTarget } from '../service-pods.ts';
import type { CheckContext, CheckKind, CheckSpec, Finding, Host } from '../types.ts';
import { eventually } from '../wait.ts';

type Reason =
  | MachineReason
  | ApiReason
  | 'no-service'
  | 'no-node-port'
  | 'no-endpoints'
  | 'no-answer'
  | 'wrong-status';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  ...apiReasons,
  'no-service': 'there is no such Service',
  'no-node-port': 'the Service has no port on the nodes',
  'no-endpoints': 'no ready pod stands behind the Service',
  'no-answer': 'a node does not answer on the port, though pods stand behind the Service',
  'wrong-status': 'the program behind the port answers with another status',
};

const isFinding = (value: object): value is { readonly finding: Finding<Reason> } => 'finding' in value;

/** The first node port, and the selector in kubectl's spelling. */
async function readService(
  context: CheckContext,
  { kubeconfig, namespace, name }: ServiceTarget,
): Promise<{ readonly finding: Finding<Reason> } | { readonly port: number; readonly selector: string }> {
  const path = `/api/v1/namespaces/${namespace}/services/${name}`;
  const answer = await askApi(context, { kubeconfig, server: undefined, path });
  if (isFinding(answer)) return answer;
  const where = `services/${name}`;
  if (answer.data === undefined)
    return {
      finding: {
        reason: 'no-service',
        message: `There is no Service ${name} in the namespace ${namespace}.`,
        expected: `a Service ${name} of type NodePort`,
        found: 'none',
        where: path,
        remedy: 'create it with the commands of this step',
      },
    };
  const service = answer.data;
  const port = valuesAt(service, '.spec.ports[0].nodePort')[0];
  const type = String(valuesAt(service, '.spec.type')[0] ?? 'ClusterIP');
  if (typeof port !== 'number')
    return {
      finding: {
        reason: 'no-node-port',
        message: `The Service ${name} is of type ${type} and has no port on the nodes: it answers inside the cluster only.`,
        expected: 'type NodePort',
        found: `type ${type}`,
        where,
        remedy: `kubectl patch service ${name} -p '{"spec":{"type":"NodePort"}}'`,
      },
    };
  const selector = Object.entries((valuesAt(service, '.spec.selector')[0] ?? {}) as Record<string, string>);
  return { port, selector: selector.map(([key, value]) => `${key}=${value}`).join(',') };
}

async function askNode(
  context: CheckContext,
  host: Host,
  port: number,
  status: number,
): Promise<{ readonly url: string; readonly found: string; readonly answered: boolean } | undefined> {
  const address = context.topology.machines.find((machine) => machine.name === host)?.address ?? host;
  const url = `http://${address}:${port}/`;
  const outcome = await context.network.http({ url });
  if (outcome.layer !== 'http') return { url, found: outcome.code, answered: false };
  return outcome.status === status ? undefined : { url, found: `status ${outcome.status}`, answered: true };
}

/**
 * A Service of type NodePort answers HTTP on its nodes. Parameters: `kubeconfig`; `service` (`[NAMESPACE/]NAME`); `on` (the nodes that are
 * asked); `status` (default 200); `wait`. When a node is silent the EndpointSlices tell whether pods are missing or the way to them.
 */
export const nodePortKind: CheckKind<Reason> = {
  kind: 'node-port',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const target = serviceTarget(parameters.string('service'), parameters.string('kubeconfig'));
    const on = parameters.words('on');
    const status = parameters.optionalNumber('status') ?? 200;
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();

    return (context) =>
      eventually<Reason>(context, waitMs, async () => {
        const service = await readService(context, target);
        if (isFinding(service)) return [service.finding];
        const { port, selector } = service;
        return onEachHost<Reason>(context, on, async (host) => {
          const trouble = await askNode(context, host, port, status);
          if (trouble === undefined) return [];
          const base = { expected: `status ${status}`, found: trouble.found, where: trouble.url };
          if (trouble.answered)
            return [
              {
                ...base,
                reason: 'wrong-status',
                message: `${trouble.url} (${host}) answers, with ${trouble.found}: the program in the pod does that.`,
                remedy: `read its log: kubectl logs -l ${selector}`,
              },
            ];
          const pods = await readyPods(context, target);
          if (pods?.length === 0)
            return [
              {
                ...base,
                reason: 'no-endpoints',
                message: `Nothing answers at ${trouble.url} (${host}), because no ready pod stands behind the Service ${target.name}: it looks for ${selector || 'nothing, since it has no selector'}.`,
                remedy: `see what is there: kubectl get pods --show-labels; the Service wants ${selector}`,
              },
            ];
          return [
            {
              ...base,
              reason: 'no-answer',
              message: `Nothing answers at ${trouble.url} (${host}, ${trouble.found})${pods === undefined ? '' : `, though the pods ${enumerate(pods)} stand behind the Service`}: kube-proxy does not run there, or no route leads from ${host} to the pods.`,
              remedy: `on ${host}: systemctl status kube-proxy; ip route`,
            },
          ];
        });
      });
  },
};
