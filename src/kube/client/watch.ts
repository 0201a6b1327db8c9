import type { ApiObject } from './objects.ts';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchEvent<T extends ApiObject> {
  readonly type: WatchEventType;
  /** For ERROR a Status. */
  readonly object: T;
}

/** A watch answer is one JSON object a line; a chunk may hold half of one, or many. */
export async function* decodeWatchStream<T extends ApiObject>(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<WatchEvent<T>> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10, start); end !== -1; end = chunk.indexOf(10, start)) {
      rest.push(chunk.subarray(start, end));
      const line = rest.length === 1 ? rest[0]! : Buffer.concat(rest);
      rest = [];
      start = end + 1;
      if (line.length > 0) yield JSON.parse(line.toString('utf8')) as WatchEvent<T>;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
}
