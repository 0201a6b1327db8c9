import { machinesWithRole } from '../../machines/topology.ts';
import { enumerate, type MachineReason, machineReasons, onEachHost } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding } from '../types.ts';

type Reason = MachineReason | 'no-table' | 'missing-route' | 'wrong-gateway';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  'no-table': 'the routing table cannot be read',
  'missing-route': 'routes are missing',
  'wrong-gateway': 'a route leads to the wrong machine',
};

interface Route {
  readonly to: string;
  readonly via: string;
}

/** Lines of `ip route`: `10.200.1.0/24 via 10.240.0.21 dev eth0`. Routes without a gateway are left out. */
function parseRoutes(text: string): Route[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\S+) via (\S+)/.exec(line.trim());
    return match === null ? [] : [{ to: match[1]!, via: match[2]! }];
  });
}

/**
 * Routes of machines. Parameters: `on` (hosts); `routes` (list of `{to, via}`; default: the pods of every other worker by its address).
 * All that is missing on a machine is one finding.
 */
export const routeKind: CheckKind<Reason> = {
  kind: 'route',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const on = parameters.words('on');
    const given = parameters.optionalObjects('routes')?.map((route) => {
      const value = { to: route.string('to'), via: route.string('via') };
      route.finish();
      return value;
    });
    parameters.finish();

    return (context) =>
      onEachHost(context, on, async (host) => {
        const wanted =
          given ??
          machinesWithRole(context.topology, 'worker')
            .filter((worker) => worker.name !== host && worker.podCidr !== undefined)
            .map((worker) => ({ to: worker.podCidr!, via: worker.address }));
        const result = await context.machines.exec(host, 'ip route');
        if (result.exitCode !== 0)
          return [
            {
              reason: 'no-table' as const,
              message: `\`ip route\` on ${host} fails: ${result.stderr.trim()}`,
              expected: 'a routing table',
              found: `exit code ${result.exitCode}`,
              where: host,
              remedy: `try it yourself: ssh ${host} ip route`,
            },
          ];
        const have = new Map(parseRoutes(result.stdout).map((route) => [route.to, route.via]));
        const owner = (address: string) =>
          context.topology.machines.find((machine) => machine.address === address)?.name ?? address;
        const found = [...have].map(([to, via]) => `${to} via ${via}`).join(', ') || 'none with a gateway';
        const findings: Finding<Reason>[] = [];
        const missing = wanted.filter((route) => !have.has(route.to));
        if (missing.length > 0)
          findings.push({
            reason: 'missing-route',
            message: `${host} has no route to ${enumerate(missing.map((route) => route.to))}: what it sends to pods on ${enumerate(missing.map((route) => owner(route.via)))} goes nowhere.`,
            expected: missing.map((route) => `${route.to} via ${route.via}`).join(', '),
            found,
            where: host,
            remedy: `on ${host}: ${missing.map((route) => `ip route add ${route.to} via ${route.via}`).join('; ')}`,
          });
        for (const route of wanted) {
          const via = have.get(route.to);
          if (via === undefined || via === route.via) continue;
          findings.push({
            reason: 'wrong-gateway',
            message: `${host} sends ${route.to} to ${owner(via)} (${via}), but those pods are on ${owner(route.via)} (${route.via}).`,
            expected: `${route.to} via ${route.via}`,
            found: `${route.to} via ${via}`,
            where: host,
            remedy: `on ${host}: ip route replace ${route.to} via ${route.via}`,
          });
        }
        return findings;
      });
  },
};
