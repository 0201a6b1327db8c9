import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { reasonsOf, validateCheck } from '../../checks/index.ts';
import { LabError } from '../../lib/errors.ts';
import { didYouMean } from '../../lib/nearest.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { topologyNames } from '../../machines/topology.ts';
import { allSteps, type Chapter, formatOrigin, type Pack, type Step } from '../model.ts';
import { type LoadPackOptions, loadPack } from '../pack.ts';

/** A nudge, a pointer, the answer. */
const hintsPerStep = 3;
/** What a terminal of 80 columns shows of a command: a line that is wrapped would be typed as two. */
const commandColumns = 76;

/** What is wrong with a pack that can be seen without running it, on every topology; a line each. */
export function inspectPack(options: Omit<LoadPackOptions, 'topology' | 'language'> = {}): readonly string[] {
  const problems = new Set<string>();
  for (const topology of topologyNames()) {
    let pack: Pack;
    try {
      pack = loadPack({ ...options, topology });
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      return [error.toString()];
    }
    for (const problem of [...inspectAlsoRed(pack), ...inspectFixes(pack)]) problems.add(problem);
    for (const chapter of pack.chapters) {
      for (const step of chapter.steps) {
        for (const problem of [...inspectStep(step), ...inspectFaults(chapter, step)]) problems.add(problem);
      }
    }
    for (const problem of compareLanguages(pack, { ...options, topology })) problems.add(problem);
  }
  return [...problems];
}

function inspectStep(step: Step): string[] {
  const at = formatOrigin(step.origin);
  const problems: string[] = [];
  if (step.hints.length !== hintsPerStep) {
    problems.push(`${at} step ${step.id} has ${step.hints.length} hints, and ${hintsPerStep} are wanted`);
  }
  if (step.run.length === 0) problems.push(`${at} step ${step.id} has no commands`);
  if (step.checks.length === 0) problems.push(`${at} step ${step.id} has no check`);
  for (const row of step.run.flatMap((block) => block.split('\n'))) {
    if (row.length > commandColumns) {
      problems.push(
        `${at} step ${step.id}: a command's line has ${row.length} columns, and ${commandColumns} are shown: ${row.trim()}`,
      );
    }
  }
  for (const source of step.sources) {
    if (!existsSync(join(packageRoot(), source)))
      problems.push(`${at} step ${step.id}: there is no ${source}`);
  }
  const known = new Set<string>();
  for (const check of step.checks) {
    const problem = validateCheck(check.spec);
    if (problem !== undefined) problems.push(`${formatOrigin(check.origin)} ${problem}`);
    else for (const reason of Object.keys(reasonsOf(check.spec.kind))) known.add(reason);
  }
  for (const reason of Object.keys(step.reasons)) {
    if (!known.has(reason)) problems.push(`${at} step ${step.id}: no check can fail with ${reason}`);
  }
  return problems;
}

function inspectFaults(chapter: Chapter, step: Step): string[] {
  const problems: string[] = [];
  for (const check of step.checks) {
    const faults = chapter.faults.filter(
      (fault) => fault.step === step.id && [check.id, check.template].includes(fault.check),
    );
    if (faults.length === 0) {
      problems.push(`${formatOrigin(check.origin)} no fault turns ${step.id}/${check.template} red`);
    }
    if (validateCheck(check.spec) !== undefined) continue;
    for (const fault of faults) {
      if (fault.expect in reasonsOf(check.spec.kind)) continue;
      const known = Object.keys(reasonsOf(check.spec.kind));
      problems.push(
        `${formatOrigin(fault.origin)} ${check.spec.kind} cannot fail with ${fault.expect}: ${didYouMean(fault.expect, known) ?? `its reasons are ${known.join(', ')}`}`,
      );
    }
  }
  return problems;
}

/** `alsoRed` names checks by CHAPTER/STEP/CHECK, of this chapter or an earlier one. */
function inspectAlsoRed(pack: Pack): string[] {
  const known = allSteps(pack).flatMap((step) => step.checks.map((check) => `${step.ref}/${check.template}`));
  return pack.chapters
    .flatMap((chapter) => chapter.faults)
    .flatMap((fault) =>
      fault.alsoRed
        .filter((name) => !known.includes(name))
        .map(
          (name) =>
            `${formatOrigin(fault.origin)} alsoRed names ${name}, which is no check: ${didYouMean(name, known) ?? 'write STEP/CHECK or CHAPTER/STEP/CHECK'}`,
        ),
    );
}

/** `fix` of a check sends the learner to a step that is there. */
function inspectFixes(pack: Pack): string[] {
  const steps = allSteps(pack);
  const known = steps.map((step) => step.ref);
  return steps
    .flatMap((step) => step.checks)
    .filter(({ spec }) => spec.fix !== undefined && !known.includes(spec.fix))
    .map(
      ({ spec, origin }) =>
        `${formatOrigin(origin)} fix names ${spec.fix}, which is no step: ${didYouMean(spec.fix!, known) ?? 'write CHAPTER/STEP'}`,
    );
}

/** Steps and commands stand once; the languages must have the same steps, hints and reasons. */
function compareLanguages(pack: Pack, options: LoadPackOptions): string[] {
  const shape = (candidate: Pack) =>
    new Map(
      candidate.chapters.flatMap((chapter) =>
        chapter.steps.map((step) => [
          step.ref,
          `${step.hints.length} hints, reasons ${Object.keys(step.reasons).sort().join(' ')}`,
        ]),
      ),
    );
  const own = shape(pack);
  return pack.languages
    .filter((language) => language !== pack.language)
    .flatMap((language) => {
      let other: ReturnType<typeof shape>;
      try {
        other = shape(loadPack({ ...options, language }));
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        return [error.toString()];
      }
      return [...own]
        .filter(([ref, text]) => other.get(ref) !== text)
        .map(([ref]) => `${ref} differs between ${pack.language} and ${language}`);
    });
}
