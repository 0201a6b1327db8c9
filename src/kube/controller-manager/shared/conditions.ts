/** The conditions of statuses: a list with one entry a type. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

export const findCondition = <C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined => conditions?.find((condition) => condition.type === type);

/** The list with one condition set; its transition time stays when its status does. */
export function setCondition<C extends Condition>(conditions: readonly C[] | undefined, next: C): C[] {
  const old = findCondition(conditions, next.type);
  const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : next.lastTransitionTime;
  const merged = { ...next, ...(lastTransitionTime && { lastTransitionTime }) };
  return [...(conditions ?? []).filter(({ type }) => type !== next.type), merged];
}

export const removeCondition = <C extends Condition>(
  conditions: readonly C[] | undefined,
  type: string,
): C[] => (conditions ?? []).filter((condition) => condition.type !== type);
