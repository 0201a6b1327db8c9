import type { DnsRequest, DnsResponse } from './message.ts';

/** What comes after a plugin in the chain. */
export type NextHandler = (request: DnsRequest) => Promise<DnsResponse>;

/** A link of the chain: answers, or asks the next link, or both. */
export interface Plugin {
  readonly name: string;
  handle(request: DnsRequest, next: NextHandler): Promise<DnsResponse>;
  /** False until the plugin can answer; the `ready` endpoint waits for all. */
  ready?(): boolean;
  stop?(): void;
}

/** Joins plugins in their order; `last` has what none of them answers. */
export function chain(plugins: readonly Plugin[], last: NextHandler): NextHandler {
  return plugins.reduceRight<NextHandler>((next, plugin) => (request) => plugin.handle(request, next), last);
}
