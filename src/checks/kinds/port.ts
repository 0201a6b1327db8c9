import { findMachine } from '../../machines/topology.ts';
import { expandHosts, type MachineReason, machineReasons, machineTrouble } from '../hosts.ts';
import { Parameters } from '../parameters.ts';
import type { CheckKind, CheckSpec, Finding } from '../types.ts';
import { eventually } from '../wait.ts';

type Reason = MachineReason | 'refused' | 'timeout' | 'unreachable';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  refused: 'nothing listens on the port',
  timeout: 'no answer comes from the machine',
  unreachable: 'there is no way to the address',
};

/** Something listens. Parameters: `port`; `on` (machines) or `address`; `wait`. */
export const portKind: CheckKind<Reason> = {
  kind: 'port',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const port = parameters.number('port');
    const address = parameters.optionalString('address');
    const on = address === undefined ? parameters.words('on') : (parameters.optionalWords('on') ?? []);
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();

    return (context) =>
      eventually<Reason>(context, waitMs, async () => {
        const findings: Finding<Reason>[] = [];
        const targets: { readonly address: string; readonly name: string }[] =
          address === undefined ? [] : [{ address, name: address }];
        for (const host of expandHosts(on, context.topology)) {
          const trouble = await machineTrouble(context, host);
          if (trouble !== undefined) findings.push(trouble);
          else targets.push({ address: findMachine(context.topology, host).address, name: host });
        }
        for (const target of targets) {
          const outcome = await context.network.port(target.address, port, 3000);
          if (outcome.open) continue;
          const code = outcome.code ?? 'ETIMEDOUT';
          const where = `${target.name}:${port}`;
          const base = { expected: 'something listens', found: code, where };
          if (code === 'ECONNREFUSED')
            findings.push({
              ...base,
              reason: 'refused',
              message: `Nothing listens on port ${port} of ${target.name}: the connection is refused at once.`,
              remedy: `look at the unit that should listen: ssh ${target.name} systemctl status`,
            });
          else if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
            findings.push({
              ...base,
              reason: 'unreachable',
              message: `There is no way to ${target.address}: no route leads there.`,
              remedy: 'look at the address, and at the routes',
            });
          else
            findings.push({
              ...base,
              reason: 'timeout',
              message: `${target.name} does not answer on port ${port} (${code}): its link is cut, or the machine hangs.`,
              remedy: `look at the machine: ssh ${target.name} systemctl status`,
            });
        }
        return findings;
      });
  },
};
