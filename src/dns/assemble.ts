import type { Clock } from '../lib/clock.ts';
import { LabError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { Directive, ServerBlock } from './corefile.ts';
import { emptyResponse } from './message.ts';
import { chain, type NextHandler, type Plugin } from './plugin.ts';
import { directiveError, noArguments } from './plugins/arguments.ts';
import { cachePlugin } from './plugins/cache.ts';
import { forwardPlugin } from './plugins/forward.ts';
import { kubernetesPlugin } from './plugins/kubernetes/plugin.ts';
import { errorsPlugin, loadbalancePlugin, logPlugin, type WriteLine } from './plugins/observe.ts';

export interface AssemblyContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly write: WriteLine;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface AssembledServer {
  readonly port: number;
  readonly zones: readonly string[];
  readonly handler: NextHandler;
  readonly plugins: readonly Plugin[];
  /** Port of the `health` and `ready` endpoints, when the block asks for them. */
  readonly healthPort: number | undefined;
  readonly readyPort: number | undefined;
}

type Factory = (directive: Directive, block: ServerBlock, context: AssemblyContext) => Plugin;

/** A plugin without arguments and properties. */
const plain =
  (create: (context: AssemblyContext) => Plugin): Factory =>
  (directive, _block, context) => {
    noArguments(directive);
    return create(context);
  };

/** The plugins, in the order in which a request passes them whatever their order in the file (CoreDNS's plugin.cfg). */
const factories: ReadonlyMap<string, Factory> = new Map<string, Factory>([
  ['errors', plain(({ write }) => errorsPlugin(write))],
  ['log', plain(({ write, clock }) => logPlugin(write, clock))],
  ['cache', (directive, _block, { clock }) => cachePlugin(directive, clock)],
  ['loadbalance', plain(({ random }) => loadbalancePlugin(random))],
  ['kubernetes', (directive, block, context) => kubernetesPlugin(directive, block.zones, context)],
  ['forward', (directive) => forwardPlugin(directive)],
]);

/** Directives that open an HTTP endpoint instead of joining the chain. */
const endpoints: Readonly<Record<string, number>> = { health: 8080, ready: 8181 };

function endpointPort(block: ServerBlock, name: string): number | undefined {
  const directive = block.directives.find((candidate) => candidate.name === name);
  if (directive === undefined) return undefined;
  const [address, ...more] = directive.args;
  const lameduck = directive.block.find(([property]) => property !== 'lameduck');
  if (more.length > 0 || lameduck !== undefined) throw directiveError(directive, 'unknown property');
  if (address === undefined) return endpoints[name];
  const match = /^[^:]*:(\d+)$/.exec(address);
  if (match === null) throw directiveError(directive, `not an address: "${address}"`);
  return Number(match[1]);
}

/** Builds the chain a server block describes. Throws LabError for a directive that is not there, by its name. */
export function assembleServer(block: ServerBlock, context: AssemblyContext): AssembledServer {
  const known = [...factories.keys(), ...Object.keys(endpoints)];
  const seen = new Set<string>();
  for (const { name, line } of block.directives) {
    if (!known.includes(name)) {
      throw new LabError(`Corefile:${line} - Error during parsing: Unknown directive '${name}'`, {
        remedy: didYouMean(name, known) ?? `there are ${known.join(', ')}`,
      });
    }
    if (seen.has(name))
      throw new LabError(`Corefile:${line} - Error during parsing: '${name}' stands twice in a block`);
    seen.add(name);
  }
  const plugins = [...factories].flatMap(([name, factory]) => {
    const directive = block.directives.find((candidate) => candidate.name === name);
    return directive === undefined ? [] : [factory(directive, block, context)];
  });
  return {
    port: block.port,
    zones: block.zones,
    plugins,
    handler: chain(plugins, nobody(plugins)),
    healthPort: endpointPort(block, 'health'),
    readyPort: endpointPort(block, 'ready'),
  };
}

/** The end of the chain: a block without plugins refuses, others have failed to answer. Models plugin.NextOrFailure. */
function nobody(plugins: readonly Plugin[]): NextHandler {
  const last = plugins.at(-1);
  if (last === undefined) return async () => emptyResponse('REFUSED');
  return async () => {
    throw new Error(`plugin/${last.name}: no next plugin found`);
  };
}

/** One port may carry several blocks: the longest zone that holds the name answers. */
export function routeByZone(servers: readonly AssembledServer[]): NextHandler {
  const byZone = servers
    .flatMap((server) => server.zones.map((zone) => ({ zone, handler: server.handler })))
    .sort((a, b) => b.zone.length - a.zone.length);
  return (request) => {
    const name = `${request.question.name.toLowerCase()}.`;
    const match = byZone.find(({ zone }) => zone === '.' || name === zone || name.endsWith(`.${zone}`));
    return match === undefined ? Promise.resolve(emptyResponse('REFUSED')) : match.handler(request);
  };
}
