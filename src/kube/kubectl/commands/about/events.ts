import { age } from '../../../api/duration.ts';
import type { Event } from '../../../api/types/core-v1.ts';
import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import { outputFlag } from '../../cli/shared-flags.ts';
import { alignColumns } from '../../output/columns.ts';
import { printObject } from '../../output/object-printer.ts';

/** Models kubectl/pkg/cmd/events. */
export const events = command({
  name: 'events',
  summary: 'List events',
  flags: {
    ...outputFlag,
    'all-namespaces': { type: 'boolean', short: 'A', help: 'Events of all namespaces' },
    for: { type: 'string', default: '', help: 'Only those about TYPE/NAME' },
    types: { type: 'list', help: 'Only Normal or only Warning' },
    'no-headers': { type: 'boolean', help: 'Print no headers' },
  },
  async run(session, { flags }) {
    const cluster = session.cluster();
    const discovery = await cluster.discovery();
    const wrong = flags.types.find((type) => !['normal', 'warning'].includes(type.toLowerCase()));
    if (wrong !== undefined) throw new KubectlError('valid --types are Normal or Warning');
    const about = flags.for === '' ? undefined : flags.for.split('/');
    if (about !== undefined && about.length !== 2)
      throw new KubectlError('--for must be in resource/name form');
    const fieldSelector =
      about && `involvedObject.kind=${discovery.find(about[0]!).kind},involvedObject.name=${about[1]}`;
    const path = cluster.path(
      discovery.find('events'),
      flags['all-namespaces'] ? undefined : cluster.namespace,
    );
    const list = await cluster.request<{ items: Event[] }>('GET', path, {
      query: fieldSelector === undefined ? {} : { fieldSelector },
    });
    const wanted = flags.types.map((type) => type.toLowerCase());
    const items = list.items
      .filter(({ type = '' }) => wanted.length === 0 || wanted.includes(type.toLowerCase()))
      .sort((a, b) => time(a).localeCompare(time(b)));
    if (flags.output !== '') {
      session.stdout.write(printObject({ ...list, items }, flags.output));
      return;
    }
    if (items.length === 0) {
      session.warn(
        flags['all-namespaces'] ? 'No events found.' : `No events found in ${cluster.namespace} namespace.`,
      );
      return;
    }
    const now = session.clock.now();
    const namespaced = flags['all-namespaces'];
    const rows = items.map((event) => [
      ...(namespaced ? [event.metadata.namespace ?? ''] : []),
      lastSeen(event, now),
      event.type ?? '',
      event.reason ?? '',
      `${event.involvedObject.kind}/${event.involvedObject.name}`,
      (event.message ?? '').trim(),
    ]);
    const heads = [...(namespaced ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
    session.stdout.write(alignColumns(flags['no-headers'] ? rows : [heads, ...rows]));
  },
});

const time = (event: Event) =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? '';

/** `5s`, or `5s (x3 over 2m)`. */
function lastSeen(event: Event, now: number): string {
  const first = age(event.firstTimestamp ?? event.eventTime, now);
  const count = event.series?.count ?? event.count ?? 1;
  return count > 1 ? `${age(time(event), now)} (x${count} over ${first})` : first;
}
