import type { CheckSpec } from '../checks/types.ts';
import type { Topology } from '../machines/topology.ts';

/** The words of the course: what a pack holds once it is read, rendered for a topology and checked. */

/** `jumpbox`, or the name of a machine. */
export type HostName = string;
export const jumpbox: HostName = 'jumpbox';

/** Where a piece of a pack was written, for messages: a path relative to the pack's folder and a line from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

export interface CheckDefinition {
  /** Unique within its step; a check with `each` becomes one check a machine, `ID-MACHINE`. */
  readonly id: string;
  /** The id as the pack spells it, which faults and reasons refer to. */
  readonly template: string;
  /** Kind, title and parameters, as src/checks evaluates them. */
  readonly spec: CheckSpec;
  /** How long the state may take to come about after the commands ran, milliseconds. */
  readonly withinMs: number;
  readonly origin: Origin;
}

/** A file that the lab lays into the workspace: rendered from templates/, never over a file that is there. */
export interface FilePlacement {
  readonly to: string;
  readonly template: string;
  readonly content: string;
}

export interface Step {
  readonly id: string;
  /** `CHAPTER/STEP`: the name under which progress is stored. */
  readonly ref: string;
  readonly chapter: string;
  readonly title: string;
  /** The hosts the commands run on, in order; the same commands on each. */
  readonly hosts: readonly HostName[];
  /** References of the steps that must be green first, in this chapter or an earlier one. */
  readonly needs: readonly string[];
  readonly files: readonly FilePlacement[];
  /** Blocks of shell commands: shown to the learner, and run by `run` and `solve`. */
  readonly run: readonly string[];
  readonly checks: readonly CheckDefinition[];
  /** Markdown: what the step is for. */
  readonly text: string;
  /** From a nudge to the answer. */
  readonly hints: readonly string[];
  /** What the pack says more about a reason for which a check can fail: Markdown by reason. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Source files of ours that do the work, relative to the package. */
  readonly sources: readonly string[];
  readonly origin: Origin;
}

/** What `reset` takes back on one host. */
export interface ResetRule {
  readonly hosts: readonly HostName[];
  /** Stopped and disabled first. */
  readonly units: readonly string[];
  /** Moved away; on the jumpbox relative to the workspace, and `*` stands for any name in its folder. */
  readonly paths: readonly string[];
  /** Run before anything is moved; allowed to fail, since what they undo may not be there. */
  readonly commands: string | undefined;
}

export interface Fault {
  readonly id: string;
  readonly title: string;
  readonly chapter: string;
  /** The step and the check (as the pack spells it) that must turn red. */
  readonly step: string;
  readonly check: string;
  /** The reason with which it must fail. */
  readonly expect: string;
  /** Checks that cannot but turn red with it, as CHAPTER/STEP/CHECK: they look at the same thing. */
  readonly alsoRed: readonly string[];
  /** False on a topology where it cannot do any harm (`when:`). */
  readonly applies: boolean;
  readonly hosts: readonly HostName[];
  readonly do: string;
  readonly undo: string;
  /** Of its `expect`. */
  readonly origin: Origin;
}

export interface Chapter {
  readonly id: string;
  /** Its place in the course, from 1. */
  readonly number: number;
  readonly title: string;
  /** Markdown: why the chapter exists. */
  readonly text: string;
  /** Takes the cluster away: see progress.ts on what that means for the chapters before it. */
  readonly ending: boolean;
  readonly steps: readonly Step[];
  readonly reset: readonly ResetRule[];
  readonly faults: readonly Fault[];
}

export interface Pack {
  readonly id: string;
  readonly title: string;
  /** Absolute. */
  readonly folder: string;
  readonly language: string;
  readonly languages: readonly string[];
  /** The topology the pack names as its own. */
  readonly defaultTopology: string;
  /** The topology it was rendered for. */
  readonly topology: Topology;
  readonly chapters: readonly Chapter[];
}

export const allSteps = (pack: Pack): readonly Step[] => pack.chapters.flatMap((chapter) => chapter.steps);

export const formatOrigin = (origin: Origin) => `${origin.file}:${origin.line}`;
