// Derives the Kubernetes API's shape from the devDependency @kubernetes/client-node (API v1.34):
//   src/kube/api/types/GROUP-VERSION.ts                         interfaces under their Go names
//   src/kube/api/generated/schemas/GROUP-VERSION.json           fields, types and required fields of every message
//   src/kube/api/generated/descriptions/GROUP-VERSION.json      what explain and OpenAPI say of them
//   .../index.ts beside such files, and beside the field numbers  all of a folder by name
//   node scripts/generate-kube-api.mjs            writes them
//   node scripts/generate-kube-api.mjs --check    exits 1 when a file on disk differs
// Which group a class belongs to, and what is a quantity, is read from the field numbers in src/kube/api/protobuf/generated.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const api = join(root, 'src/kube/api');
const require = createRequire(import.meta.url);
const client = dirname(dirname(require.resolve('@kubernetes/client-node')));
const models = join(client, 'dist/gen/models');
const check = process.argv.includes('--check');

const numbersDir = join(api, 'protobuf/generated');
const numbers = Object.fromEntries(
  readdirSync(numbersDir)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(numbersDir, file), 'utf8'))]),
);

const aliases = {
  time: 'Time',
  microtime: 'MicroTime',
  quantity: 'Quantity',
  'int-or-string': 'IntOrString',
};
const words = {
  int32: 'number',
  int64: 'number',
  double: 'number',
  bool: 'boolean',
  bytes: 'string',
  any: 'unknown',
  object: 'Record<string, unknown>',
};

/** Go types of one name that several groups have, when the client has but one of them. */
const homonyms = { Preconditions: 'meta-v1' };

const { idOf, classes } = assignClasses();
const groups = {};
for (const className of classes) await readClass(className);
const stale = [];
for (const [group, messages] of Object.entries(groups).sort()) {
  const sorted = Object.fromEntries(Object.entries(messages).sort(([a], [b]) => (a < b ? -1 : 1)));
  output(
    `generated/schemas/${group}.json`,
    json(sorted, (m) => ({ required: m.required, fields: m.fields })),
  );
  output(
    `generated/descriptions/${group}.json`,
    json(sorted, (m) => m.descriptions),
  );
  output(`types/${group}.ts`, typescript(group, sorted));
}
for (const folder of ['generated/schemas', 'generated/descriptions', 'protobuf/generated'])
  output(`${folder}/index.ts`, tableOfFiles(Object.keys(numbers)));
if (stale.length > 0) {
  console.error(
    `not what the script generates: ${stale.join(', ')}; run: node scripts/generate-kube-api.mjs`,
  );
  process.exitCode = 1;
}

/** CoreV1Event is core-v1.Event; V1Pod is the Pod of the one group that has it. */
function assignClasses() {
  const names = readdirSync(models)
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => file.replace('.d.ts', ''))
    .sort();
  const ids = new Map();
  const prefixed = new Set();
  for (const name of names) {
    const match = /^([A-Z][a-z]+)(V\d)([A-Z]\w*)$/.exec(name);
    const group = match === null ? undefined : `${match[1].toLowerCase()}-${match[2].toLowerCase()}`;
    if (group === undefined || numbers[group]?.[match[3]] === undefined) continue;
    ids.set(name, `${group}.${match[3]}`);
    prefixed.add(`${group}.${match[3]}`);
  }
  for (const name of names) {
    const match = /^(V\d)([A-Z]\w*)$/.exec(name);
    if (match === null || ids.has(name)) continue;
    const owners = Object.keys(numbers)
      .filter((g) => g.endsWith(`-${match[1].toLowerCase()}`) && numbers[g][match[2]] !== undefined)
      .filter((g) => !prefixed.has(`${g}.${match[2]}`))
      .filter((g) => (homonyms[match[2]] ?? g) === g);
    if (owners.length > 1) throw new Error(`${name} may belong to ${owners.join(', ')}`);
    if (owners.length === 1) ids.set(name, `${owners[0]}.${match[2]}`);
  }
  return { idOf: ids, classes: [...ids.keys()] };
}

async function readClass(className) {
  const [group, name] = idOf.get(className).split('.');
  const module = await import(pathToFileURL(join(models, `${className}.js`)).href);
  const declaration = readFileSync(join(models, `${className}.d.ts`), 'utf8');
  const { description, docs, required } = readDeclaration(declaration, className);
  const fields = {};
  const requiredFields = [];
  const descriptions = { '': description };
  for (const { name: property, baseName, type, format } of module[className].getAttributeTypeMap()) {
    if (required.has(property)) requiredFields.push(baseName);
    fields[baseName] = convert(type, format, wireType(group, name, baseName));
    if (docs.get(property)) descriptions[baseName] = docs.get(property);
  }
  groups[group] ??= {};
  groups[group][name] = {
    required: requiredFields.length > 0 ? requiredFields : undefined,
    fields,
    descriptions,
  };
}

function readDeclaration(text, className) {
  const unescapeDoc = (doc) =>
    doc
      .replace(/\\(['"`])/g, '$1')
      .replace(/\\\\/g, '\\')
      .trim();
  const head = new RegExp(
    `/\\*\\*\\n((?:\\*[^/].*\\n|\\* .*\\n)+)\\*/\\nexport declare class ${className} `,
  ).exec(text);
  const description = head === null ? '' : unescapeDoc(head[1].replace(/^\* ?/gm, ''));
  const docs = new Map();
  const required = new Set();
  for (const match of text.matchAll(/(?:\/\*\*\n((?:\s+\*(?!\/).*\n)+)\s+\*\/\n)?\s+'([\w$-]+)'(\??): /g)) {
    if (match[1] !== undefined) docs.set(match[2], unescapeDoc(match[1].replace(/^\s+\* ?/gm, '')));
    if (match[3] === '') required.add(match[2]);
  }
  return { description, docs, required };
}

/** The type of a field in the tables of field numbers, also where it stands in an embedded message. */
function wireType(group, name, field) {
  const message = numbers[group]?.[name] ?? {};
  if (message[field] !== undefined) return message[field].split(' ')[1];
  for (const key of Object.keys(message)) {
    if (!key.startsWith('...')) continue;
    const [innerGroup, innerName] = key.slice(3).split('.');
    const found = wireType(innerGroup, innerName, field);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Our spelling of a type: `[]T`, `{}T`, `GROUP-VERSION.Name`, or a word such as string, int32, time, quantity, any. */
function convert(type, format, wire) {
  const list = /^Array<(.*)>$/.exec(type);
  if (list !== null && wire === 'bytes') return 'bytes';
  if (list !== null)
    return `[]${convert(list[1], format, wire?.startsWith('[]') ? wire.slice(2) : wire === 'string-list' ? 'string' : undefined)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map !== null) return `{}${convert(map[1], format, wire?.startsWith('{}') ? wire.slice(2) : undefined)}`;
  if (idOf.has(type)) return idOf.get(type);
  if (type === 'V1MicroTime') return 'microtime';
  if (type === 'Date') return 'time';
  if (type === 'IntOrString') return 'int-or-string';
  if (type === 'boolean') return 'bool';
  if (type === 'number') return format === '' ? 'int64' : format === 'double' ? 'double' : format;
  if (type === 'any' || type === 'object') return type;
  if (type === 'string') {
    if (wire === 'quantity' || wire === 'bytes') return wire;
    if (format === 'byte') return 'bytes';
    if (format === 'int-or-string') return 'int-or-string';
    return 'string';
  }
  throw new Error(`unknown type ${type} (${format})`);
}

function json(messages, project) {
  const lines = Object.entries(messages).map(
    ([name, m]) => ` ${JSON.stringify(name)}: ${JSON.stringify(project(m))}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

function typescript(group, messages) {
  const imports = {};
  const render = (type) => {
    if (type.startsWith('[]')) {
      const item = render(type.slice(2));
      return /[ |]/.test(item) && !item.endsWith('>') ? `(${item})[]` : `${item}[]`;
    }
    if (type.startsWith('{}')) return `Record<string, ${render(type.slice(2))}>`;
    const alias = aliases[type];
    const [owner, name] =
      alias !== undefined
        ? ['meta-v1', alias]
        : type.includes('.')
          ? type.split('.')
          : [undefined, words[type] ?? type];
    if (owner !== undefined && owner !== group) {
      imports[owner] ??= new Set();
      imports[owner].add(name);
    }
    return name;
  };
  const bodies = Object.entries(messages).map(([name, message]) => {
    const lines = Object.entries(message.fields).map(([field, type]) => {
      const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : `'${field}'`;
      return `  ${key}${isRequired(name, message, field, type) ? '' : '?'}: ${render(type)};\n`;
    });
    return lines.length === 0
      ? `export type ${name} = Record<string, never>;\n`
      : `export interface ${name} {\n${lines.join('')}}\n`;
  });
  if (group === 'meta-v1') {
    bodies.unshift(
      '/** RFC 3339 in UTC, to the second: 2025-01-31T08:00:00Z. */\nexport type Time = string;\n',
      '/** RFC 3339 in UTC, to the microsecond: 2025-01-31T08:00:00.000000Z. */\nexport type MicroTime = string;\n',
      '/** Such as 500m, 1Gi, 2e3; see ../quantity.ts. A client may send a number. */\nexport type Quantity = string;\n',
      'export type IntOrString = number | string;\n',
    );
  }
  const heads = Object.keys(imports)
    .sort()
    .map((owner) => importLine(owner, [...imports[owner]].sort()));
  const header = '// Generated by scripts/generate-kube-api.mjs from @kubernetes/client-node; do not edit.\n';
  return `${header}${heads.join('')}\n${bodies.join('\n')}`;
}

function importLine(owner, names) {
  const line = `import type { ${names.join(', ')} } from './${owner}.ts';\n`;
  if (line.length <= 111) return line;
  return `import type {\n${names.map((n) => `  ${n},\n`).join('')}} from './${owner}.ts';\n`;
}

/** A stored object always has metadata; a review or a patch of one need not. */
function isRequired(name, message, field, type) {
  if (message.required?.includes(field)) return true;
  if (field !== 'metadata' || type !== 'meta-v1.ObjectMeta' || message.fields.kind === undefined)
    return false;
  return !/Review$|^TokenRequest$|^Eviction$|^Scale$|^Binding$/.test(name);
}

function tableOfFiles(names) {
  const identifier = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return `// Generated by scripts/generate-kube-api.mjs; do not edit.
${names.map((name) => `import ${identifier(name)} from './${name}.json';\n`).join('')}
export const tables = {
${names.map((name) => `  '${name}': ${identifier(name)},\n`).join('')}};
`;
}

function output(name, content) {
  const file = join(api, name);
  if (check) {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== content) stale.push(relative(root, file));
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
