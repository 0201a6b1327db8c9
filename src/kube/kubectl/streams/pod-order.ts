import { isReady, readyCondition } from '../../api/pods.ts';
import type { Pod } from '../../api/types/core-v1.ts';

/** Negative when the first pod comes before the second, as Array.sort wants it. */
type Order = (a: Pod, b: Pod) => number;

const phases: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 };

const readySince = (pod: Pod) => (isReady(pod) ? readyCondition(pod)?.lastTransitionTime : undefined);
const time = (text: string | undefined) => (text === undefined ? Number.POSITIVE_INFINITY : Date.parse(text));
const restarts = (pod: Pod) =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount ?? 0));
/** Two missing times are the same: Infinity - Infinity is no number. */
const earlierFirst = (a: string | undefined, b: string | undefined) =>
  a === b ? 0 : Math.sign(time(a) - time(b)) || 0;

const assignedFirst: Order = (a, b) => Number(Boolean(b.spec?.nodeName)) - Number(Boolean(a.spec?.nodeName));
// A phase that the list lacks (Succeeded, Failed) counts as the first, as a Go map gives zero.
const runningFirst: Order = (a, b) =>
  (phases[a.status?.phase ?? ''] ?? 0) - (phases[b.status?.phase ?? ''] ?? 0);
const readyFirst: Order = (a, b) => Number(isReady(b)) - Number(isReady(a));
const longestReadyFirst: Order = (a, b) => earlierFirst(readySince(a), readySince(b));
const oldestFirst: Order = (a, b) => earlierFirst(a.metadata.creationTimestamp, b.metadata.creationTimestamp);

const inTurn =
  (...orders: readonly Order[]): Order =>
  (a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };

/** Which of several pods has the most to tell. Models kubectl/pkg/util/podutils ByLogging. */
export const byLogging: Order = inTurn(
  assignedFirst,
  runningFirst,
  readyFirst,
  longestReadyFirst,
  (a, b) => restarts(b) - restarts(a),
  oldestFirst,
);

const activePhases: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Which of several pods is the best to work in: the reverse of podutils ActivePods, by which controllers choose whom to delete. */
export const byActivity: Order = inTurn(
  assignedFirst,
  (a, b) => (activePhases[b.status?.phase ?? ''] ?? 0) - (activePhases[a.status?.phase ?? ''] ?? 0),
  readyFirst,
  (a, b) =>
    Number(a.metadata.deletionTimestamp !== undefined) - Number(b.metadata.deletionTimestamp !== undefined),
  (a, b) => earlierFirst(b.metadata.deletionTimestamp, a.metadata.deletionTimestamp),
  longestReadyFirst,
  (a, b) => restarts(a) - restarts(b),
  oldestFirst,
);
