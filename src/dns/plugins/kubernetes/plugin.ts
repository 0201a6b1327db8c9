import { RestClient } from '../../../kube/client/index.ts';
import { inClusterConfig, loadClientConfig } from '../../../kube/client/kubeconfig.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Directive } from '../../corefile.ts';
import { emptyResponse } from '../../message.ts';
import type { Plugin } from '../../plugin.ts';
import { directiveError, numberArgument } from '../arguments.ts';
import { InformedClusterView } from './cluster-view.ts';
import { ZoneAnswerer, type ZoneOptions } from './records.ts';

interface KubernetesOptions extends ZoneOptions {
  readonly reverseZones: readonly string[];
  /** Names under these zones that are not found go to the next plugin; all zones when the list is empty, none when undefined. */
  readonly fallthrough: readonly string[] | undefined;
  readonly kubeconfig: readonly string[] | undefined;
}

const withDot = (name: string) => (name.endsWith('.') ? name.toLowerCase() : `${name.toLowerCase()}.`);

/** `kubernetes cluster.local in-addr.arpa { pods insecure; fallthrough in-addr.arpa; ttl 30 }` */
function parseKubernetes(directive: Directive, zonesOfBlock: readonly string[]): KubernetesOptions {
  const zones = (directive.args.length === 0 ? zonesOfBlock : directive.args).map(withDot);
  let pods: KubernetesOptions['pods'] = 'disabled';
  let fallthrough: string[] | undefined;
  let ttl = 5;
  let kubeconfig: readonly string[] | undefined;
  for (const [property, ...args] of directive.block) {
    if (property === 'pods' && ['disabled', 'insecure', 'verified'].includes(args[0] ?? '')) {
      pods = args[0] as KubernetesOptions['pods'];
    } else if (property === 'fallthrough') fallthrough = args.map(withDot);
    else if (property === 'ttl') ttl = numberArgument(directive, property, args[0], 0, 3600);
    else if (property === 'kubeconfig' && args.length > 0) kubeconfig = args;
    // Endpoints are found by their address and hostname; nothing else is offered.
    else throw directiveError(directive, `unknown property '${[property, ...args].join(' ')}'`);
  }
  const isReverse = (zone: string) => zone.endsWith('.arpa.');
  return {
    zones: zones.filter((zone) => !isReverse(zone)),
    reverseZones: zones.filter(isReverse),
    ttl,
    pods,
    fallthrough,
    kubeconfig,
  };
}

export function kubernetesPlugin(
  directive: Directive,
  zonesOfBlock: readonly string[],
  context: { readonly logger: Logger; readonly signal: AbortSignal },
): Plugin {
  const options = parseKubernetes(directive, zonesOfBlock);
  const config =
    options.kubeconfig === undefined
      ? inClusterConfig()
      : loadClientConfig(
          options.kubeconfig[0]!,
          options.kubeconfig[1] === undefined ? {} : { context: options.kubeconfig[1] },
        );
  const rest = new RestClient({ ...config, userAgent: 'coredns' });
  const view = new InformedClusterView(rest, {
    verifyPods: options.pods === 'verified',
    logger: context.logger,
  });
  view.start(context.signal);
  const answerer = new ZoneAnswerer(options, view);

  const inReverseZone = (name: string) => options.reverseZones.some((zone) => name.endsWith(`.${zone}`));
  const fallsThrough = (name: string) =>
    options.fallthrough !== undefined &&
    (options.fallthrough.length === 0 ||
      options.fallthrough.some((zone) => name === zone || name.endsWith(`.${zone}`)));

  return {
    name: 'kubernetes',
    ready: () => view.synced(),
    stop: () => rest.close(),
    async handle(request, next) {
      const name = withDot(request.question.name);
      // Before the first list has come an absence proves nothing.
      if (!view.synced()) return emptyResponse('SERVFAIL');
      const isReverse = name.endsWith('.arpa.');
      const response = isReverse && !inReverseZone(name) ? undefined : answerer.answer(request.question);
      if (response !== undefined && !(response.code === 'NXDOMAIN' && fallsThrough(name))) return response;
      if (isReverse && inReverseZone(name) && !fallsThrough(name)) return emptyResponse('NXDOMAIN');
      return next(request);
    },
  };
}
