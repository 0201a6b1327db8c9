import { UsageError } from '../../lib/errors.ts';
import { type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import { prefixEnd } from '../client/keys.ts';
import type { Context } from './context.ts';

/** check perf: a minute of puts at a fixed rate, judged as upstream judges (etcdctl/ctlv3/command/check.go). */
export const checkFlags = {
  load: { type: 'string', default: 's', help: 's(mall), m(edium), l(arge), xl(xLarge).' },
  prefix: {
    type: 'string',
    default: '/etcdctl-check-perf/',
    help: 'The prefix for writing the performance check keys.',
  },
} as const satisfies FlagSpecs;

interface Load {
  readonly writesPerSecond: number;
  readonly clients: number;
}
const small: Load = { writesPerSecond: 150, clients: 50 };
const medium: Load = { writesPerSecond: 1000, clients: 200 };
const large: Load = { writesPerSecond: 8000, clients: 500 };
const extraLarge: Load = { writesPerSecond: 15_000, clients: 1000 };
const loads: Readonly<Record<string, Load>> = {
  s: small,
  small,
  m: medium,
  medium,
  l: large,
  large,
  xl: extraLarge,
  xLarge: extraLarge,
};
const durationMs = 60_000;
const tickMs = 10;
const keyBytes = 256;
const valueBytes = 1024;

export async function checkPerf(context: Context, words: readonly string[]): Promise<number> {
  const { flags } = parseFlags(words, checkFlags, { program: 'etcdctl check perf' });
  const load = loads[flags.load];
  if (load === undefined) throw new UsageError(`unknown load option ${flags.load}`);
  const admin = context.client();
  const range = { key: Buffer.from(flags.prefix), rangeEnd: prefixEnd(flags.prefix) };
  const { count } = await admin.range({ ...range, limit: 1 });
  if (count > 0)
    throw new UsageError(
      `prefix ${JSON.stringify(flags.prefix)} has keys. Delete with "etcdctl del --prefix ${flags.prefix}" first.`,
    );

  const clients = Array.from({ length: load.clients }, () => context.client());
  const value = Buffer.alloc(valueBytes, 'v');
  const latencies: number[] = [];
  const pending = new Set<Promise<void>>();
  let failure: unknown;
  let sent = 0;
  const write = async () => {
    const client = clients[sent % clients.length]!;
    const key = `${flags.prefix}${String(sent++).padStart(keyBytes, '0')}`;
    const start = performance.now();
    try {
      await client.put(key, value);
      latencies.push(performance.now() - start);
    } catch (error) {
      failure ??= error;
    }
  };
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - start;
      if (elapsed >= durationMs || context.signal.aborted) {
        clearInterval(timer);
        resolve();
        return;
      }
      const due = Math.floor((elapsed / 1000) * load.writesPerSecond);
      // As upstream, a client has one write under way: what cannot be sent in time lowers the throughput.
      while (sent < due && pending.size < clients.length) {
        const promise = write().finally(() => pending.delete(promise));
        pending.add(promise);
      }
    }, tickMs);
  });
  await Promise.all(pending);
  const seconds = (performance.now() - start) / 1000;
  for (const client of clients) client.close();
  await admin.deleteRange(range);
  if (failure !== undefined) throw failure;

  const throughput = Math.floor(latencies.length / seconds) + 1;
  const slowest = latencies.reduce((most, each) => Math.max(most, each), 0) / 1000;
  const mean = latencies.reduce((sum, each) => sum + each, 0) / latencies.length / 1000;
  const variance = latencies.reduce((sum, each) => sum + (each / 1000 - mean) ** 2, 0) / latencies.length;
  const deviation = Math.sqrt(variance);
  let ok = true;
  const judge = (passed: boolean, good: string, bad: string) => {
    ok &&= passed;
    context.print(passed ? `PASS: ${good}\n` : `FAIL: ${bad}\n`);
  };
  judge(
    throughput > 0.9 * load.writesPerSecond,
    `Throughput is ${throughput} writes/s`,
    `Throughput too low: ${throughput} writes/s`,
  );
  judge(
    slowest <= 0.5,
    `Slowest request took ${slowest.toFixed(6)}s`,
    `Slowest request took too long: ${slowest.toFixed(6)}s`,
  );
  judge(deviation <= 0.1, `Stddev is ${deviation.toFixed(6)}s`, `Stddev too high: ${deviation.toFixed(6)}s`);
  context.print(ok ? 'PASS\n' : 'FAIL\n');
  return ok ? 0 : 1;
}
