import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { errorCode, errorMessage } from '../../../lib/errors.ts';
import type { Session } from '../cli/command.ts';
import { KubectlError } from '../cli/errors.ts';
import type { KubeObject } from './cluster.ts';

/** An object of a file, and the file that messages name. */
export interface Manifest {
  readonly object: KubeObject;
  readonly source: string;
}

const manifestName = /\.(json|yaml|yml)$/;

/** Reads -f: files, directories and `-`. Throws KubectlError. */
export async function readManifests(
  session: Pick<Session, 'cwd' | 'stdin'>,
  filenames: readonly string[],
  recursive = false,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const name of filenames) {
    if (/^https?:\/\//.test(name))
      throw new KubectlError(
        `this kubectl fetches no manifests from the network: download ${name} and pass the file`,
      );
    if (name === '-') manifests.push(...parseManifests(await readText(session.stdin), 'STDIN'));
    else
      for (const path of filesOf(session.cwd, name, recursive))
        manifests.push(...parseManifests(readFileSync(resolve(session.cwd, path), 'utf8'), path));
  }
  return manifests;
}

async function readText(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function filesOf(cwd: string, name: string, recursive: boolean): string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(resolve(cwd, name)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT')
      throw new KubectlError(`the path ${JSON.stringify(name)} does not exist`);
    throw error;
  }
  if (!isFolder) return [name];
  const files: string[] = [];
  for (const entry of readdirSync(resolve(cwd, name), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(name, entry.name);
    if (entry.isDirectory()) {
      if (recursive) files.push(...filesOf(cwd, path, true));
    } else if (manifestName.test(entry.name)) files.push(path);
  }
  if (files.length === 0 && !recursive)
    throw new KubectlError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`);
  return files;
}

/** Documents of YAML 1.1 (or JSON), with lists taken apart. */
function parseManifests(text: string, source: string): Manifest[] {
  return parseDocuments(text, source).flatMap((object) => itemsOf(object, source));
}

function itemsOf(object: KubeObject, source: string): Manifest[] {
  const missing = (['apiVersion', 'kind'] as const).filter(
    (key) => typeof object[key] !== 'string' || object[key] === '',
  );
  if (missing.length > 0) {
    const what = missing.map((key) => `${key} not set`).join(', ');
    throw new KubectlError(
      `error validating ${JSON.stringify(source)}: error validating data: ${missing.length > 1 ? `[${what}]` : what}; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  }
  if (object.kind?.endsWith('List') && Array.isArray(object.items))
    return (object.items as KubeObject[]).flatMap((item) => itemsOf(item, source));
  return [{ object: { ...object, metadata: object.metadata ?? {} }, source }];
}

/** Every document that is not empty. Also for `edit`, which reads what a person has written. */
export function parseDocuments(text: string, source: string): KubeObject[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    // Go's reader leaves times and numbers with colons what they look like: text.
    customTags: (tags) =>
      tags.filter(
        (tag) =>
          typeof tag === 'string' ||
          (tag.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in tag && tag.format === 'TIME')),
      ),
  });
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw parseError(source, error.linePos?.[0].line, error.message);
    let value: unknown;
    try {
      value = document.toJS();
    } catch (error) {
      throw parseError(source, undefined, errorMessage(error));
    }
    if (value === null || value === undefined) return [];
    if (typeof value !== 'object' || Array.isArray(value))
      throw new KubectlError(
        `error parsing ${source}: error unmarshaling JSON: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type map[string]interface {}`,
      );
    return [value as KubeObject];
  });
}

function parseError(source: string, line: number | undefined, message: string): KubectlError {
  const where = line === undefined ? '' : `line ${line}: `;
  return new KubectlError(
    `error parsing ${source}: error converting YAML to JSON: yaml: ${where}${message.split(' at line ')[0]}`,
  );
}
