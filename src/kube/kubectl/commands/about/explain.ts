/** Models kubectl/pkg/explain/v2: what the server's OpenAPI says of a kind or a field of it. */
import { command } from '../../cli/command.ts';
import { KubectlError } from '../../cli/errors.ts';
import type { Resource } from '../../cluster/discovery.ts';

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}
type Schemas = Readonly<Record<string, Schema>>;

const lineWidth = 80;
const noDescription = '<no description>';

export const explain = command({
  name: 'explain',
  summary: 'Get documentation for a resource',
  usage: 'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext]',
  flags: {
    recursive: { type: 'boolean', help: 'Name the fields of fields too' },
    'api-version': { type: 'string', default: '', help: 'The group and version, such as apps/v1' },
    output: { type: 'string', short: 'o', default: 'plaintext', help: 'plaintext' },
  },
  async run(session, { flags, positional }) {
    if (positional.length !== 1)
      throw new KubectlError(
        positional.length === 0
          ? 'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.'
          : 'We accept only this format: explain RESOURCE',
        { plain: positional.length === 0 },
      );
    if (flags.output !== 'plaintext') throw new KubectlError(`unrecognized format: ${flags.output}`);
    const cluster = session.cluster();
    const discovery = await cluster.discovery();
    const [type = '', ...fields] = positional[0]!.split('.');
    const asked = flags['api-version'];
    const found = discovery.find(type);
    const resource =
      asked === ''
        ? found
        : discovery.resources.find(
            (r) => r.kind === found.kind && [r.version, `${r.group}/${r.version}`].includes(asked),
          );
    if (resource === undefined)
      throw new KubectlError(`couldn't find resource for "${asked}, Resource=${type}"`);
    const group = resource.group === '' ? 'api' : `apis/${resource.group}`;
    const document = await cluster.request<{ components: { schemas: Schemas } }>(
      'GET',
      `/openapi/v3/${group}/${resource.version}`,
    );
    const { schemas } = document.components;
    session.stdout.write(titleOf(resource));
    session.stdout.write(explanation(schemas, schemaOf(schemas, resource), fields, flags.recursive));
  },
});

type Kind = Pick<Resource, 'group' | 'version' | 'kind'>;

const titleOf = ({ group, version, kind }: Kind) =>
  `${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${kind}\nVERSION:    ${version}\n\n`;

function schemaOf(schemas: Schemas, { group, version, kind }: Kind): Schema {
  const found = Object.values(schemas).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some(
      (gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind,
    ),
  );
  if (found !== undefined) return found;
  throw new KubectlError(`GVR (${group}/${version}, ${kind}) not found in OpenAPI schema`);
}

/** What is said of a kind, or of the field that a path leads to. Throws when there is no such field. */
export function explanation(
  schemas: Schemas,
  kind: Schema,
  path: readonly string[],
  recursive: boolean,
): string {
  const field = path.reduce<Schema>((schema, name) => {
    const next = fieldsOf(schemas, schema).properties?.[name];
    if (next === undefined) throw new KubectlError(`field "${name}" does not exist`);
    return next;
  }, kind);
  const described = fieldsOf(schemas, field);
  const texts = new Set([field.description, elementOf(field).description, described.description]);
  const values = elementOf(field).enum ?? described.enum;
  const list = fieldLines(schemas, described, 1, recursive);
  const lines = [
    ...(path.length === 0 ? [] : [`FIELD: ${path.at(-1)} <${typeName(schemas, field)}>`, '', '']),
    'DESCRIPTION:',
    ...[...texts].flatMap((text) => (text ? wrap(text, 4) : [])),
    '    ',
    ...(values === undefined ? [] : ['', 'ENUM:', ...values.map((value) => `    ${value}`)]),
    ...(list.length === 0 ? [''] : ['FIELDS:', ...list, '']),
  ];
  return `${lines.join('\n')}\n`;
}

/** What a reference, or a reference with a description beside it, leads to. */
function follow(schemas: Schemas, schema: Schema): Schema {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return reference === undefined
    ? schema
    : (schemas[reference.replace('#/components/schemas/', '')] ?? schema);
}

/** The element of a list or a map, as often as they are nested; else the schema itself. */
function elementOf(schema: Schema): Schema {
  if (schema.items !== undefined) return elementOf(schema.items);
  if (typeof schema.additionalProperties === 'object') return elementOf(schema.additionalProperties);
  return schema;
}

const fieldsOf = (schemas: Schemas, schema: Schema) => follow(schemas, elementOf(schema));

/** `[]Container`, `map[string]string`, `Object`, `string`. */
function typeName(schemas: Schemas, schema: Schema): string {
  if (schema.items !== undefined) return `[]${typeName(schemas, schema.items)}`;
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    const element = schema.additionalProperties;
    return `map[string]${element === true ? 'Object' : typeName(schemas, element)}`;
  }
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const target = follow(schemas, schema);
  if (
    reference !== undefined &&
    (target.properties !== undefined || target.type === 'object' || target.type === undefined)
  )
    return reference.slice(reference.lastIndexOf('.') + 1);
  if (reference !== undefined)
    return target.type === 'string' && target.format === undefined
      ? reference.slice(reference.lastIndexOf('.') + 1)
      : (target.type ?? 'Object');
  return target.type === undefined || target.type === 'object' ? 'Object' : target.type;
}

function fieldLines(schemas: Schemas, schema: Schema, level: number, recursive: boolean): string[] {
  const indent = '  '.repeat(level);
  return Object.entries(schema.properties ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, field]) => {
      const required = schema.required?.includes(name) ? ' -required-' : '';
      const line = `${indent}${name}\t<${typeName(schemas, field)}>${required}`;
      const values = elementOf(field).enum;
      const enumLine = values === undefined ? [] : [`${indent}enum: ${values.join(', ')}`];
      if (recursive)
        return [line, ...enumLine, ...fieldLines(schemas, fieldsOf(schemas, field), level + 1, true)];
      return [
        line,
        ...enumLine,
        ...wrap(field.description || elementOf(field).description || noDescription, 4),
        '',
      ];
    });
}

/** Words in lines of 80 characters, each behind blanks; what was a paragraph stays one. */
function wrap(text: string, indent: number): string[] {
  const lead = ' '.repeat(indent);
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(/\s+/).filter((part) => part !== '')) {
      if (line !== '' && lead.length + line.length + 1 + word.length > lineWidth) {
        lines.push(lead + line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, lead + line];
  });
}
