import type { Clock } from '../../lib/clock.ts';
import { errorMessage } from '../../lib/errors.ts';
import { type DnsRequest, type DnsResponse, emptyResponse, encodeResponse } from '../message.ts';
import type { Plugin } from '../plugin.ts';

export type WriteLine = (line: string) => void;

/** `errors`: a failure further down the chain is written to the log, and the client gets SERVFAIL. */
export function errorsPlugin(write: WriteLine): Plugin {
  return {
    name: 'errors',
    async handle(request, next) {
      try {
        return await next(request);
      } catch (error) {
        const { name, type } = request.question;
        write(`[ERROR] plugin/errors: 2 ${name}. ${type}: ${errorMessage(error)}`);
        return emptyResponse('SERVFAIL');
      }
    },
  };
}

function flagNames(request: DnsRequest, response: DnsResponse): string {
  const names = [
    'qr',
    ...(response.authoritative ? ['aa'] : []),
    ...(request.recursionDesired ? ['rd'] : []),
  ];
  return [...names, ...(response.authoritative ? [] : ['ra'])].join(',');
}

/** `log`: a line a query, in the format of CoreDNS. */
export function logPlugin(write: WriteLine, clock: Clock): Plugin {
  return {
    name: 'log',
    async handle(request, next) {
      const started = clock.monotonic();
      const response = await next(request);
      const seconds = ((clock.monotonic() - started) / 1000).toFixed(9);
      const { name, type } = request.question;
      const size = encodeResponse(request, response).length;
      write(
        `[INFO] ${request.client} - ${request.id} "${type} IN ${name}. ${request.transport} ${request.size} false ${request.udpSize}" ` +
          `${response.code} ${flagNames(request, response)} ${size} ${seconds}s`,
      );
      return response;
    },
  };
}

/** `loadbalance`: the addresses of an answer in a new order each time, for clients that take the first. */
export function loadbalancePlugin(random: () => number): Plugin {
  return {
    name: 'loadbalance',
    async handle(request, next) {
      const response = await next(request);
      const isAddress = (record: DnsResponse['answers'][number]) =>
        record.type === 'A' || record.type === 'AAAA';
      const addresses = response.answers.filter(isAddress);
      for (let last = addresses.length - 1; last > 0; last--) {
        const other = Math.floor(random() * (last + 1));
        [addresses[last], addresses[other]] = [addresses[other]!, addresses[last]!];
      }
      return {
        ...response,
        answers: [...response.answers.filter((record) => !isAddress(record)), ...addresses],
      };
    },
  };
}
