import { once } from 'node:events';
import type { Writable } from 'node:stream';

const newline = 10;

/** Hands a reader's slowness on to whoever calls. */
export async function write(out: Writable, chunk: Buffer | string): Promise<void> {
  if (!out.write(chunk)) await once(out, 'drain');
}

/** Copies whole lines, each with the prefix before it: several logs may share one output. The last line may lack its end. */
export async function copyLines(from: AsyncIterable<Buffer>, out: Writable, prefix = ''): Promise<void> {
  const head = Buffer.from(prefix);
  let rest: Buffer[] = [];
  for await (const chunk of from) {
    const ready: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      ready.push(head, ...rest, chunk.subarray(start, end + 1));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    if (ready.length > 0) await write(out, Buffer.concat(ready));
  }
  if (rest.length > 0) await write(out, Buffer.concat([head, ...rest]));
}
