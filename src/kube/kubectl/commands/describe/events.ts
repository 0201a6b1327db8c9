import { age } from '../../../api/duration.ts';
import type { Event } from '../../../api/types/core-v1.ts';
import { resourcePath } from '../../../client/resource-client.ts';
import type { Session } from '../../cli/command.ts';
import type { KubeObject } from '../../cluster/cluster.ts';
import type { Page } from './page.ts';

const events = { group: '', version: 'v1', resource: 'events' };

/** The events about an object, those of long ago first. */
export async function eventsAbout(session: Session, object: KubeObject): Promise<Event[]> {
  const { name, namespace, uid } = object.metadata;
  const selector = {
    'involvedObject.kind': object.kind,
    'involvedObject.name': name,
    'involvedObject.namespace': namespace,
    'involvedObject.uid': object.kind === 'Node' ? undefined : uid,
  };
  const list = await session.cluster().request<{ items: Event[] }>('GET', resourcePath(events, namespace), {
    query: {
      fieldSelector: Object.entries(selector)
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([field, value]) => `${field}=${value}`)
        .join(','),
    },
  });
  return list.items.sort((a, b) => lastSeen(a).localeCompare(lastSeen(b)));
}

const lastSeen = (event: Event) => event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? '';

/** Models kubectl/pkg/describe DescribeEvents. */
export function describeEvents(page: Page, list: readonly Event[], now: number): void {
  if (list.length === 0) {
    page.line(0, 'Events:', '<none>');
    return;
  }
  page.line(0, 'Events:');
  page.table(
    1,
    ['Type', 'Reason', 'Age', 'From', 'Message'],
    list.map((event) => [
      event.type ?? '',
      event.reason ?? '',
      interval(event, now),
      event.source?.component || event.reportingComponent || '',
      (event.message ?? '').trim(),
    ]),
    4,
  );
}

/** `5s`, or `5s (x3 over 2m)`. */
function interval(event: Event, now: number): string {
  const first = age(event.firstTimestamp ?? event.eventTime, now);
  const count = event.series?.count ?? event.count ?? 1;
  if (count <= 1) return first;
  return `${age(event.series?.lastObservedTime ?? event.lastTimestamp, now)} (x${count} over ${first})`;
}
