import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDuration } from '../lib/flags.ts';
import { didYouMean } from '../lib/nearest.ts';
import type { Topology } from '../machines/topology.ts';
import { machinesOfGroup, readHosts } from './hosts.ts';
import {
  type Chapter,
  type CheckDefinition,
  type Fault,
  type FilePlacement,
  jumpbox,
  type ResetRule,
  type Step,
} from './model.ts';
import { readPackFile } from './pack-file.ts';
import { isTrue, render, renderValue, type Values } from './render.ts';
import { machineValues } from './template-values.ts';
import { parseChapterText, type StepText } from './text.ts';
import { failAt, required, YamlReader } from './yaml-reader.ts';

/** Where a chapter is read from, and for which cluster. */
export interface ChapterSource {
  readonly folder: string;
  readonly templates: string;
  readonly language: string;
  readonly topology: Topology;
  readonly values: Values;
}

/** Reads lab.yaml, the text and the faults of a chapter. `known` collects the references of steps, in order. */
export function readChapter(source: ChapterSource, id: string, number: number, known: Set<string>): Chapter {
  const { topology, values } = source;
  const textFile = `${id}/text.${source.language}.md`;
  const markdown = render(readPackFile(source.folder, textFile), values, { file: textFile, line: 1 });
  const text = parseChapterText(markdown, textFile);

  const reader = YamlReader.parse(readPackFile(source.folder, `${id}/lab.yaml`), `${id}/lab.yaml`);
  const fields = reader.fields(['chapter', 'ending', 'steps', 'reset']);
  const name = required(reader, fields, 'chapter');
  if (name.text() !== id) name.fail(`the chapter calls itself ${name.text()} and lies in ${id}`);

  const steps = required(reader, fields, 'steps')
    .list()
    .map((item) => readStep(source, id, item, text.steps, known));
  for (const [stepId, section] of text.steps) {
    if (!steps.some((step) => step.id === stepId)) {
      const spelled = didYouMean(
        stepId,
        steps.map((step) => step.id),
      );
      YamlReader.parse('', textFile).fail(
        `the text at line ${section.line} has a step ${JSON.stringify(stepId)} that lab.yaml lacks`,
        spelled,
      );
    }
  }
  return {
    id,
    number,
    title: text.title,
    text: text.text,
    ending: fields.get('ending')?.boolean() ?? false,
    steps,
    reset: (fields.get('reset')?.list() ?? []).map((item) => readResetRule(item, topology, values)),
    faults: readFaults(source, id, steps),
  };
}

/** The text of a node with its placeholders filled. */
const rendered = (reader: YamlReader, values: Values) => render(reader.text(), values, reader.textOrigin);

function readStep(
  source: ChapterSource,
  chapter: string,
  reader: YamlReader,
  texts: ReadonlyMap<string, StepText>,
  known: Set<string>,
): Step {
  const fields = reader.fields(['id', 'host', 'needs', 'files', 'run', 'checks']);
  const id = required(reader, fields, 'id').text();
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) reader.fail(`a step's id is lower case with dashes, not ${id}`);
  const ref = `${chapter}/${id}`;
  if (known.has(ref)) reader.fail(`step ${id} stands twice`);
  const text =
    texts.get(id) ?? reader.fail(`step ${JSON.stringify(id)} has no section in text.${source.language}.md`);

  const needs = (fields.get('needs')?.list() ?? []).map((item) => {
    const spelled = item.text();
    const need = spelled.includes('/') ? spelled : `${chapter}/${spelled}`;
    if (!known.has(need)) item.fail(`no earlier step is called ${spelled}`, didYouMean(need, known));
    return need;
  });
  known.add(ref);

  const host = fields.get('host');
  const checks = required(reader, fields, 'checks')
    .list()
    .flatMap((item) => readCheck(item, source.topology, source.values));
  const seen = new Set<string>();
  for (const check of checks) {
    if (seen.has(check.id)) failAt(check.origin, `check ${check.id} stands twice in step ${id}`);
    seen.add(check.id);
  }
  return {
    id,
    ref,
    chapter,
    title: text.title,
    hosts: host === undefined ? [jumpbox] : readHosts(host, source.topology),
    needs,
    files: (fields.get('files')?.list() ?? []).flatMap((item) => readPlacement(item, source)),
    run: required(reader, fields, 'run')
      .list()
      .map((item) => rendered(item, source.values).trimEnd()),
    checks: resolveCheckNeeds(checks),
    text: text.text,
    hints: text.hints,
    reasons: text.reasons,
    sources: text.sources,
    origin: reader.origin,
  };
}

/** Templates lie in templates/; the PKI as data lies beside it in certs/. */
function templatePath(source: ChapterSource, name: string): string {
  return name.startsWith('certs/') ? join(dirname(source.templates), name) : join(source.templates, name);
}

function readPlacement(reader: YamlReader, source: ChapterSource): FilePlacement[] {
  const fields = reader.fields(['to', 'template', 'each']);
  const template = required(reader, fields, 'template');
  const name = template.text();
  const path = templatePath(source, name);
  if (!existsSync(path)) template.fail(`there is no template ${name}`);
  const text = readFileSync(path, 'utf8');
  const to = required(reader, fields, 'to');
  return scopes(fields.get('each'), source.topology, source.values).map(({ values }) => ({
    to: rendered(to, values),
    template: name,
    content: render(text, values, { file: name, line: 1 }),
  }));
}

/** The values as they are, or once for each machine of a group with that machine as `machine`. */
function scopes(
  each: YamlReader | undefined,
  topology: Topology,
  values: Values,
): readonly { readonly machine?: string; readonly values: Values }[] {
  if (each === undefined) return [{ values }];
  return machinesOfGroup(each.text(), topology, each).map((name, index) => {
    const machine = topology.machines.find((candidate) => candidate.name === name)!;
    return { machine: name, values: { ...values, machine: machineValues(machine, index) } };
  });
}

function readCheck(reader: YamlReader, topology: Topology, values: Values): CheckDefinition[] {
  const fields = reader.fields();
  const template = required(reader, fields, 'id').text();
  const kind = required(reader, fields, 'kind').text();
  required(reader, fields, 'title');
  const within = fields.get('within');
  const withinMs = within === undefined ? 0 : parseDuration(within.text());
  if (withinMs === undefined) return within!.fail('within is a duration such as 20s');
  const define = (id: string, scope: Values): CheckDefinition => {
    const parameters = Object.fromEntries(
      [...fields]
        .filter(([name]) => !['id', 'kind', 'each', 'within'].includes(name))
        .map(([name, field]) => [name, field.value((text, origin) => renderValue(text, scope, origin))]),
    );
    const title = String(parameters.title);
    return { id, template, spec: { ...parameters, id, kind, title }, withinMs, origin: reader.origin };
  };
  return scopes(fields.get('each'), topology, values).map(({ machine, values: scope }) =>
    define(machine === undefined ? template : `${template}-${machine}`, scope),
  );
}

/** `needs` of a check name checks as the pack spells them; one with `each` stands for its twin on the same machine, or for all. */
function resolveCheckNeeds(checks: readonly CheckDefinition[]): CheckDefinition[] {
  return checks.map((check) => {
    const needs = check.spec.needs;
    if (needs === undefined) return check;
    const suffix = check.id.slice(check.template.length);
    const resolved = needs.flatMap((need) => {
      const twins = checks.filter((candidate) => candidate.template === need);
      if (twins.length === 0) {
        const templates = checks.map((candidate) => candidate.template);
        failAt(
          check.origin,
          `check ${check.template} needs ${need}, which this step does not have`,
          didYouMean(need, templates),
        );
      }
      const same = twins.filter((candidate) => candidate.id === `${need}${suffix}`);
      return (same.length > 0 ? same : twins).map((candidate) => candidate.id);
    });
    return { ...check, spec: { ...check.spec, needs: resolved } };
  });
}

function readResetRule(reader: YamlReader, topology: Topology, values: Values): ResetRule {
  const fields = reader.fields(['host', 'units', 'paths', 'commands']);
  const list = (name: string) => (fields.get(name)?.list() ?? []).map((item) => rendered(item, values));
  const host = fields.get('host');
  const commands = fields.get('commands');
  return {
    hosts: host === undefined ? [jumpbox] : readHosts(host, topology),
    units: list('units'),
    paths: list('paths'),
    commands: commands === undefined ? undefined : rendered(commands, values).trimEnd(),
  };
}

function readFaults(source: ChapterSource, chapter: string, steps: readonly Step[]): Fault[] {
  const folder = join(source.folder, chapter, 'faults');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => readFault(source, chapter, `${chapter}/faults/${name}`, steps));
}

function readFault(source: ChapterSource, chapter: string, file: string, steps: readonly Step[]): Fault {
  const reader = YamlReader.parse(readPackFile(source.folder, file), file);
  const fields = reader.fields(['title', 'breaks', 'expect', 'alsoRed', 'when', 'host', 'do', 'undo']);
  const breaks = required(reader, fields, 'breaks');
  const [stepId, check] = breaks.text().split('/');
  const step = steps.find((candidate) => candidate.id === stepId);
  if (step === undefined || check === undefined) {
    return breaks.fail(
      `breaks must be STEP/CHECK of this chapter, not ${breaks.text()}`,
      didYouMean(
        stepId ?? '',
        steps.map((candidate) => candidate.id),
      ),
    );
  }
  if (!step.checks.some((candidate) => candidate.template === check || candidate.id === check)) {
    breaks.fail(
      `step ${step.id} has no check ${JSON.stringify(check)}`,
      didYouMean(
        check,
        step.checks.map((candidate) => candidate.template),
      ),
    );
  }
  const host = fields.get('host');
  const when = fields.get('when');
  const expect = required(reader, fields, 'expect');
  return {
    id: file.slice(file.lastIndexOf('/') + 1, -'.yaml'.length),
    title: required(reader, fields, 'title').text(),
    chapter,
    step: step.id,
    check,
    expect: expect.text(),
    alsoRed: (fields.get('alsoRed')?.list() ?? []).map((item) => {
      const spelled = item.text();
      return spelled.split('/').length === 2 ? `${chapter}/${spelled}` : spelled;
    }),
    applies: when === undefined || isTrue(when.text(), source.values, when.origin),
    hosts: host === undefined ? [jumpbox] : readHosts(host, source.topology),
    do: rendered(required(reader, fields, 'do'), source.values).trimEnd(),
    undo: rendered(required(reader, fields, 'undo'), source.values).trimEnd(),
    origin: expect.origin,
  };
}
