import type { Course } from '../../course/course.ts';
import type { JournalEntry, MachineStatus } from '../../machines/client.ts';
import type { ClusterFacts } from './facts.ts';

/** The lab as the screens need it; live.ts does it, tests fake it. Methods reject with LabError. */
export interface TuiLab {
  readonly course: Course;
  /** Undefined while the lab does not run. */
  machines(): Promise<readonly MachineStatus[] | undefined>;
  cluster(signal: AbortSignal): Promise<ClusterFacts>;
  journal(machine: string, unit: string | undefined, signal: AbortSignal): AsyncIterable<JournalEntry>;
  power(machine: string, action: 'on' | 'off'): Promise<void>;
  /** Starts labd and switches all machines on. */
  up(): Promise<void>;
  /** Something changed that a check may care for, until the signal aborts. */
  changes(signal: AbortSignal): AsyncIterable<unknown>;
}

/** What the screens do to the terminal. */
export interface TuiTerminal {
  /** Puts a text on the learner's clipboard. */
  copy(text: string): void;
  /** Writes the whole screen again, over what another program may have written there. */
  redraw(): void;
  /** Hands the terminal to the learner's shell; the screens come back when it ends. */
  shell(): void;
  /** Leaves the screens for good. */
  quit(exitCode: number): void;
  /** Leaves them because the lab cannot be opened, and says why. */
  fail(error: unknown): void;
}
