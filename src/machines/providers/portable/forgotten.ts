import { existsSync } from 'node:fs';
import type { Clock } from '../../../lib/clock.ts';

/** Rare enough to cost nothing with sixty processes. */
const lookEveryMs = 10_000;

/** As it is before the machine's root takes the place of the host's: the record lies on the host. */
const existsOnHost = existsSync;

/**
 * Ends this process when its record is gone: somebody has deleted the runtime folder of a lab that runs (a cleaner of /tmp
 * does). Nobody can reach the process any more, or would find it to end it.
 */
export function endWhenForgotten(record: string, clock: Clock, end: () => void): void {
  clock.every(lookEveryMs, () => {
    if (!existsOnHost(record)) end();
  });
}
