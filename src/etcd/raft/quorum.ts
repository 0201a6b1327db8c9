import type { NodeId } from './types.ts';

export type VoteResult = 'pending' | 'won' | 'lost';

/** How many make a majority: any two majorities share a member, which is all that Raft's safety rests on. */
export function majority(voters: number): number {
  return (voters >> 1) + 1;
}

/** The highest index that a majority has, given the index each voter has. Sorts the array it is given. */
export function committedIndex(matches: number[]): number {
  const n = matches.length;
  // Insertion sort: there are three or five of them, and this runs for every acknowledgement.
  for (let i = 1; i < n; i++) {
    const value = matches[i]!;
    let j = i - 1;
    while (j >= 0 && matches[j]! > value) {
      matches[j + 1] = matches[j]!;
      j--;
    }
    matches[j + 1] = value;
  }
  return n === 0 ? 0 : matches[n - majority(n)]!;
}

/** Whether the votes seen so far decide it, whatever those still out say. */
export function voteResult(voters: ReadonlySet<NodeId>, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  let yes = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes.get(id);
    if (vote === undefined) missing++;
    else if (vote) yes++;
  }
  const needed = majority(voters.size);
  if (yes >= needed) return 'won';
  return yes + missing >= needed ? 'pending' : 'lost';
}
