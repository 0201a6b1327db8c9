import type { Taint, Toleration } from '../../api/types/core-v1.ts';
import { type FilterPlugin, normalizeByMaximum, type ScorePlugin } from '../framework.ts';

/** Models core/v1/helper ToleratesTaint. */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if ((toleration.effect ?? '') !== '' && toleration.effect !== taint.effect) return false;
  if ((toleration.key ?? '') !== '' && toleration.key !== taint.key) return false;
  const operator = toleration.operator ?? 'Equal';
  if (operator === 'Exists') return true;
  return (
    operator === 'Equal' && (toleration.key ?? '') !== '' && (toleration.value ?? '') === (taint.value ?? '')
  );
}

const untolerated = (taints: readonly Taint[], tolerations: readonly Toleration[]) =>
  taints.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));

/** A node that is cordoned takes nothing new. Models plugins/nodeunschedulable. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  filter({ pod }, { node }) {
    if (node.spec?.unschedulable !== true) return undefined;
    const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
    return untolerated([taint], pod.spec?.tolerations ?? []).length === 0
      ? undefined
      : ['node(s) were unschedulable'];
  },
};

/** Taints keep pods away that do not tolerate them. Models plugins/tainttoleration. */
export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  filter({ pod }, { node }) {
    const hard = (node.spec?.taints ?? []).filter(
      ({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute',
    );
    const [first] = untolerated(hard, pod.spec?.tolerations ?? []);
    return first === undefined
      ? undefined
      : [`node(s) had untolerated taint {${first.key}: ${first.value ?? ''}}`];
  },
  score({ pod }, { node }) {
    const soft = (node.spec?.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule');
    return untolerated(soft, pod.spec?.tolerations ?? []).length;
  },
  normalize: (scores) => normalizeByMaximum(scores, true),
};
