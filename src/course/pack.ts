import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lib/errors.ts';
import { didYouMean } from '../lib/nearest.ts';
import { packageRoot } from '../lib/package-root.ts';
import { loadTopology, type Topology, topologyNames } from '../machines/topology.ts';
import { readChapter } from './chapter.ts';
import type { Chapter, Pack } from './model.ts';
import { readPackFile } from './pack-file.ts';
import { templateValues } from './template-values.ts';
import { required, YamlReader } from './yaml-reader.ts';

export const defaultPackFolder = () => join(packageRoot(), 'labs', 'hard-way');

export interface LoadPackOptions {
  /** Default: the official course. */
  readonly folder?: string;
  /** Where templates are looked up. */
  readonly templates?: string;
  /** A name under templates/topologies; default: the one the pack names. */
  readonly topology?: string;
  readonly language?: string;
}

/** Reads a pack and renders it for a topology. Throws {@link LabError} with `file:line` for the first mistake. */
export function loadPack(options: LoadPackOptions = {}): Pack {
  const folder = options.folder ?? defaultPackFolder();
  const reader = YamlReader.parse(readPackFile(folder, 'pack.yaml'), 'pack.yaml');
  const fields = reader.fields(['id', 'title', 'languages', 'topology', 'chapters']);
  const languages = required(reader, fields, 'languages')
    .list()
    .map((item) => item.text());
  const language = options.language ?? languages[0] ?? reader.fail('a pack needs a language');
  if (!languages.includes(language)) {
    throw new LabError(`the course is not there in language ${JSON.stringify(language)}`, {
      remedy: `there are ${languages.join(', ')}`,
    });
  }
  const topologyField = required(reader, fields, 'topology');
  const defaultTopology = topologyField.text();
  const names = topologyNames();
  if (!names.includes(defaultTopology)) {
    topologyField.fail(
      `there is no topology ${JSON.stringify(defaultTopology)}`,
      didYouMean(defaultTopology, names) ?? `there are ${names.join(', ')}`,
    );
  }
  const topology: Topology = loadTopology(options.topology ?? defaultTopology);
  const source = {
    folder,
    templates: options.templates ?? join(packageRoot(), 'templates'),
    language,
    topology,
    values: templateValues(topology),
  };

  const chapters: Chapter[] = [];
  const known = new Set<string>();
  for (const item of required(reader, fields, 'chapters').list()) {
    const id = item.text();
    if (!existsSync(join(folder, id, 'lab.yaml'))) {
      item.fail(
        `there is no ${id}/lab.yaml`,
        didYouMean(
          id,
          readdirSync(folder).filter((name) => name !== 'pack.yaml'),
        ),
      );
    }
    if (chapters.some((chapter) => chapter.id === id)) item.fail(`chapter ${id} stands twice`);
    const chapter = readChapter(source, id, chapters.length + 1, known);
    chapters.push(chapter);
  }
  return {
    id: required(reader, fields, 'id').text(),
    title: required(reader, fields, 'title').text(),
    folder,
    language,
    languages,
    defaultTopology,
    topology,
    chapters,
  };
}
