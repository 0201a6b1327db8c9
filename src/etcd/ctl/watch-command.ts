import { UsageError } from '../../lib/errors.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import { type Event, EventType } from '../proto/kv.ts';
import type { Context } from './context.ts';
import { goJson, headerJson, kvJson, omitEmpty } from './format.ts';
import { keyRange } from './kv-commands.ts';
import { fieldsHeader, fieldsKv, printKv } from './kv-print.ts';

/** watch KEY [RANGE_END]. Models etcdctl/ctlv3/command/watch_command.go; its interactive mode and exec are refused by name. */
export const watchFlags = {
  prefix: { type: 'boolean', default: false, help: 'Watch on a prefix if prefix is set.' },
  'from-key': { type: 'boolean', default: false, help: 'Watch keys from the given one on.' },
  rev: { type: 'int', default: 0, help: 'Revision to start watching.' },
  'prev-kv': {
    type: 'boolean',
    default: false,
    help: 'Get the previous key-value pair before the event happens.',
  },
  'progress-notify': {
    type: 'boolean',
    default: false,
    help: 'Get periodic watch progress notification from server.',
  },
} as const satisfies FlagSpecs;

const eventName = (event: Event) => (event.type === EventType.DELETE ? 'DELETE' : 'PUT');

export function watch(context: Context, words: readonly string[]): Promise<number> {
  if (words.includes('--'))
    throw new UsageError('etcdctl watch: running a command on events (--) is not supported');
  if (words.some((word) => /^(-i|--interactive)/.test(word))) {
    throw new UsageError('etcdctl watch: --interactive is not supported');
  }
  const { flags, positional } = parseFlags(words, watchFlags, { program: 'etcdctl watch' });
  const { key, rangeEnd } = keyRange(
    'watch',
    positional.length > 0 ? positional : [context.env.ETCDCTL_WATCH_KEY ?? ''],
    flags,
  );
  return new Promise((resolve, reject) => {
    const client = context.client();
    context.signal.addEventListener('abort', () => resolve(0), { once: true });
    client.watch(
      {
        key,
        rangeEnd,
        startRevision: flags.rev,
        prevKv: flags['prev-kv'],
        progressNotify: flags['progress-notify'],
      },
      {
        onEvents(events, header) {
          if (context.format === 'json') {
            const list = events.map((event) => ({
              ...omitEmpty({ type: event.type }),
              kv: kvJson(event.kv),
              prev_kv: kvJson(event.prevKv),
            }));
            context.print(
              `${goJson({ Header: headerJson(header), Events: list, CompactRevision: 0, Canceled: false, Created: false })}\n`,
            );
            return;
          }
          if (context.format === 'fields') context.print(fieldsHeader(header));
          for (const event of events) {
            if (context.format === 'fields') {
              context.print(`"Type" : ${JSON.stringify(eventName(event))}\n`);
              if (event.prevKv !== undefined) context.print(fieldsKv('Prev', event.prevKv));
              context.print(fieldsKv('', event.kv!));
              continue;
            }
            context.print(`${eventName(event)}\n`);
            if (event.prevKv !== undefined) printKv(context, event.prevKv);
            printKv(context, event.kv!);
          }
        },
        onProgress(revision) {
          if (context.format === 'simple') context.print(`progress notify: ${revision}\n`);
        },
        onError: (error) => reject(error),
      },
    );
  });
}
