import { describe, expect, test } from 'vitest';
import { Simulation, type SimulationResult } from './simulator.ts';

/** A failing seed repeats exactly: `SIMULATION_SEED=123 npx vitest run test/simulation`. */
const only = process.env.SIMULATION_SEED;
const seeds = (count: number, from: number) =>
  only === undefined ? Array.from({ length: count }, (_, i) => from + i) : [Number(only)];

async function runAll(size: number, list: readonly number[]) {
  const sum = {
    acknowledged: 0,
    reads: 0,
    elections: 0,
    crashes: 0,
    partitions: 0,
    snapshotsReceived: 0,
    applied: 0,
  };
  for (const seed of list) {
    let result: SimulationResult;
    try {
      result = await new Simulation({ seed, size }).run();
    } catch (error) {
      throw new Error(`seed ${seed}, ${size} members: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    for (const key of Object.keys(sum) as (keyof SimulationResult)[]) sum[key] += result[key];
  }
  return sum;
}

describe('under crashes, partitions and a bad network, then healed', () => {
  test('three members keep every promise', { timeout: 120_000 }, async () => {
    const sum = await runAll(3, seeds(150, 1));
    console.info('three members', sum);
    for (const [what, count] of Object.entries(sum)) expect(count, what).toBeGreaterThan(0);
  });

  test('five members keep every promise', { timeout: 120_000 }, async () => {
    const sum = await runAll(5, seeds(60, 10_001));
    console.info('five members', sum);
    for (const [what, count] of Object.entries(sum)) expect(count, what).toBeGreaterThan(0);
  });

  test('a seed repeats exactly', async () => {
    const run = () => new Simulation({ seed: 42, size: 3 }).run();
    expect(await run()).toEqual(await run());
  });
});
