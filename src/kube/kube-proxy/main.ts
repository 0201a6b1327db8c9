/**
 * kube-proxy: makes the address of a Service lead to its pods, on this node.
 *
 *   watch Services        ─┐
 *                          ├──▶ compileRules (pure) ──▶ the node's network     a connection to 10.32.0.1:443 made
 *   watch EndpointSlices  ─┘       rules.ts                                    anywhere on this node, by a pod or a
 *                                                                              program, goes to one of the endpoints
 *
 * It is no proxy in spite of its name: no byte passes through this process. It only writes rules, and the network of
 * the node applies them to each new connection (the kernel's netfilter on a real machine; the lab's network on the
 * portable provider, see src/usernet). Kill it, and everything goes on working with the last rules; they only grow old.
 */
import http from 'node:http';
import { hostname } from 'node:os';
import { errorMessage, LabError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { notifyReady } from '../../lib/notify.ts';
import { currentIdentity, openNetwork } from '../../usernet/index.ts';
import { loadClientConfig, RestClient } from '../client/index.ts';
import { runComponent } from '../component-base/component.ts';
import { kubernetesVersion } from '../component-base/version.ts';
import { loadProxyConfig } from './config.ts';
import { Proxier, type RuleSink } from './proxier.ts';

const flags = {
  config: { type: 'string', help: 'The path to the configuration file.' },
  'hostname-override': { type: 'string', help: 'The name of the node, when it is not the name of the host.' },
} as const;

/** The rules of this machine in the lab's network. */
function networkOfThisMachine(): RuleSink {
  const identity = currentIdentity();
  if (identity === undefined) {
    throw new LabError('this machine has no network of the lab', {
      remedy: 'start kube-proxy as a unit of a machine',
    });
  }
  const network = openNetwork(identity.runtimeDir);
  return { replace: (rules) => network.setServiceRules(identity.machine, rules) };
}

runComponent({ name: 'kube-proxy', caller: 'kube-proxy', flags }, async ({ flags, logger, signal }) => {
  if (flags.config === undefined)
    throw new LabError('--config is missing', { remedy: 'name the configuration file' });
  const config = loadProxyConfig(flags.config);
  const nodeName = flags['hostname-override'] ?? config.hostnameOverride ?? hostname();
  logger.info('Version info', { version: kubernetesVersion });
  const rest = new RestClient({ ...loadClientConfig(config.kubeconfig), userAgent: 'kube-proxy' });
  const proxier = new Proxier({ rest, sink: networkOfThisMachine(), nodeName, logger });
  const health = serveHealthz(config.healthzBindAddress, () => proxier.synced, logger);
  notifyReady();
  await proxier.run(signal);
  health.close();
  rest.close();
  return 0;
});

/** /healthz and /livez for load balancers that ask whether this node can take traffic. */
function serveHealthz(bindAddress: string, isSynced: () => boolean, logger: Logger): http.Server {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(bindAddress) ?? [];
  const server = http.createServer((request, response) => {
    if (request.url !== '/healthz' && request.url !== '/livez') {
      response.writeHead(404).end('404 page not found\n');
      return;
    }
    response.writeHead(isSynced() ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ currentTime: new Date().toISOString(), nodeEligible: isSynced() }));
  });
  // Rules go on being written: a node without this endpoint is merely not asked.
  server.on('error', (error) =>
    logger.error('Failed to start proxier healthz', { address: bindAddress, err: errorMessage(error) }),
  );
  return server.listen(Number(port), host);
}
