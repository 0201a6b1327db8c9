import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { createFlags, emptyTime, exactName, submit } from './submit.ts';

/** `80:8080`: the Service's port and the pod's, which may be a name. */
function readPort(text: string, nodePort: number) {
  const [port, target = port] = text.split(':');
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65535)
    throw new KubectlError(
      `invalid service port ${JSON.stringify(port)}: must be between 1 and 65535, inclusive`,
    );
  return {
    name: text.replace(':', '-'),
    port: number,
    protocol: 'TCP',
    targetPort: /^\d+$/.test(target!) ? Number(target) : target!,
    ...(nodePort > 0 && { nodePort }),
  };
}

function serviceCommand(name: string, type: 'ClusterIP' | 'NodePort' | 'LoadBalancer', summary: string) {
  return command({
    name,
    summary,
    usage: 'NAME [--tcp=<port>:<targetPort>]',
    flags: {
      ...createFlags,
      tcp: { type: 'list', help: 'PORT or PORT:TARGETPORT' },
      clusterip: { type: 'string', default: '', help: 'An address of your own, or None' },
      'node-port': { type: 'int', default: 0, help: 'The port on each node' },
    },
    async run(session, { flags, positional }) {
      const service = exactName(positional);
      if (flags.tcp.length === 0 && flags.clusterip !== 'None')
        throw new KubectlError('at least one tcp port specifier must be provided');
      const labels = { app: service };
      const ports = flags.tcp.map((text) => readPort(text, type === 'NodePort' ? flags['node-port'] : 0));
      await submit(
        session,
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { ...emptyTime, labels, name: service },
          spec: {
            ...(flags.clusterip !== '' && { clusterIP: flags.clusterip }),
            ...(ports.length > 0 && { ports }),
            selector: labels,
            type,
          },
          status: { loadBalancer: {} },
        },
        flags,
      );
    },
  });
}

const externalName = command({
  name: 'externalname',
  summary: 'Create an ExternalName service',
  usage: 'NAME --external-name=external.name',
  flags: {
    ...createFlags,
    'external-name': { type: 'string', help: 'The name that the service stands for' },
  },
  async run(session, { flags, positional }) {
    const name = exactName(positional);
    if (flags['external-name'] === undefined)
      throw new KubectlError('required flag(s) "external-name" not set');
    const labels = { app: name };
    const spec = { externalName: flags['external-name'], selector: labels, type: 'ExternalName' };
    const metadata = { ...emptyTime, labels, name };
    await submit(
      session,
      { apiVersion: 'v1', kind: 'Service', metadata, spec, status: { loadBalancer: {} } },
      flags,
    );
  },
});

export const createService = command({
  name: 'service',
  aliases: ['svc'],
  summary: 'Create a service using a specified subcommand',
  subcommands: [
    serviceCommand('clusterip', 'ClusterIP', 'Create a ClusterIP service'),
    externalName,
    serviceCommand('loadbalancer', 'LoadBalancer', 'Create a LoadBalancer service'),
    serviceCommand('nodeport', 'NodePort', 'Create a NodePort service'),
  ],
});
