import type { Pod } from '../api/types/core-v1.ts';
import type { NodeInfo } from './cluster.ts';

/** What all plugins may look at while one pod is scheduled. */
export interface SchedulingContext {
  readonly pod: Pod;
  readonly nodes: readonly NodeInfo[];
}

/**
 * Decides whether a pod may go on a node at all. `filter` returns undefined for yes, else the reasons why not, in the
 * words that end up in the pod's FailedScheduling event.
 */
export interface FilterPlugin {
  readonly name: string;
  filter(context: SchedulingContext, node: NodeInfo): readonly string[] | undefined;
}

/** Says how well a node suits, from 0 to 100. */
export interface ScorePlugin {
  readonly name: string;
  readonly weight: number;
  score(context: SchedulingContext, node: NodeInfo): number;
  /** Brings raw scores of all nodes to 0–100, where the raw ones are not. */
  normalize?(scores: ReadonlyMap<string, number>): ReadonlyMap<string, number>;
}

export const maximumScore = 100;

/** Raw counts to 0–100; reversed where less is better. */
export function normalizeByMaximum(
  scores: ReadonlyMap<string, number>,
  reverse: boolean,
): ReadonlyMap<string, number> {
  const highest = Math.max(0, ...scores.values());
  const scale = (score: number) => {
    if (highest === 0) return reverse ? maximumScore : 0;
    const share = Math.floor((score * maximumScore) / highest);
    return reverse ? maximumScore - share : share;
  };
  return new Map([...scores].map(([name, score]) => [name, scale(score)]));
}
