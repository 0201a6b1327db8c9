import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonsOf, validateCheck } from '../../src/checks/index.ts';
import { allSteps, formatOrigin } from '../../src/course/model.ts';
import { loadPack } from '../../src/course/pack.ts';
import { packageRoot } from '../../src/lib/package-root.ts';
import { loadTopology, topologyNames } from '../../src/machines/topology.ts';

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

  test(`${topology}: every step tells what goes wrong in real life`, () => {
    const silent = allSteps(pack).filter((step) => !step.text.includes('**In real life** '));
    expect(silent.map((step) => step.ref)).toEqual([]);
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

/** What is written, before the topology's values are filled in. */
function written(ending: string): { readonly path: string; readonly lines: readonly string[] }[] {
  const folder = join(packageRoot(), 'labs/hard-way');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ path, lines: readFileSync(join(folder, path), 'utf8').split('\n') }));
}

test('addresses and ranges of the lab come from the topology, never from a text or a command', () => {
  const own = loadTopology('hard-way');
  const values = [
    own.network,
    own.podCidr,
    own.serviceCidr,
    own.apiServiceAddress,
    own.dnsAddress,
    own.jumpbox,
  ];
  const addresses = own.machines.flatMap(({ address, podCidr }) => [address, podCidr ?? address]);
  const found = [...written('.md'), ...written('.yaml')].flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      [...values, ...addresses].some((value) => line.includes(value))
        ? [`${path}:${index + 1}: ${line}`]
        : [],
    ),
  );
  expect(found).toEqual([]);
});

test('a text has no line that ends in a space, no doubled word, and no word that says nothing', () => {
  const filler = /\b(simply|just type|obviously|of course|basically|please note|as you can see)\b/i;
  const doubled = /\b(the|a|an|is|are|of|to|in|on|and|or|it|that|has|by|for|with) \1\b/i;
  const found = written('text.en.md').flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      filler.test(line) || doubled.test(line) || / $/.test(line) ? [`${path}:${index + 1}: ${line}`] : [],
    ),
  );
  expect(found).toEqual([]);
});

test('the title of a fault stands for one fault', () => {
  const titles = loadPack({ topology: 'hard-way' }).chapters.flatMap(({ faults }) =>
    faults.map(({ title }) => title),
  );
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});
