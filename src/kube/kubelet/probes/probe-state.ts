import type { Probe } from '../../api/types/core-v1.ts';

export type ProbeKind = 'Liveness' | 'Readiness' | 'Startup';

/** What a probe counts. */
export interface ProbeState {
  /** The result that holds; undefined while none does. */
  readonly result: boolean | undefined;
  readonly lastOutcome: boolean | undefined;
  readonly run: number;
}

export const initialState = (kind: ProbeKind): ProbeState => ({
  // A container lives until the contrary is shown, and is not ready until it is.
  result: kind === 'Liveness' ? true : kind === 'Readiness' ? false : undefined,
  lastOutcome: undefined,
  run: 0,
});

/** The next state after a try: the result turns only after as many equal outcomes as the thresholds ask. */
export function nextState(state: ProbeState, probe: Probe, ok: boolean): ProbeState {
  const run = state.lastOutcome === ok ? state.run + 1 : 1;
  const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { result: run >= threshold ? ok : state.result, lastOutcome: ok, run };
}
