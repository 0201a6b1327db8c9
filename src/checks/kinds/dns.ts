import { shellQuote } from '../../lib/shell-quote.ts';
import { Parameters } from '../parameters.ts';
import { readyPods, serviceTarget } from '../service-pods.ts';
import type { CheckContext, CheckKind, CheckSpec, DnsOutcome } from '../types.ts';
import { eventually } from '../wait.ts';

type Reason =
  | 'no-endpoints'
  | 'no-answer'
  | 'name-unknown'
  | 'server-failure'
  | 'wrong-address'
  | 'exec-failed';

const reasons: Readonly<Record<Reason, string>> = {
  'no-endpoints': 'no ready pod stands behind the Service of DNS',
  'no-answer': 'the DNS server does not answer',
  'name-unknown': 'the DNS server does not know the name',
  'server-failure': 'the DNS server answers with an error',
  'wrong-address': 'the name has another address',
  'exec-failed': 'the command in the pod cannot be run',
};

/** What nslookup prints, as BusyBox or BIND spell it: the addresses after the line with the name. */
function parseNslookup(text: string): DnsOutcome {
  if (/NXDOMAIN|can't (?:find|resolve)|Name or service not known/i.test(text))
    return { status: 'NXDOMAIN', addresses: [] };
  if (/SERVFAIL/.test(text)) return { status: 'SERVFAIL', addresses: [] };
  if (/timed out|no servers could be reached|connection refused/i.test(text))
    return { status: 'ETIMEDOUT', addresses: [] };
  const answer = text.slice(Math.max(0, text.search(/^Name:/m)));
  const addresses = [...answer.matchAll(/^Address(?: \d+)?:\s*(\d+\.\d+\.\d+\.\d+)(?!#)\b/gm)].map(
    (match) => match[1]!,
  );
  return { status: 'NOERROR', addresses };
}

/**
 * A name resolves. Parameters: `name`; `expect` (addresses, all and no other); either `pod` (`[NAMESPACE/]NAME`, asked through kubectl exec,
 * with `kubeconfig`, and with `service`, the `[NAMESPACE/]NAME` of DNS, to tell missing servers from a missing way to them) or `server` (default: the DNS Service of the cluster), asked directly; `wait`.
 */
export const dnsKind: CheckKind<Reason> = {
  kind: 'dns',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const name = parameters.string('name');
    const expect = parameters.words('expect');
    const pod = parameters.optionalString('pod');
    const kubeconfig = parameters.optionalString('kubeconfig');
    const server = parameters.optionalString('server');
    const service = parameters.optionalString('service');
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();

    const lookUp = async (context: CheckContext): Promise<DnsOutcome | { readonly failed: string }> => {
      if (pod === undefined)
        return await context.network.dns(server ?? context.topology.dnsAddress, name, 'A', 3000);
      const [podName, namespace] = pod.split('/').reverse() as [string, string | undefined];
      const words = [
        'kubectl',
        ...(kubeconfig === undefined ? [] : [`--kubeconfig=${shellQuote(kubeconfig)}`]),
        ...(namespace === undefined ? [] : ['-n', shellQuote(namespace)]),
        'exec',
        shellQuote(podName),
        '--',
        'nslookup',
        shellQuote(name),
      ];
      const result = await context.jumpbox.exec(words.join(' '));
      const text = `${result.stdout}\n${result.stderr}`;
      // nslookup itself fails with 1 for a name it does not find; kubectl says what else went wrong.
      if (result.exitCode !== 0 && /^(?:error|Error from server|Unable to connect)/im.test(result.stderr)) {
        const outcome = parseNslookup(text);
        if (outcome.status === 'NOERROR')
          return { failed: result.stderr.trim().split('\n').at(-1) ?? `exit code ${result.exitCode}` };
        return outcome;
      }
      return parseNslookup(text);
    };

    return (context) =>
      eventually<Reason>(context, waitMs, async () => {
        const outcome = await lookUp(context);
        const from = pod === undefined ? (server ?? context.topology.dnsAddress) : `the pod ${pod}`;
        const base = { where: from, expected: `${name} is ${expect.join(', ')}` };
        if ('failed' in outcome)
          return [
            {
              ...base,
              reason: 'exec-failed',
              message: `nslookup cannot be run in ${from}: ${outcome.failed}`,
              found: outcome.failed,
              remedy: `look at the pod: kubectl describe pod ${pod}`,
            },
          ];
        const found = outcome.addresses.join(', ') || outcome.status;
        if (outcome.status === 'NXDOMAIN')
          return [
            {
              ...base,
              reason: 'name-unknown',
              message: `DNS answers, and does not know ${name} (asked from ${from}): there is no such Service, or the search path does not lead to it.`,
              found,
              remedy: 'look at the Service, and at clusterDomain of the kubelet',
            },
          ];
        if (outcome.status === 'SERVFAIL' || outcome.status === 'REFUSED')
          return [
            {
              ...base,
              reason: 'server-failure',
              message: `DNS answers ${outcome.status} for ${name}: its pods run, and cannot do their work; most often they cannot reach the API server.`,
              found,
              remedy: 'kubectl logs -n kube-system -l k8s-app=kube-dns',
            },
          ];
        if (outcome.status !== 'NOERROR' && service !== undefined && kubeconfig !== undefined) {
          const pods = await readyPods(context, serviceTarget(service, kubeconfig));
          if (pods?.length === 0)
            return [
              {
                ...base,
                reason: 'no-endpoints',
                message: `DNS does not answer (${outcome.status}, asked from ${from}), because no ready pod stands behind the Service ${service}: none runs, or its selector matches none.`,
                found,
                remedy: `compare the Service's selector with the labels of the pods: kubectl -n ${serviceTarget(service, kubeconfig).namespace} get service,pods --show-labels -o wide`,
              },
            ];
        }
        if (outcome.status !== 'NOERROR')
          return [
            {
              ...base,
              reason: 'no-answer',
              message: `DNS does not answer (${outcome.status}, asked from ${from}): its pods are not running, or no way leads to them.`,
              found,
              remedy:
                'kubectl get pods -n kube-system -l k8s-app=kube-dns, and the routes between the workers',
            },
          ];
        const same =
          outcome.addresses.length === expect.length &&
          expect.every((address) => outcome.addresses.includes(address));
        if (same) return [];
        return [
          {
            ...base,
            reason: 'wrong-address',
            message: `${name} is ${found === 'NOERROR' ? 'without an address' : found}, and ${expect.join(', ')} is wanted.`,
            found,
            remedy: 'look at the Service of that name: kubectl get service',
          },
        ];
      });
  },
};
