import type { Service } from '../../api/types/core-v1.ts';

const upper = (name: string) => name.toUpperCase().replaceAll('-', '_');

/**
 * The variables that a container finds its services by. Without service links only the Service `kubernetes` of the
 * namespace `default` is told. Models pkg/kubelet/envvars and getServiceEnvVarMap.
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): Record<string, string> {
  const chosen = new Map<string, Service>();
  for (const service of services) {
    const { name = '', namespace: home } = service.metadata;
    const address = service.spec?.clusterIP ?? '';
    if (address === '' || address === 'None' || service.spec?.type === 'ExternalName') continue;
    // One of the own namespace wins over the one that every pod gets.
    if (home === namespace && enableServiceLinks) chosen.set(name, service);
    else if (home === 'default' && name === 'kubernetes' && !chosen.has(name)) chosen.set(name, service);
  }
  const variables: Record<string, string> = {};
  for (const [name, service] of [...chosen].sort(([a], [b]) => (a < b ? -1 : 1))) {
    Object.assign(variables, variablesOf(name, service));
  }
  return variables;
}

function variablesOf(name: string, { spec }: Service): Record<string, string> {
  const prefix = upper(name);
  const address = spec?.clusterIP ?? '';
  const ports = spec?.ports ?? [];
  const [first] = ports;
  const variables: Record<string, string> = { [`${prefix}_SERVICE_HOST`]: address };
  if (first === undefined) return variables;
  variables[`${prefix}_SERVICE_PORT`] = String(first.port);
  for (const port of ports) {
    if (port.name) variables[`${prefix}_SERVICE_PORT_${upper(port.name)}`] = String(port.port);
  }
  // What Docker's links used to set.
  const url = (port: typeof first) => `${(port.protocol ?? 'TCP').toLowerCase()}://${address}:${port.port}`;
  variables[`${prefix}_PORT`] = url(first);
  for (const port of ports) {
    const protocol = port.protocol ?? 'TCP';
    const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    variables[link] = url(port);
    variables[`${link}_PROTO`] = protocol.toLowerCase();
    variables[`${link}_PORT`] = String(port.port);
    variables[`${link}_ADDR`] = address;
  }
  return variables;
}
