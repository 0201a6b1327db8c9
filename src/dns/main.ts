/**
 * The DNS add-on: what answers at 10.32.0.10 when a pod asks for `kubernetes`.
 *
 *   Corefile ──▶ corefile.ts ──▶ assemble.ts: one chain of plugins for each server block
 *
 *   pod ──UDP or TCP :53──▶ server.ts ──▶ errors ─▶ log ─▶ cache ─▶ loadbalance ─▶ kubernetes ─▶ forward
 *                                                                                    │
 *                        informers on Services, EndpointSlices, Namespaces ──────────┘
 *
 * A request goes down the chain until a plugin answers, and the answer comes back up: errors turns a failure into
 * SERVFAIL, cache remembers, loadbalance shuffles. The kubernetes plugin is a pure function from a question and the
 * local copies of the informers to records (plugins/kubernetes/records.ts): no request to the API server is made when
 * a question comes. `health` and `ready` are the two endpoints the Deployment's probes ask.
 */

import { readFileSync } from 'node:fs';
import http from 'node:http';
import { whenAborted } from '../lib/abort.ts';
import { systemClock } from '../lib/clock.ts';
import { errorMessage, LabError } from '../lib/errors.ts';
import { parseFlags } from '../lib/flags.ts';
import { createLogger } from '../lib/log.ts';
import { runProgram } from '../lib/program.ts';
import { type AssembledServer, assembleServer, routeByZone } from './assemble.ts';
import { parseCorefile } from './corefile.ts';
import { serveDns } from './server.ts';

const flagSpecs = {
  conf: { type: 'string', default: 'Corefile', help: 'The Corefile to load.' },
  'dns.port': { type: 'int', default: 53, help: 'The port of blocks that name none.' },
  version: { type: 'boolean', default: false, help: 'Print the version and exit.' },
} as const;

const version = 'CoreDNS-1.11 (k8s-lab)';

function readCorefile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new LabError(`loading Corefile: ${errorMessage(error)}`, { where: file });
  }
}

/** An endpoint that says 200 or 503. */
function serveStatus(port: number, path: string, okBody: string, isOk: () => boolean): http.Server {
  const server = http.createServer((request, response) => {
    const known = request.url === path;
    const ok = isOk();
    response.writeHead(known ? (ok ? 200 : 503) : 404).end(known && ok ? okBody : '');
  });
  server.listen(port);
  return server;
}

runProgram('coredns', async ({ args, signal }) => {
  const { flags } = parseFlags(args, flagSpecs, { program: 'coredns' });
  if (flags.version) {
    console.log(version);
    return 0;
  }
  const write = (line: string) => console.log(line);
  const context = {
    clock: systemClock,
    random: Math.random,
    write,
    logger: createLogger({ format: 'klog', caller: 'coredns' }),
    signal,
  };
  const blocks = parseCorefile(readCorefile(flags.conf), flags.conf, flags['dns.port']);
  const servers = blocks.map((block) => assembleServer(block, context));
  const closers: { close(): void }[] = [];
  for (const port of new Set(servers.map((server) => server.port))) {
    const onPort = servers.filter((server) => server.port === port);
    closers.push(await serveDns(port, '0.0.0.0', routeByZone(onPort)));
    for (const zone of onPort.flatMap((server) => server.zones)) write(`${zone}:${port}`);
  }
  closers.push(...servers.flatMap((server) => statusEndpoints(server)));
  write(version);
  await whenAborted(signal);
  for (const closer of closers) closer.close();
  for (const plugin of servers.flatMap((server) => server.plugins)) plugin.stop?.();
  return 0;
});

function statusEndpoints(server: AssembledServer): http.Server[] {
  const { healthPort, readyPort, plugins } = server;
  return [
    ...(healthPort === undefined ? [] : [serveStatus(healthPort, '/health', 'OK', () => true)]),
    ...(readyPort === undefined
      ? []
      : [serveStatus(readyPort, '/ready', 'OK', () => plugins.every((plugin) => plugin.ready?.() ?? true))]),
  ];
}
