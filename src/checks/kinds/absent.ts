import { expandHosts, place, statHostFile } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding } from '../types.ts';
import { jumpbox } from '../types.ts';

type Reason = 'file-left' | 'unit-left' | 'machine-left' | 'route-left';

const reasons: Readonly<Record<Reason, string>> = {
  'file-left': 'a file that should be gone is there',
  'unit-left': 'a unit that should be gone still runs or is enabled',
  'machine-left': 'a machine that should be gone still runs',
  'route-left': 'a route that should be gone is there',
};

/**
 * Nothing is left. Parameters: `on` (hosts, default the jumpbox) with `paths`, `units` and `routes` (destinations); `machines`
 * (must not be running). What lies on a machine that is off or gone counts as gone only for `units` and `routes`.
 */
export const absentKind: CheckKind<Reason> = {
  kind: 'absent',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const on = parameters.optionalWords('on') ?? [jumpbox];
    const paths = [...(parameters.optionalList('paths') ?? []), ...(parameters.optionalList('path') ?? [])];
    const units = parameters.optionalWords('units') ?? [];
    const routes = parameters.optionalWords('routes') ?? [];
    const machines = parameters.optionalWords('machines') ?? [];
    parameters.finish();

    return async (context) => {
      const findings: Finding<Reason>[] = [];
      for (const name of expandHosts(machines, context.topology)) {
        const state = await context.machines.state(name);
        if (state !== 'running') continue;
        findings.push({
          reason: 'machine-left',
          message: `${name} is still running.`,
          expected: 'the machine is gone',
          found: 'running',
          where: name,
          remedy: 'take the machines down with the commands of this step',
        });
      }
      for (const host of expandHosts(on, context.topology)) {
        const state = host === jumpbox ? 'running' : await context.machines.state(host);
        if (state === 'missing') continue;
        for (const path of paths) {
          if ((await statHostFile(context, host, path)) === undefined) continue;
          findings.push({
            reason: 'file-left',
            message: `${place(host, path)} is still there.`,
            expected: 'nothing',
            found: path,
            where: place(host, path),
            remedy: `remove it: ${host === jumpbox ? '' : `on ${host}: `}rm -r ${path}`,
          });
        }
        if (host === jumpbox || state === 'off') continue;
        for (const unit of units) {
          const status = await context.machines.unit(host, unit);
          const running = ['active', 'activating', 'reloading'].includes(status.activeState);
          if (!running && !status.enabled) continue;
          findings.push({
            reason: 'unit-left',
            message: `${unit} on ${host} is still ${running ? status.activeState : 'enabled: it would start again with the machine'}.`,
            expected: 'stopped and disabled',
            found: running ? status.activeState : 'enabled',
            where: `${host}:${unit}`,
            remedy: `on ${host}: systemctl disable --now ${unit}`,
          });
        }
        if (routes.length === 0) continue;
        const table = await context.machines.exec(host, 'ip route');
        for (const route of routes) {
          if (!table.stdout.split('\n').some((line) => line.trim().startsWith(`${route} via `))) continue;
          findings.push({
            reason: 'route-left',
            message: `${host} still has a route to ${route}.`,
            expected: 'no such route',
            found: route,
            where: host,
            remedy: `on ${host}: ip route del ${route}`,
          });
        }
      }
      return findings;
    };
  },
};
