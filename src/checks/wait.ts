import { sleep } from '../lib/clock.ts';
import type { CheckContext, Finding } from './types.ts';

const intervalMs = 500;

/** Looks again until nothing is wrong or the wait is over; tells what it saw last. No wait: looks once. */
export async function eventually<Reason extends string>(
  context: CheckContext,
  waitMs: number,
  look: () => Promise<readonly Finding<Reason>[]>,
): Promise<readonly Finding<Reason>[]> {
  const deadline = context.clock.monotonic() + waitMs;
  for (;;) {
    const findings = await look();
    if (findings.length === 0 || context.clock.monotonic() >= deadline || context.signal?.aborted)
      return findings;
    await sleep(context.clock, intervalMs, context.signal);
  }
}
