import type { Clock } from '../../lib/clock.ts';
import type { Directive } from '../corefile.ts';
import type { DnsResponse, ResourceRecord } from '../message.ts';
import type { Plugin } from '../plugin.ts';
import { directiveError, numberArgument } from './arguments.ts';

interface Entry {
  readonly response: DnsResponse;
  readonly storedAt: number;
  readonly ttl: number;
}

const capacity = 9984;

const ttlOf = (record: ResourceRecord): number | undefined => ('ttl' in record ? record.ttl : undefined);

/** How long an answer may be kept: its smallest TTL; a negative answer's is in the SOA. */
function responseTtl(response: DnsResponse): number {
  const ttls = [...response.answers, ...response.authorities].map(ttlOf).filter((ttl) => ttl !== undefined);
  return ttls.length === 0 ? 0 : Math.min(...ttls);
}

const aged = (records: readonly ResourceRecord[], seconds: number): ResourceRecord[] =>
  records.map(
    (record) =>
      ('ttl' in record
        ? { ...record, ttl: Math.max(0, (record.ttl ?? 0) - seconds) }
        : record) as ResourceRecord,
  );

/** `cache [TTL]`: keeps answers for as long as they allow, and never longer than TTL seconds (3600; 1800 for absences). */
export function cachePlugin(directive: Directive, clock: Clock): Plugin {
  const maximum =
    directive.args[0] === undefined
      ? undefined
      : numberArgument(directive, 'ttl', directive.args[0], 1, 86_400);
  if (directive.args.length > 1 || directive.block.length > 0) {
    throw directiveError(
      directive,
      `unsupported: '${directive.args[1] ?? directive.block[0]?.[0]}'; give one TTL in seconds`,
    );
  }
  const entries = new Map<string, Entry>();
  return {
    name: 'cache',
    async handle(request, next) {
      const { name, type } = request.question;
      const key = `${type} ${name.toLowerCase()}`;
      const known = entries.get(key);
      if (known !== undefined) {
        const age = Math.floor((clock.monotonic() - known.storedAt) / 1000);
        if (age < known.ttl) {
          const { response } = known;
          return {
            ...response,
            answers: aged(response.answers, age),
            authorities: aged(response.authorities, age),
            additionals: aged(response.additionals, age),
          };
        }
        entries.delete(key);
      }
      const response = await next(request);
      const ttl = Math.min(responseTtl(response), maximum ?? (response.answers.length > 0 ? 3600 : 1800));
      if (ttl > 0 && (response.code === 'NOERROR' || response.code === 'NXDOMAIN')) {
        // The oldest goes first: a Map keeps the order of insertion.
        if (entries.size >= capacity) entries.delete(entries.keys().next().value!);
        entries.set(key, { response, storedAt: clock.monotonic(), ttl });
      }
      return response;
    },
  };
}
