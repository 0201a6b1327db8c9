import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonsOf, validateCheck } from '../../src/checks/index.ts';
import { allSteps, formatOrigin } from '../../src/course/model.ts';
import { loadPack } from '../../src/course/pack.ts';
import { packageRoot } from '../../src/lib/package-root.ts';
import { topologyNames } from '../../src/machines/topology.ts';

/** The official course keeps its own rules, on every topology. */
for (const topology of topologyNames()) {
  const pack = loadPack({ topology });

  test(`${topology}: every step has three hints, a text, commands, checks and a source`, () => {
    for (const step of allSteps(pack)) {
      expect(step.hints.length, step.ref).toBe(3);
      expect(step.text.length, step.ref).toBeGreaterThan(60);
      expect(step.run.length, step.ref).toBeGreaterThan(0);
      expect(step.checks.length, step.ref).toBeGreaterThan(0);
      expect(step.sources.length, step.ref).toBeGreaterThan(0);
    }
  });

  test(`${topology}: every source that a step names is a file of this tree`, () => {
    const missing = allSteps(pack).flatMap((step) =>
      step.sources
        .filter((path) => statSync(join(packageRoot(), path), { throwIfNoEntry: false })?.isFile() !== true)
        .map((path) => `${step.ref}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  test(`${topology}: every check is one that src/checks understands`, () => {
    const wrong = allSteps(pack).flatMap((step) =>
      step.checks.flatMap((check) => {
        const problem = validateCheck(check.spec);
        return problem === undefined ? [] : [`${formatOrigin(check.origin)} ${problem}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test(`${topology}: every check has a fault that breaks it with a reason of its kind`, () => {
    const missing: string[] = [];
    for (const chapter of pack.chapters) {
      for (const step of chapter.steps) {
        for (const check of step.checks) {
          const faults = chapter.faults.filter(
            (fault) => fault.step === step.id && [check.id, check.template].includes(fault.check),
          );
          if (faults.length === 0) missing.push(`${step.ref}/${check.template} has no fault`);
          for (const fault of faults) {
            if (!(fault.expect in reasonsOf(check.spec.kind))) {
              missing.push(
                `${formatOrigin(fault.origin)} expects ${fault.expect}, which ${check.spec.kind} cannot say`,
              );
            }
          }
        }
      }
    }
    expect(missing).toEqual([]);
  });

  test(`${topology}: a text for a reason names a reason that a check of the step can have`, () => {
    const unknown = allSteps(pack).flatMap((step) => {
      const known = new Set(step.checks.flatMap((check) => Object.keys(reasonsOf(check.spec.kind))));
      return Object.keys(step.reasons)
        .filter((reason) => !known.has(reason))
        .map((reason) => `${step.ref}: ${reason}`);
    });
    expect(unknown).toEqual([]);
  });
}
