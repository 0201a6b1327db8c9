import type { Pod, PodCondition } from './types/core-v1.ts';

type WithStatus = Pick<Pod, 'status'>;

/** None of its containers will run again. */
export const hasEnded = ({ status }: WithStatus): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Somebody deleted it, and it has not gone yet. */
export const isTerminating = (pod: Pod): boolean => pod.metadata?.deletionTimestamp !== undefined;

/** Since when it is ready, or not: the kubelet's word, which Services, rollouts and budgets go by. */
export const readyCondition = ({ status }: WithStatus): PodCondition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready');

export const isReady = (pod: WithStatus): boolean => readyCondition(pod)?.status === 'True';
