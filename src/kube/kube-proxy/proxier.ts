import { type Cancel, type Clock, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Service } from '../api/types/core-v1.ts';
import type { EndpointSlice } from '../api/types/discovery-v1.ts';
import { Informer, ResourceClient, type RestClient } from '../client/index.ts';
import { compileRules, type ServiceRule } from './rules.ts';

/** Where rules take effect: the network of this node. */
export interface RuleSink {
  replace(rules: readonly ServiceRule[]): void;
}

export interface ProxierOptions {
  readonly rest: RestClient;
  readonly sink: RuleSink;
  readonly nodeName: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Changes come in bursts (a rollout); one write a burst is enough, and nobody notices a tenth of a second. */
const settleMs = 100;

/** Keeps the node's rules in step with Services and EndpointSlices. */
export class Proxier {
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #options: ProxierOptions;
  readonly #clock: Clock;
  #written: string | undefined;
  #pending: Cancel | undefined;

  constructor(options: ProxierOptions) {
    const { rest, logger, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    const services = new ResourceClient<Service>(rest, { group: '', version: 'v1', resource: 'services' });
    const slices = new ResourceClient<EndpointSlice>(rest, {
      group: 'discovery.k8s.io',
      version: 'v1',
      resource: 'endpointslices',
    });
    this.#services = new Informer(services, { logger, clock });
    this.#slices = new Informer(slices, { logger, clock });
  }

  get synced(): boolean {
    return this.#services.synced && this.#slices.synced;
  }

  async run(signal: AbortSignal): Promise<void> {
    const changed = () => this.#schedule();
    for (const informer of [this.#services, this.#slices]) {
      informer.addHandlers({ added: changed, updated: changed, deleted: changed });
      // An empty list changes nothing and must still be written: it is the truth now.
      void informer.whenSynced().then(changed);
    }
    await Promise.all([this.#services.run(signal), this.#slices.run(signal)]);
    this.#pending?.();
  }

  #schedule(): void {
    this.#pending ??= this.#clock.after(settleMs, () => {
      this.#pending = undefined;
      this.#sync();
    });
  }

  #sync(): void {
    // Rules from half the picture would refuse connections that work now.
    if (!this.synced) return;
    const rules = compileRules({
      services: this.#services.list(),
      slices: this.#slices.list(),
      nodeName: this.#options.nodeName,
    });
    const text = JSON.stringify(rules);
    if (text === this.#written) return;
    this.#options.sink.replace(rules);
    this.#written = text;
    this.#options.logger.info('Synced proxy rules', { numRules: rules.length });
  }
}
